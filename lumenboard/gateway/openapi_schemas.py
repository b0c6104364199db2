"""Schemas of the gateway's bodies and answers. Pure."""

from typing import Any, Final, get_args

from lumenboard.gateway.request_spec import FORMATS, MOST_IMAGES
from providers.adapters.capabilities import MOST_PARTIAL
from providers.names import LONGEST_PROMPT
from providers.planning.notices import NoticeKind
from providers.planning.routing import ALIASES, STRATEGIES

TEXT: Final = {"type": "string"}
NUMBER: Final = {"type": "number"}
WHOLE: Final = {"type": "integer"}
LIST: Final = {"type": "array", "items": TEXT}


def _nullable(kind: str) -> dict[str, Any]:
    return {"type": [kind, "null"]}


def _object(required: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required)}


PROVIDER: Final = {
    **_object(
        order=LIST,
        only=LIST,
        ignore=LIST,
        allow_fallbacks={"type": "boolean"},
        require_parameters={"type": "boolean"},
        sort={"type": "string", "enum": [*STRATEGIES, *ALIASES]},
        max_price={"oneOf": [NUMBER, _object(image=NUMBER, request=NUMBER)]},
        preferred_max_latency={"oneOf": [NUMBER, _object(p50=NUMBER, p95=NUMBER)]},
        options={"type": "object", "additionalProperties": {"type": "object"}},
    ),
    "description": "Which providers, in which order.",
}


def _asked(**own: Any) -> dict[str, Any]:
    return {
        "model": {**TEXT, "description": "A slug or an alias; provider/slug forces the provider.", "maxLength": 200},
        "prompt": {**TEXT, "minLength": 1, "maxLength": LONGEST_PROMPT},
        "n": {"type": "integer", "minimum": 1, "maximum": MOST_IMAGES, "default": 1},
        "size": {**TEXT, "description": "WxH, a shape such as 16:9, or auto."},
        "aspect_ratio": TEXT,
        "resolution": TEXT,
        "response_format": {
            "type": "string",
            "enum": ["url", "b64_json"],
            "description": "url where nothing is said; b64_json for gpt-image and chatgpt-image models and in streams.",
        },
        "output_format": {"type": "string", "enum": list(FORMATS)},
        "output_compression": {"type": "integer", "minimum": 0, "maximum": 100},
        "partial_images": {
            "type": "integer",
            "minimum": 0,
            "maximum": MOST_PARTIAL,
            "description": "With stream and one picture: unfinished ones on the way, where the endpoint gives them.",
        },
        "seed": {"type": "integer", "minimum": 0},
        "user": TEXT,
        "webhook_url": {**TEXT, "maxLength": 300, "description": "With Prefer: respond-async: told when it has ended."},
        **own,
    }


def generation_schema() -> dict[str, Any]:
    """The JSON body of a generation; further fields go to the endpoint."""
    return {
        **_object(("model", "prompt"), **_asked(provider=PROVIDER, stream={"type": "boolean"})),
        "additionalProperties": True,
    }


def edit_schema() -> dict[str, Any]:
    """The form of an edit."""
    file = {"type": "string", "contentMediaType": "application/octet-stream", "format": "binary"}
    return _object(("model", "prompt", "image"), **_asked(image=file, mask=file))


def json_edit_schema() -> dict[str, Any]:
    """The JSON body of an edit; further fields go to the endpoint."""
    address = {**TEXT, "description": "A data URI in base64, or an https address."}
    picture = {"oneOf": [_object(("image_url",), image_url=address), address]}
    several = {"type": "array", "items": picture, "minItems": 1, "maxItems": 16}
    own = {"images": several, "image": picture, "mask": picture, "provider": PROVIDER, "stream": {"type": "boolean"}}
    pictures = {"oneOf": [{"required": ["images"]}, {"required": ["image"]}]}
    return {**_object(("model", "prompt"), **_asked(**own)), **pictures, "additionalProperties": True}


ERROR: Final = _object(
    ("error",),
    error=_object(
        ("message", "type", "param", "code"),
        message=TEXT,
        type=TEXT,
        param=_nullable("string"),
        code=_nullable("string"),
    ),
    metadata={"type": "object"},
)
ATTEMPT: Final = _object(("provider", "status", "duration_ms", "cost"), provider=TEXT, status=TEXT, cost=NUMBER)
WARNING: Final = _object(
    ("parameter", "kind", "wanted", "done", "message"),
    parameter=TEXT,
    kind={"type": "string", "enum": list(get_args(NoticeKind))},
    wanted=TEXT,
    done=TEXT,
    message=TEXT,
)
WARNINGS: Final = {"type": "array", "items": WARNING}
LEFT_OUT: Final = {"type": "array", "items": _object(("endpoint", "reason"), endpoint=TEXT, reason=TEXT)}
IMAGES: Final = _object(
    ("created", "data", "metadata"),
    created=WHOLE,
    data={"type": "array", "items": _object(url=TEXT, b64_json=TEXT, revised_prompt=TEXT)},
    size=TEXT,
    output_format=TEXT,
    usage={"type": "object"},
    metadata=_object(
        ("model", "attempts", "cost"),
        model=TEXT,
        cost=NUMBER,
        attempts={"type": "array", "items": ATTEMPT},
        notes=LIST,
        warnings=WARNINGS,
        left_out=LEFT_OUT,
    ),
)
ESTIMATE: Final = _object(
    ("estimated", "provider", "total_cost_micros", "components"),
    estimated={"const": True},
    provider=TEXT,
    total_cost_micros=_nullable("integer"),
    components={"type": "array", "items": {"type": "object"}},
    metadata=_object(warnings=WARNINGS, left_out=LEFT_OUT),
)
MODEL: Final = _object(
    ("id", "object", "created", "owned_by"), id=TEXT, object={"const": "model"}, created=WHOLE, owned_by=TEXT
)
REQUEST: Final = _object(
    ("id", "object", "created_at", "model", "status", "cost"),
    id=TEXT,
    object={"const": "request"},
    created_at=WHOLE,
    model=TEXT,
    status=TEXT,
    cost=_nullable("number"),
    response={
        "type": ["object", "null"],
        "description": "Of a request that is answered later, once it has ended: what would have been answered.",
        "properties": {"status": WHOLE, "body": {"anyOf": [IMAGES, ERROR]}},
    },
)
SCHEMAS: Final[dict[str, Any]] = {
    "Error": ERROR,
    "ImagesOrEstimate": {"anyOf": [IMAGES, ESTIMATE]},
    "Model": MODEL,
    "ModelList": _object(
        ("object", "data", "has_more"),
        object={"const": "list"},
        data={"type": "array", "items": {"$ref": "#/components/schemas/Model"}},
        has_more={"type": "boolean"},
        first_id=_nullable("string"),
        last_id=_nullable("string"),
    ),
    "Request": REQUEST,
    "Accepted": _object(("id", "object", "status"), id=TEXT, object={"const": "request"}, status=TEXT),
    "WebhookSecret": _object(("object", "secret"), object={"const": "webhook_secret"}, secret=TEXT),
    "RequestList": _object(
        ("object", "data", "has_more"),
        object={"const": "list"},
        data={"type": "array", "items": {"$ref": "#/components/schemas/Request"}},
        has_more={"type": "boolean"},
        first_id=_nullable("string"),
        last_id=_nullable("string"),
    ),
    "Purged": _object(
        ("id", "purged", "already_purged", "media_deleted"),
        id=TEXT,
        purged={"type": "boolean"},
        already_purged={"type": "boolean"},
        media_deleted=WHOLE,
    ),
    "Balance": _object(
        ("object", "available"),
        object={"const": "balance"},
        available=_object(("amount", "currency"), amount=NUMBER, currency=TEXT),
    ),
}
