"""Requests that are answered later, in the web server: checked, written down, answered 202, handed to a worker."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Final
from uuid import UUID

import orjson
from celery import current_app
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator

from lumenboard.gateway.call import Answer
from lumenboard.gateway.choosing import Route
from lumenboard.gateway.errors import GatewayError, JsonObject, invalid
from lumenboard.gateway.outcome import repeated_body
from lumenboard.gateway.repeats import check_same_body
from lumenboard.gateway.request_log import Record, RequestLogWriter
from lumenboard.gateway.request_spec import RequestSpec
from providers.adapters.wire import InputImage
from providers.models.deliveries import no_credentials
from providers.sheet import Json

LOG = logging.getLogger(__name__)
TASK: Final = "lumenboard.tasks.run_request"
OPEN_AT_MOST: Final = 200
ASK_AGAIN_S: Final = 5.0
LONGEST_ADDRESS: Final = 300
Look = Callable[[], Awaitable[dict[str, Any] | None]]
ADDRESS: Final = URLValidator(schemes=["https", "http"])


def check_for_later(fields: Mapping[str, Json], spec: RequestSpec) -> None:
    """Raises GatewayError for what cannot be answered later."""
    if spec.streams:
        raise invalid("stream", "a request that is answered later has no events; leave it out")
    url = fields.get("webhook_url")
    if url is None:
        return
    if not isinstance(url, str) or len(url) > LONGEST_ADDRESS:
        raise invalid("webhook_url", f"an http or https address of at most {LONGEST_ADDRESS} characters is needed")
    try:
        ADDRESS(url)
        no_credentials(url)
    except ValidationError:
        raise invalid("webhook_url", "an http or https address without user name and password is needed") from None


async def accept(log: RequestLogWriter, record: Record, spec: RequestSpec, fields: JsonObject, route: Route) -> Answer:
    """202 with the request's id: of this one, or of the earlier one of its idempotency key. Raises GatewayError."""
    record.status, record.is_open, record.job = "queued", True, job_of(spec, fields, route)
    if earlier := await _earlier(log, record, spec):
        return _accepted(earlier["uuid"], earlier["status"])
    await asyncio.to_thread(tell_worker, record.uuid)
    return _accepted(record.uuid, "queued")


async def accepted_before(log: RequestLogWriter, record: Record) -> Answer | None:
    """202 of the request that it repeats, whatever became of the model since. Raises GatewayError."""
    row = await _standing(log, record, partial(log.before, record))
    return _accepted(row["uuid"], row["status"]) if row else None


async def _earlier(log: RequestLogWriter, record: Record, spec: RequestSpec) -> dict[str, Any] | None:
    """The row it is a repeat of; None once it is written down itself."""
    if await log.open_jobs(record) >= OPEN_AT_MOST:
        message = f"The key has {OPEN_AT_MOST} requests that have not ended; more are taken when some have."
        raise GatewayError("RATE_LIMITED", message, retry_after_s=ASK_AGAIN_S)
    if record.retry_count and not record.idempotency_key and (row := await log.running(record)):
        return row
    return await _standing(log, record, partial(log.claim_for_later, record, _rows(spec)))


async def _standing(log: RequestLogWriter, record: Record, look: Look) -> dict[str, Any] | None:
    """The row that `look` finds, once it is none of a dead server, which may free its name."""
    while row := await look():
        check_same_body(row, record)
        if not (row["status"] == "processing" and row["is_silent"] and await log.settle(row["uuid"])):
            return row
    return None


def job_of(spec: RequestSpec, fields: JsonObject, route: Route) -> JsonObject:
    """What a worker needs, as a text that holds every JSON; and what the answer needs once the rest is gone."""
    return {
        "fields": orjson.dumps(fields).decode(),
        "webhook_url": fields.get("webhook_url", ""),
        "warnings": route.warnings,
        "answer": {
            "images": spec.images,
            "as_base64": spec.as_base64,
            "output_format": spec.output_format,
            "output_quality": spec.output_quality,
        },
    }


def body_of_answer(stored: JsonObject, job: Mapping[str, Any], model: str, mode: str) -> JsonObject:
    """The body again. Blocking. Raises GatewayError where its pictures are gone."""
    spec = RequestSpec(model=model, asked=model, mode=mode, prompt="", **job["answer"])
    return repeated_body(stored, spec, Route(offers=(), warnings=tuple(job["warnings"])))


def _rows(spec: RequestSpec) -> list[dict[str, Any]]:
    pictures = [*spec.inputs, *([spec.mask] if spec.mask else [])]
    return [_row(place, picture, picture is spec.mask) for place, picture in enumerate(pictures)]


def _row(place: int, picture: InputImage, is_mask: bool) -> dict[str, Any]:
    return {
        "place": place,
        "is_mask": is_mask,
        "media_type": picture.media_type,
        "width_px": picture.size.width_px,
        "height_px": picture.size.height_px,
        "content": picture.content,
    }


def _accepted(uuid: UUID, status: str) -> Answer:
    public_id = f"req_{uuid.hex}"
    headers = {"location": f"/v1/requests/{public_id}", "preference-applied": "respond-async", "retry-after": "1"}
    return Answer(202, {"id": public_id, "object": "request", "status": status}, headers)


def tell_worker(request: UUID) -> None:
    """Never raises: the row stands, and beat looks for what nobody took up."""
    try:
        current_app.send_task(TASK, args=[str(request)], retry=False)
    except Exception:
        LOG.warning("a worker could not be told of request %s", request, exc_info=True)
