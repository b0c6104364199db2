"""The two operations that make pictures: from the body to a run, its answer, and the row that remembers it."""

import asyncio
import re
import time
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any, Final
from uuid import UUID

import orjson
from django.conf import settings

from lumenboard.gateway.admission import Caller
from lumenboard.gateway.call import Answer, Call, json_body
from lumenboard.gateway.choosing import dry_run, in_the_models_form, model_of, offers_for
from lumenboard.gateway.errors import GatewayError, JsonObject, warning
from lumenboard.gateway.form import read_form
from lumenboard.gateway.inputs import edit_pictures
from lumenboard.gateway.journal import Journal
from lumenboard.gateway.json_edit import fetch_links, is_json, read_json_edit
from lumenboard.gateway.keeper import CatalogueKeeper
from lumenboard.gateway.media import lifetime
from lumenboard.gateway.outcome import answer_body, failure_of, metadata_of, repeated_body, stored_answer
from lumenboard.gateway.pictures import Picture, pictures_of
from lumenboard.gateway.record import Record
from lumenboard.gateway.repeats import Repeats
from lumenboard.gateway.run import Run
from lumenboard.gateway.wish import Wish, read_wish
from providers.dispatch.dispatcher import Dispatcher
from providers.modes import IMAGE_EDIT, TEXT_TO_IMAGE
from providers.plain_values import whole_number
from providers.planning.offers import EndpointOffer

MODES: Final = {"generation": TEXT_TO_IMAGE, "edit": IMAGE_EDIT}
TRACE: Final = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
IDEMPOTENCY: Final = re.compile(r"[\x21-\x7e]{1,255}")
# Answers that say "later": the same request under the same name has to run then.
ASK_AGAIN: Final = frozenset({429, 503})
# Our answer must be on its way before the client hangs up.
MARGIN_S: Final = 2.0
# Bodies of tens of MB that are taken apart in memory.
LONG_AT_ONCE: Final = 2
IN_EVENTS: Final = "events of a stream carry the picture itself, as b64_json"


@dataclass
class ImageOperations:
    """Generations and edits. `executor` runs what blocks for long: children that draw."""

    keeper: CatalogueKeeper
    dispatcher: Dispatcher
    journal: Journal
    executor: Executor
    repeats: Repeats = field(init=False)
    long_bodies: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(LONG_AT_ONCE))

    def __post_init__(self) -> None:
        self.repeats = Repeats(self.journal)

    async def answer(self, call: Call, caller: Caller, operation: str) -> Answer:
        """Raises GatewayError."""
        fields, body_sha256, wish_of = await self._body(call, operation)
        record = _record(call, caller, operation, fields, body_sha256)
        try:
            wish = await wish_of()
            record.images, record.user = wish.images, wish.user
            model = model_of(self.keeper.now, wish.model)
            record.model_id, wish = model.id, in_the_models_form(model, wish)
            offers = offers_for(self.keeper.now, wish)
        except GatewayError as error:
            if not call.switch("dryRun"):
                # It never ran: the name stays free for the request put right.
                record.idempotency_key = ""
                self.journal.note(_ended(record, call, "rejected", error.status, error))
            raise
        if call.switch("dryRun"):
            return Answer(200, dry_run(wish, offers))
        if kept := await self.repeats.earlier(record, self._ends_at(call)):
            return await self._repeat(kept, wish)
        run = Run(wish, record.uuid, caller.public_id, call.began_at, self._ends_at(call))
        if wish.streams and wish.response_format == "url":
            run.warn(warning("response_format", "converted", IN_EVENTS))
        with self.journal.open(record):
            return await self._carry(call, caller, run, record, offers)

    async def _body(self, call: Call, operation: str) -> tuple[JsonObject, str, Any]:
        """Fields, the hash of everything, and what turns them into a wish once it may cost time."""
        mode = MODES[operation]
        if operation == "generation":
            body = await json_body(call)

            async def generation() -> Wish:
                return read_wish(body.value, mode)

            return body.value, body.sha256, generation
        form = await (read_json_edit(call, self.executor, self.long_bodies) if is_json(call) else read_form(call))

        async def edit() -> Wish:
            try:
                model_of(self.keeper.now, read_wish(form.fields, mode).model)
                await fetch_links(form, self.dispatcher.wire)
                images, mask = await asyncio.get_running_loop().run_in_executor(self.executor, edit_pictures, form)
            finally:
                form.close()
            return read_wish(form.fields, mode, images, mask)

        return form.fields, form.sha256, edit

    def _ends_at(self, call: Call) -> float:
        most = float(settings.GATEWAY_DEADLINE_S)
        told = call.header("x-stainless-read-timeout")
        if re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?", told):
            most = min(most, max(1.0, float(told) - MARGIN_S))
        return call.began_at + most

    async def _carry(self, call: Call, caller: Caller, run: Run, record: Record, route: list[EndpointOffer]) -> Answer:
        self.journal.note(record)
        if record.idempotency_key:
            run.may_send = partial(self.journal.is_ours, record)
        gone = asyncio.ensure_future(_watch(call, run))
        try:
            await run.carry(self.dispatcher, route)
            if not run.done:
                raise failure_of(run)
            pictures = await pictures_of(run, self.executor)
        except GatewayError as error:
            status = "cancelled" if run.is_abandoned and error.code != "INVALID_REQUEST" else "failed"
            await self._remember(
                _with_run(_ended(record, call, status, error.status, error), run, call), error.body(), []
            )
            if record.idempotency_key and error.status in ASK_AGAIN and not run.cost_usd:
                await self.journal.release(record)
            raise _told(error, run, call) from None
        finally:
            gone.cancel()
        body = answer_body(run, pictures)
        if caller.keeps_payloads:
            _keep_payloads(record, run.wish, body)
        _with_run(_ended(record, call, "completed", 200, None), run, call)
        record.endpoint_key = run.done[0][0].endpoint.key
        await self._remember(record, body, pictures, run.wish.as_base64)
        data = [picture.told(run.wish.as_base64) for picture in pictures]
        return _finished(run.wish, body | {"data": data}, _headers(run, call))

    async def _remember(
        self, record: Record, body: JsonObject, pictures: list[Picture], as_base64: bool = False
    ) -> None:
        """One who asks again gets the same answer; one who named the request can rely on it."""
        record.answer = stored_answer(record.http_status or 200, body, pictures, as_base64)
        record.answer_until = datetime.now(UTC) + (timedelta(days=1) if record.idempotency_key else lifetime())
        self.journal.note(record)
        if record.idempotency_key:
            await self.journal.flush()

    async def _repeat(self, kept: JsonObject, wish: Wish) -> Answer:
        body = await asyncio.get_running_loop().run_in_executor(self.executor, repeated_body, kept, wish)
        headers = {"x-lumenboard-repeated": "true"}
        if kept["status"] >= 400:
            return Answer(kept["status"], body, headers | {"x-should-retry": "false"})
        return _finished(wish, body, headers)


async def _watch(call: Call, run: Run) -> None:
    """A client that hangs up gets no further attempt; what has been sent is brought to its end."""
    await call.proto.client_disconnect()
    run.is_abandoned = True


def _record(call: Call, caller: Caller, operation: str, fields: JsonObject, body_sha256: str) -> Record:
    named = call.header("idempotency-key")
    if named and not IDEMPOTENCY.fullmatch(named):
        raise GatewayError("INVALID_REQUEST", "Idempotency-Key: allowed are 1 to 255 visible ASCII characters")
    trace = TRACE.fullmatch(call.header("traceparent"))
    retries = call.header("x-stainless-retry-count")
    asked = fields.get("model")
    return Record(
        uuid=UUID(call.id.removeprefix("req_")),
        key_id=caller.key_id,
        operation=operation,
        model_asked="".join(filter(str.isprintable, asked))[:200] if isinstance(asked, str) else "",
        mode=MODES[operation],
        body_sha256=body_sha256,
        created_at=datetime.now(UTC),
        trace_id=trace[1] if trace else "",
        retry_count=whole_number(retries, highest=999) or 0,
        idempotency_key="" if call.switch("dryRun") else named,
    )


def _ended(record: Record, call: Call, status: str, http_status: int, error: GatewayError | None) -> Record:
    record.status, record.http_status = status, http_status
    record.finished_at = max(datetime.now(UTC), record.created_at)
    record.duration_ms = round(1000 * (time.monotonic() - call.began_at))
    if error is not None:
        record.error_code, record.error_message = error.code, error.message[:500].replace("\0", "")
    return record


def _with_run(record: Record, run: Run, call: Call) -> Record:
    record.cost_usd, record.attempts = run.cost_usd, len(run.attempts)
    record.overhead_ms = Decimal(f"{_overhead_ms(run, call):.3f}")
    record.simulated = run.is_simulated
    return record


def _overhead_ms(run: Run, call: Call) -> float:
    return max(0.0, 1000 * (time.monotonic() - call.began_at - run.waited_s))


def _headers(run: Run, call: Call) -> dict[str, str]:
    tried = {attempt.endpoint_key for attempt in run.attempts if attempt.status != "refused"}
    served = run.done[0][0].endpoint if run.done else None
    named = {"x-lumenboard-provider": served.provider, "x-lumenboard-model": served.key} if served else {}
    return named | {
        "x-lumenboard-cost": f"{run.cost_usd.normalize():f}",
        "x-lumenboard-overhead-ms": f"{_overhead_ms(run, call):.3f}",
        "x-lumenboard-attempts": str(len(run.attempts)),
        "x-lumenboard-fallbacks": str(max(0, len(tried) - 1)),
    }


def _told(error: GatewayError, run: Run, call: Call) -> GatewayError:
    error.metadata = error.metadata or metadata_of(run)
    error.extra_headers = _headers(run, call)
    return error


def _keep_payloads(record: Record, wish: Wish, body: JsonObject) -> None:
    record.payloads = {"prompt": wish.prompt, "parameters": dict(wish.parameters), "answer": body}
    record.payloads_until = record.created_at + timedelta(days=settings.PAYLOAD_DAYS)


def _finished(wish: Wish, body: JsonObject, headers: dict[str, str]) -> Answer:
    """As JSON, or for a client that asked for a stream as one completed event per picture."""
    if warnings := body["metadata"].get("warnings"):
        headers = headers | {"x-lumenboard-warnings": str(len(warnings))}
    if not wish.streams:
        return Answer(200, body, headers)
    kind = "image_edit.completed" if wish.inputs else "image_generation.completed"
    usage = {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0}
    usage_details = {"input_tokens_details": {"text_tokens": 0, "image_tokens": 0}}
    shared = {name: value for name, value in body.items() if name not in {"data", "created"}}
    events = [
        orjson.dumps({"type": kind, "created_at": body["created"], **shared, "usage": usage | usage_details, **item})
        for item in body["data"]
    ]
    lines = [b"event: %s\ndata: %s\n\n" % (kind.encode(), event) for event in events]
    content = b"".join([*lines, b"data: [DONE]\n\n"])
    return Answer(200, content, headers | {"cache-control": "no-store"}, "text/event-stream")
