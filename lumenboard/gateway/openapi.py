"""The gateway's OpenAPI document: operations with what each takes and may answer."""

from functools import lru_cache
from typing import Any, Final

from django.conf import settings

from lumenboard.gateway.errors import KINDS, JsonObject
from lumenboard.gateway.openapi_schemas import SCHEMAS, edit_schema, generation_schema, json_edit_schema

JSON: Final = "application/json"
KEYS: Final = {
    "key": {"type": "http", "scheme": "bearer"},
    "api_key": {"type": "apiKey", "in": "header", "name": "api-key"},
}
MODELS: Final = ("AUTHENTICATION_FAILED", "RATE_LIMITED", "INVALID_REQUEST", "UNAVAILABLE")
PICTURES: Final = tuple(
    code for code in KINDS if code not in {"METHOD_NOT_ALLOWED", "INTERNAL_ERROR", "CANCELLED", "TOO_LATE"}
)
KEYED: Final = (*MODELS, "PERMISSION_DENIED")
OWN: Final = (*KEYED, "NOT_FOUND")
CANCEL: Final = (*OWN, "TOO_LATE")


ACCEPTED: Final[JsonObject] = {
    "description": "Taken, and answered later; Location says where.",
    "headers": {name: {"schema": {"type": "string"}} for name in ("Location", "Preference-Applied", "Retry-After")},
    "content": {JSON: {"schema": {"$ref": "#/components/schemas/Accepted"}}},
}


# With stream: as OpenAI names them.
EVENTS: Final[JsonObject] = {"schema": {"type": "string"}}


@lru_cache(maxsize=1)
def document() -> JsonObject:
    """Everything a client generator or a fuzzer needs."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"{settings.SITE_NAME} gateway",
            "version": "1",
            "description": "OpenAI's image API over every endpoint of the catalogue. Keys come from create_api_key.",
        },
        "servers": [{"url": settings.SITE_URL}],
        "security": [{"key": []}, {"api_key": []}],
        "paths": {**_pictures(), **_models(), **_account()},
        "components": {"securitySchemes": KEYS, "schemas": SCHEMAS},
    }


def _pictures() -> JsonObject:
    dry = _query("dryRun", {"type": "boolean"}, "Return what it would cost; nothing is run.")
    named = {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
        "description": "The same key with the same body is answered once.",
    }
    later = _query("async", {"type": "boolean"}, "As Prefer: respond-async.")
    prefer = {
        "name": "Prefer",
        "in": "header",
        "required": False,
        "schema": {"type": "string"},
        "description": "respond-async: answered 202 at once; the pictures are asked for at /v1/requests/{id}.",
    }
    shared = {"parameters": [dry, later, prefer, named]}
    create = _operation("create_image", "Pictures from a prompt", "ImagesOrEstimate", PICTURES)
    edit = _operation("edit_image", "Pictures from pictures and a prompt", "ImagesOrEstimate", PICTURES)
    bodies = {"generations": _body(JSON, generation_schema()), "edits": _edit_bodies()}
    paths: JsonObject = {}
    for name, operation in (("generations", create), ("edits", edit)):
        operation["responses"]["202"] = ACCEPTED
        operation["responses"]["200"]["content"]["text/event-stream"] = EVENTS
        paths[f"/openai/v1/images/{name}"] = {"post": operation | shared | {"requestBody": bodies[name]}}
        paths[f"/openai/deployments/{{deployment}}/images/{name}"] = {
            "post": _of_deployment(operation, shared["parameters"], bodies[name])
        }
    return paths


def _of_deployment(operation: JsonObject, parameters: list[Any], body: JsonObject) -> JsonObject:
    """As Azure's clients call: the model stands in the path, and one in the body is not looked at."""
    version = _query("api-version", {"type": "string"}, "As Azure's clients send it; it is not looked at.")
    bodies = {kind: {"schema": _without_model(content["schema"])} for kind, content in body["content"].items()}
    return operation | {
        "operationId": f"{operation['operationId']}_by_deployment",
        "summary": f"{operation['summary']}, in Azure's form",
        "parameters": [_path("deployment", 200), version, *parameters],
        "requestBody": body | {"content": bodies},
    }


def _without_model(schema: JsonObject) -> JsonObject:
    return schema | {"required": [name for name in schema["required"] if name != "model"]}


def _models() -> JsonObject:
    schema = _query("schema", {"type": "boolean"}, "With the compiled parameters and prices.")
    one = {"parameters": [_path("id", 300), schema]}
    part = [
        _query("limit", {"type": "integer", "minimum": 1, "maximum": 1000, "default": 1000}, "How many."),
        _query("starting_after", {"type": "string"}, "Those after this model, by id."),
    ]
    return {
        "/openai/v1/models": {
            "get": _operation("list_gateway_models", "Models", "ModelList", MODELS) | {"parameters": part}
        },
        "/openai/v1/models/{id}": {
            "get": _operation("get_gateway_model", "One model", "Model", (*MODELS, "MODEL_NOT_FOUND")) | one
        },
        "/v1/models/{id}": {
            "get": _operation("get_model_schema", "One model", "Model", (*MODELS, "MODEL_NOT_FOUND")) | one
        },
    }


def _account() -> JsonObject:
    text, one = {"type": "string"}, {"parameters": [_path("id", 80)]}
    filters = [
        _query("limit", {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}, "How many."),
        _query("starting_after", text, "Older than this request."),
        _query("ending_before", text, "Newer than this request."),
        _query("created_after", text, "ISO 8601, or seconds since 1970."),
        _query("created_before", text, "ISO 8601, or seconds since 1970."),
        _query("status", {"type": "string"}, "queued, processing, completed, failed, rejected or cancelled."),
        _query("model", text, "As it was asked for."),
    ]
    return {
        "/v1/requests": {
            "get": _operation("list_requests", "Requests of this key", "RequestList", OWN) | {"parameters": filters}
        },
        "/v1/requests/{id}": {
            "get": _operation("get_request", "One request with its attempts, and its answer", "Request", OWN) | one,
            "delete": _operation("delete_request", "Cancel it where it has not begun", "Request", CANCEL) | one,
        },
        "/v1/requests/{id}/cancel": {
            "post": _operation("cancel_request", "Cancel it where it has not begun", "Request", CANCEL) | one
        },
        "/v1/webhook-secret": {
            "get": _operation("get_webhook_secret", "With which messages are signed", "WebhookSecret", KEYED)
        },
        "/v1/requests/{id}/payloads": {
            "delete": _operation("purge_payloads", "Delete its stored prompt, answer and pictures", "Purged", OWN) | one
        },
        "/v1/balance": {"get": _operation("get_balance", "Budget that is left", "Balance", MODELS)},
    }


def _operation(name: str, summary: str, schema: str, codes: tuple[str, ...]) -> JsonObject:
    by_status: dict[str, list[str]] = {}
    for code in codes:
        by_status.setdefault(str(KINDS[code][0]), []).append(code)
    return {
        "operationId": name,
        "summary": summary,
        "responses": {
            "200": {"description": "Done.", "content": {JSON: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}},
            **{status: _error(", ".join(names)) for status, names in sorted(by_status.items())},
        },
    }


def _error(names: str) -> JsonObject:
    return {"description": names, "content": {JSON: {"schema": {"$ref": "#/components/schemas/Error"}}}}


def _body(media_type: str, schema: JsonObject) -> JsonObject:
    return {"required": True, "content": {media_type: {"schema": schema}}}


def _edit_bodies() -> JsonObject:
    form, as_json = _body("multipart/form-data", edit_schema()), _body(JSON, json_edit_schema())
    return form | {"content": form["content"] | as_json["content"]}


def _query(name: str, schema: JsonObject, description: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": description}


def _path(name: str, longest: int) -> dict[str, Any]:
    schema = {"type": "string", "minLength": 1, "maxLength": longest}
    return {"name": name, "in": "path", "required": True, "schema": schema}
