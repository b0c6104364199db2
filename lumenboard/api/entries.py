"""Entrants over REST: pictures in a form or in JSON become an upload, which a worker reads and makes entries of."""

from typing import Any, Final

import orjson
from django.conf import settings
from django.http import HttpRequest
from ninja import Field, Schema, Status

from arena.entrants.bring import BringRefused, Brought, bring
from arena.entrants.rights import KEY_SCOPE, rights_of_key
from arena.models import EntrantUpload
from arena.models.uploads import UPLOAD_STATUSES
from lumenboard.api.tables.api import router
from providers.accounts.key_format import live_key
from providers.adapters.reading import from_base64
from providers.api_types import Problem
from providers.models import ApiKey
from providers.models.fields import MODE_CHOICES
from providers.plain_values import is_plain_text, whole_number
from providers.sheet import TEXT_TO_IMAGE

# one picture of the largest size in base64, and what stands around it
AROUND_BYTES: Final = 1 << 20
MOST_ENTRIES: Final = 500
LONGEST_KEY: Final = 255
IMAGE: Final = "a data URI in base64 or an https address is needed"
TEXT: Final = {"type": "string"}
ENTRY_FORM: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["model", "image"],
    "properties": {
        "model": {**TEXT, "description": "Name, slug or alias; a name that none has makes a model."},
        "competition": {**TEXT, "description": "Public id of the competition."},
        "prompt": {
            **TEXT,
            "description": "In place of it, a prompt; a draft is made where nobody asked the very same.",
        },
        "image": {**TEXT, "description": "A data URI in base64, or an https address."},
    },
}
WHOLE_FORM: Final[dict[str, Any]] = {
    "mode": {**TEXT, "enum": [mode for mode, _ in MODE_CHOICES], "default": TEXT_TO_IMAGE},
    "apply": {"type": "boolean", "default": True, "description": "False: it waits at /ops/entrants for a person."},
}
BODY: Final[dict[str, Any]] = {
    "parameters": [{"in": "header", "name": "Idempotency-Key", "required": True, "schema": TEXT}],
    "security": [{"bearer": []}],
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["entries"],
                    "properties": {
                        **WHOLE_FORM,
                        "entries": {"type": "array", "minItems": 1, "maxItems": MOST_ENTRIES, "items": ENTRY_FORM},
                    },
                }
            },
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["model", "image"],
                    "properties": {
                        **WHOLE_FORM,
                        **ENTRY_FORM["properties"],
                        "image": {"type": "string", "format": "binary"},
                    },
                }
            },
        },
    },
}


class BroughtItem(Schema):
    """One picture of an upload."""

    name: str = Field(description="Its place in the request, or the name of its file.")
    model: str
    problem: str = Field(description="Why it is no entry; empty where nothing is wrong.")
    entry: str | None = Field(None, description="Public id of its entry.")
    competition: str | None = Field(None, description="Public id of its competition.")


class UploadAnswer(Schema):
    """An upload: `done` of `total` pictures are read, or once it is applied are entries."""

    id: str
    status: str = Field(description=f"One of {', '.join(status for status, _ in UPLOAD_STATUSES)}.")
    problem: str = Field(description="Why it was refused; then nothing was made.")
    total: int
    done: int
    entries: list[BroughtItem]


class _Wrong(ValueError):
    """What was sent cannot be used; the message begins with its field."""


@router.post(
    "/entries",
    response={
        200: UploadAnswer,
        202: UploadAnswer,
        400: Problem,
        401: Problem,
        403: Problem,
        413: Problem,
        422: Problem,
    },
    summary="Bring entrants",
    operation_id="bring_entries",
    openapi_extra=BODY,
)
def bring_entries(request: HttpRequest) -> Any:
    """Pictures of models for competitions, which a worker reads: all become held entries, or with any fault none.

    `/api/v1/uploads/{upload}` says how far it is. The same request under the same `Idempotency-Key` is taken once.
    Needs a key with the scope `entries:write`, as `Authorization: Bearer lb_…`.
    """
    key = _key(request)
    if not isinstance(key, ApiKey):
        return key
    word = request.headers.get("Idempotency-Key", "").strip()
    if not word or len(word) > LONGEST_KEY or not word.isprintable():
        return Status(400, Problem(detail=f"Idempotency-Key: needs 1 to {LONGEST_KEY} printable characters"))
    most = settings.MAX_UPLOAD_BYTES * 4 // 3 + AROUND_BYTES
    if (whole_number(request.META.get("CONTENT_LENGTH") or "") or 0) > most:
        return Status(413, Problem(detail=f"the body is too long: allowed are {most:,} bytes"))
    try:
        is_form = (request.content_type or "").startswith("multipart/")
        sent, entries = _of_form(request) if is_form else _of_json(request.read())
        made, is_new = bring(key, word, _mode(sent), entries, applies_itself=_apply(sent))
    except (_Wrong, BringRefused) as wrong:
        return Status(422, Problem(detail=str(wrong)))
    return Status(202 if is_new else 200, upload_answer(made))


@router.get(
    "/uploads/{upload}",
    response={200: UploadAnswer, 401: Problem, 403: Problem, 404: Problem},
    summary="How far brought entrants are",
    operation_id="get_upload",
    openapi_extra={"security": [{"bearer": []}]},
)
def get_upload(request: HttpRequest, upload: str) -> Any:
    """An upload of the same key."""
    key = _key(request)
    if not isinstance(key, ApiKey):
        return key
    found = EntrantUpload.objects.filter(public_id=upload, key=key).first()
    return Status(200, upload_answer(found)) if found else Status(404, Problem(detail="this key has no such upload"))


def upload_answer(upload: EntrantUpload) -> UploadAnswer:
    """As it is now."""
    pictures = upload.pictures.select_related("entry__competition").order_by("place")
    items = [
        BroughtItem(
            name=one.name,
            model=one.first,
            problem=one.problem,
            entry=one.entry.public_id if one.entry else None,
            competition=one.entry.competition.public_id if one.entry else None,
        )
        for one in pictures
    ]
    return UploadAnswer(
        id=upload.public_id,
        status=upload.status,
        problem=upload.problem,
        total=upload.total,
        done=upload.done,
        entries=items,
    )


def _key(request: HttpRequest) -> Any:
    """The key, or the answer to a request without a right one."""
    key = live_key(request.headers.get("Authorization", ""))
    if key is None:
        return Status(401, Problem(detail=f"Authorization: needs a live key with the scope {KEY_SCOPE}"))
    if not rights_of_key(key).brings:
        return Status(403, Problem(detail=f"Authorization: the key lacks the scope {KEY_SCOPE}"))
    return key


def _of_form(request: HttpRequest) -> tuple[dict[str, Any], list[Brought]]:
    """One entry: fields, and its picture as a file. Raises _Wrong."""
    sent: dict[str, Any] = request.POST.dict()
    file = request.FILES.get("image")
    if file is None:
        raise _Wrong("image: a file is needed")
    _check_size("image", file.size or 0)
    return sent, [_entry("", sent, content=file.read())]


def _of_json(body: bytes) -> tuple[dict[str, Any], list[Brought]]:
    """Raises _Wrong."""
    try:
        sent = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise _Wrong(f"the body is not JSON: {error.msg} at character {error.pos}") from None
    rows = sent.get("entries") if isinstance(sent, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise _Wrong('entries: needs a list of objects, as {"entries": [{"model": …}]}')
    if not 1 <= len(rows) <= MOST_ENTRIES:
        raise _Wrong(f"entries: {len(rows):,} at once; allowed are 1 to {MOST_ENTRIES:,}")
    return sent, [_json_entry(f"entries[{place}].", row) for place, row in enumerate(rows)]


def _json_entry(where: str, row: dict[str, Any]) -> Brought:
    image = row.get("image")
    if not isinstance(image, str):
        raise _Wrong(f"{where}image: {IMAGE}")
    if image[:8].lower() == "https://" and is_plain_text(image):
        return _entry(where, row, url=image)
    head, comma, data = image.partition(",")
    content = from_base64(data) if comma and head[:5].lower() == "data:" and head.lower().endswith(";base64") else None
    if content is None:
        raise _Wrong(f"{where}image: {IMAGE}")
    _check_size(f"{where}image", len(content))
    return _entry(where, row, content=content)


def _entry(where: str, row: dict[str, Any], *, content: bytes = b"", url: str = "") -> Brought:
    found = {name: row.get(name) or "" for name in ("model", "competition", "prompt")}
    for name, value in found.items():
        if not isinstance(value, str) or not is_plain_text(value):
            raise _Wrong(f"{where}{name}: needs text")
    name = where.rstrip(".") or "image"
    return Brought(name, found["model"], found["competition"], found["prompt"], content, url)


def _check_size(where: str, size: int) -> None:
    if size > settings.MAX_UPLOAD_BYTES:
        raise _Wrong(f"{where}: larger than {settings.MAX_UPLOAD_BYTES >> 20} MB")


def _mode(sent: dict[str, Any]) -> str:
    mode = sent.get("mode", TEXT_TO_IMAGE)
    if not isinstance(mode, str) or mode not in dict(MODE_CHOICES):
        raise _Wrong(f"mode: allowed are {', '.join(mode for mode, _ in MODE_CHOICES)}")
    return mode


def _apply(sent: dict[str, Any]) -> bool:
    value = sent.get("apply", True)
    words = {True: True, False: False, "true": True, "false": False}
    if not isinstance(value, bool | str) or value not in words:
        raise _Wrong("apply: allowed are true and false")
    return words[value]
