"""What a finished run is told as: OpenAI's answer with metadata, or the error that says best what went wrong."""

import asyncio
import base64
import time
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from typing import Any, Final

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from arena.images.intake.redraw import BEST_QUALITY, redraw
from arena.images.intake.refusals import DecoderBroken, ImageRefused
from lumenboard.gateway.choosing import notes_on
from lumenboard.gateway.errors import GatewayError, JsonObject
from lumenboard.gateway.media import link_to, stored_name
from lumenboard.gateway.run import Attempt, Run
from lumenboard.gateway.wish import Wish
from providers.adapters.capabilities import OutputFormat
from providers.dispatch.call_spec import Done, StoredPicture
from providers.dispatch.pictures import LARGEST_PICTURE

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


@dataclass(frozen=True, kw_only=True)
class Picture:
    """One picture of the answer: where it lies and its bytes, in the wanted format."""

    name: str
    format: str
    size: str
    content: bytes = field(repr=False)
    revised_prompt: str = ""

    def told(self, as_base64: bool) -> JsonObject:
        """As an item of `data`."""
        where = {"b64_json": base64.b64encode(self.content).decode()} if as_base64 else {"url": link_to(self.name)}
        return where | ({"revised_prompt": self.revised_prompt} if self.revised_prompt else {})


async def pictures_of(run: Run, executor: Executor) -> list[Picture]:
    """Every picture in the format that was asked for; converted ones are stored too. Raises GatewayError."""
    loop, wish = asyncio.get_running_loop(), run.wish
    made = []
    for offer, done in run.done:
        for stored in done.pictures:
            # A provider that was asked for the format may have drawn another.
            is_wanted = wish.output_format is None or stored.media_type == f"image/{wish.output_format}"
            if offer.convert_to is None and is_wanted:
                made.append(_as_it_came(stored, done))
                continue
            to: OutputFormat = offer.convert_to or wish.output_format or "png"
            convert = partial(_converted, stored.content, to, offer.quality, done.revised_prompt)
            made.append(await loop.run_in_executor(executor, convert))
    return made[: wish.images]


def _as_it_came(stored: StoredPicture, done: Done) -> Picture:
    return Picture(
        name=stored.name,
        format=stored.media_type.partition("/")[2],
        size=f"{stored.width_px}x{stored.height_px}",
        content=stored.content,
        revised_prompt=done.revised_prompt,
    )


def _converted(content: bytes, to: OutputFormat, quality: int | None, revised_prompt: str) -> Picture:
    """Blocking: a child process draws it."""
    try:
        drawn = redraw(content, to, BEST_QUALITY if quality is None else quality, LARGEST_PICTURE)
    except (ImageRefused, DecoderBroken) as error:
        raise GatewayError("UPSTREAM_ERROR", f"The provider's picture cannot be converted to {to}: {error}") from None
    name = stored_name(f"{sha256(drawn.content).hexdigest()}.{to}")
    default_storage.save(name, ContentFile(drawn.content))
    return Picture(
        name=name,
        format=to,
        size=f"{drawn.width_px}x{drawn.height_px}",
        content=drawn.content,
        revised_prompt=revised_prompt,
    )


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
    pictures = [_as_wanted(one, wish) for one in kept["pictures"][: wish.images]]
    data = [picture.told(wish.as_base64) for picture in pictures]
    return kept["body"] | {"size": pictures[0].size, "output_format": pictures[0].format, "data": data}


def _as_wanted(one: JsonObject, wish: Wish) -> Picture:
    name, revised_prompt, came = one["name"], one["revised_prompt"], one["media_type"].partition("/")[2]
    if wish.output_format is not None and wish.output_format != came:
        return _converted(_stored(name), wish.output_format, wish.output_quality, revised_prompt)
    content = _stored(name, reads=wish.as_base64)
    return Picture(name=name, format=came, size=one["size"], content=content, revised_prompt=revised_prompt)


def _stored(name: str, *, reads: bool = True) -> bytes:
    try:
        with default_storage.open(name, "rb") as stored:
            return bytes(stored.read()) if reads else b""
    except FileNotFoundError:
        raise GatewayError("NOT_FOUND", "The answer's pictures are no longer kept.") from None
