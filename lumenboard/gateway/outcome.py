"""What a finished run is told as: OpenAI's answer with metadata, or the error that says best what went wrong."""

import time
from typing import Any, Final

from django.core.files.storage import default_storage

from lumenboard.gateway.choosing import notes_on
from lumenboard.gateway.errors import GatewayError, JsonObject
from lumenboard.gateway.pictures import Picture, converted
from lumenboard.gateway.run import Attempt, Run
from lumenboard.gateway.wish import Wish

OF_KIND: Final = {
    "client": "INVALID_REQUEST",
    "moderation": "CONTENT_POLICY_VIOLATION",
    "budget": "INSUFFICIENT_BALANCE",
    "rate_limit": "RATE_LIMITED",
    "timeout": "UPSTREAM_TIMEOUT",
    "busy": "UNAVAILABLE",
    "storage": "UNAVAILABLE",
}
FULL_AGAIN_S: Final = 30.0
# One of these in every attempt is an answer of its own; mixed with others the providers are exhausted.
UNANIMOUS: Final = frozenset({"rate_limit", "timeout", "busy", "storage"})


def answer_body(run: Run, pictures: list[Picture]) -> JsonObject:
    """The answer, its pictures still without links or bytes: `data` is filled in by `with_pictures`."""
    endpoint = run.done[0][0].endpoint
    return {
        "created": int(time.time()),
        "data": [],
        "size": pictures[0].size,
        "output_format": pictures[0].format,
        "metadata": metadata_of(run)
        | {
            "executed_model": endpoint.key,
            "provider": endpoint.provider,
            "provider_name": endpoint.sheet.provider.name,
        },
    }


def metadata_of(run: Run) -> JsonObject:
    """What a caller is told of the route, on success and on failure."""
    return {
        "model": run.wish.asked,
        "request_id": f"req_{run.request_id.hex}",
        "cost": float(run.cost_usd),
        "cost_currency": "USD",
        "simulated": run.is_simulated,
        "attempts": [attempt.told() for attempt in run.attempts],
        **({"warnings": run.warnings} if run.warnings else {}),
        **notes_on(offer for offer, _ in run.done),
    }


def failure_of(run: Run) -> GatewayError:
    """The error of a run without pictures."""
    last, metadata = run.last_failure, metadata_of(run)
    if last is None:
        return GatewayError("UPSTREAM_TIMEOUT", "There was no time left for an attempt.", metadata=metadata)
    kinds = {attempt.kind for attempt in run.attempts}
    code = OF_KIND.get(last.kind, "ALL_PROVIDERS_EXHAUSTED")
    if last.kind in UNANIMOUS and kinds != {last.kind}:
        code = "ALL_PROVIDERS_EXHAUSTED"
    waits = [attempt.retry_after_s for attempt in run.attempts if attempt.retry_after_s]
    if last.kind == "storage":
        return GatewayError(code, "This site's storage is full. Nothing was charged.", None, FULL_AGAIN_S, metadata)
    usual = 1.0 if code in {"RATE_LIMITED", "UNAVAILABLE"} else None
    return GatewayError(code, _words(code, last, run), None, max(waits, default=usual) if usual else None, metadata)


def _words(code: str, last: Attempt, run: Run) -> str:
    if code == "INSUFFICIENT_BALANCE":
        return f"The budget is used up: {last.message}."
    if code in {"INVALID_REQUEST", "CONTENT_POLICY_VIOLATION"}:
        refused = "refused the request by its content policy" if last.kind == "moderation" else "refused the request"
        return f"{last.provider} {refused}: {last.message}"
    tried = f"{len(run.attempts)} attempt{'' if len(run.attempts) == 1 else 's'}"
    return f"No provider delivered after {tried}; the last, {last.provider}: {last.message}"


def stored_answer(status: int, body: JsonObject, pictures: list[Picture], as_base64: bool) -> JsonObject:
    """What the log keeps to answer a repeat: pictures by name."""
    named = [{"name": one.name, "revised_prompt": one.revised_prompt} for one in pictures]
    return {"status": status, "body": body, "pictures": named, "as_base64": as_base64}


def repeated_body(kept: dict[str, Any], wish: Wish) -> JsonObject:
    """The answer again, with fresh links or the stored bytes. Blocking. Raises GatewayError when they are gone."""
    if kept.get("as_they_came"):
        return _body_of_a_lost_request(kept, wish)
    items = []
    for one in kept["pictures"]:
        content = _stored(one["name"], reads=kept["as_base64"])
        told = Picture(name=one["name"], format="", size="", content=content, revised_prompt=one["revised_prompt"])
        items.append(told.told(kept["as_base64"]))
    return kept["body"] | ({"data": items} if items else {})


def _body_of_a_lost_request(kept: dict[str, Any], wish: Wish) -> JsonObject:
    """Its process died before it could convert the pictures and answer."""
    found = [_as_wanted(one, wish) for one in kept["pictures"][: wish.images]]
    pictures = [picture for picture, _ in found]
    warnings = list({told["message"]: told for _, told in found if told}.values())
    data = [picture.told(wish.as_base64) for picture in pictures]
    body = kept["body"] | {"size": pictures[0].size, "output_format": pictures[0].format, "data": data}
    return body | ({"metadata": body["metadata"] | {"warnings": warnings}} if warnings else {})


def _as_wanted(one: JsonObject, wish: Wish) -> tuple[Picture, JsonObject | None]:
    """The picture, and what is to be said where it is not in the format that was asked for."""
    name, revised_prompt, came = one["name"], one["revised_prompt"], one["media_type"].partition("/")[2]
    to = wish.output_format if wish.output_format != came else None
    content = _stored(name, reads=wish.as_base64 or to is not None)
    picture = Picture(name=name, format=came, size=one["size"], content=content, revised_prompt=revised_prompt)
    return converted(picture, to, wish.output_quality) if to else (picture, None)


def _stored(name: str, *, reads: bool = True) -> bytes:
    try:
        with default_storage.open(name, "rb") as stored:
            return bytes(stored.read()) if reads else b""
    except FileNotFoundError:
        raise GatewayError("NOT_FOUND", "The answer's pictures are no longer kept.") from None
