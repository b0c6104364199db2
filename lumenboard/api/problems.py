"""Errors of the REST API as problem details (RFC 9457), whatever raised them."""

from http import HTTPStatus
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import ValidationError
from ninja.openapi.schema import OpenAPISchema

CONTENT_TYPE: Final = "application/problem+json"


class ProblemApi(NinjaAPI):
    """Every error answer gets `type`, `title` and `status` beside its `detail`, and its document says so."""

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        document = super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params)
        for operations in document["paths"].values():
            for operation in operations.values():
                _document_problems(operation["responses"])
        return document

    def create_response(
        self,
        request: HttpRequest,
        data: Any,
        *,
        status: int | None = None,
        temporal_response: HttpResponse | None = None,
    ) -> HttpResponse:
        code = temporal_response.status_code if temporal_response else status or 200
        is_problem = code >= 400 and isinstance(data, dict)
        content = problem(code, data) if is_problem else data
        answer = super().create_response(request, content, status=status, temporal_response=temporal_response)
        if is_problem:
            answer["Content-Type"] = CONTENT_TYPE
        return answer


def _document_problems(responses: dict[int, dict[str, Any]]) -> None:
    """Errors under their own type of content, with those that no operation declares because all may give them."""
    for status in {400, 422, 429} - set(responses):
        schema = {"$ref": "#/components/schemas/Problem"}
        responses[status] = {
            "description": HTTPStatus(status).phrase,
            "content": {"application/json": {"schema": schema}},
        }
    for status, response in responses.items():
        content = response.get("content", {})
        if status >= 400 and "application/json" in content:
            content[CONTENT_TYPE] = content.pop("application/json")


def problem(status: int, data: dict[str, Any]) -> dict[str, Any]:
    """The members every problem has, then its own."""
    common = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    return common | {name: value for name, value in data.items() if name not in common}


def validation_problem(error: ValidationError) -> dict[str, Any]:
    """A sentence, and each field with what was wrong."""
    errors = [{"field": _field(one), "message": str(one.get("msg", ""))} for one in error.errors]
    detail = "; ".join(f"{error['field']}: {error['message']}" for error in errors)
    return {"detail": detail or "the request is not valid", "errors": errors}


def _field(one: dict[str, Any]) -> str:
    """Without the place it came in (query, path, body) and the name of our own argument."""
    place = [str(part) for part in one.get("loc", ())]
    return ".".join(place[2:] if len(place) > 2 else place[1:]) or "request"
