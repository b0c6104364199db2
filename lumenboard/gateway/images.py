"""The two operations that make pictures: from the body to pictures, the answer, and the row of the log."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Executor
from contextlib import closing, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from hashlib import sha256
from typing import Final
from uuid import UUID

from django.conf import settings

from lumenboard.gateway.admission import Caller
from lumenboard.gateway.call import JSON, Answer, Call, json_body
from lumenboard.gateway.catalogue import CatalogueRefresher
from lumenboard.gateway.choosing import Route, dry_run, in_the_models_form, model_of, offers_for, route_again
from lumenboard.gateway.errors import GatewayError, JsonObject, invalid
from lumenboard.gateway.execution import RequestExecution
from lumenboard.gateway.form import Form, read_form
from lumenboard.gateway.inputs import edit_pictures
from lumenboard.gateway.jobs import accept, accepted_before, check_for_later
from lumenboard.gateway.json_edit import fetch_links, read_json_edit
from lumenboard.gateway.media import lifetime
from lumenboard.gateway.outcome import (
    answer_body,
    failure_of,
    finished,
    headers_again,
    headers_of,
    metadata_of,
    overhead_ms,
    repeated_body,
    stored_answer,
    warned,
)
from lumenboard.gateway.partials import Partials
from lumenboard.gateway.pictures import Picture, pictures_of
from lumenboard.gateway.repeats import Repeats
from lumenboard.gateway.request_log import Record, RequestLogWriter
from lumenboard.gateway.request_spec import RequestSpec, read_request_spec
from providers.dispatch.dispatcher import Dispatcher
from providers.plain_values import whole_number
from providers.planning.offers import EndpointOffer
from providers.sheet import IMAGE_EDIT, TEXT_TO_IMAGE

ReadSpec = Callable[[], Awaitable[RequestSpec]]
MODES: Final = {"generation": TEXT_TO_IMAGE, "edit": IMAGE_EDIT}
TRACE: Final = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
IDEMPOTENCY: Final = re.compile(r"[\x21-\x7e]{1,255}")
# Answers that say "later": the same request under the same name has to run then.
ASK_AGAIN: Final = frozenset({429, 503})
# Our answer must be on its way before the client hangs up.
MARGIN_S: Final = 2.0
# Bodies of tens of MB that are taken apart in memory.
LONG_AT_ONCE: Final = 2
LATER_ALONE: Final = "only requests that are answered later have one; send Prefer: respond-async"


@dataclass
class ImageOperations:
    """Generations and edits. `executor` runs what blocks for long: children that draw."""

    catalogue: CatalogueRefresher
    dispatcher: Dispatcher
    log: RequestLogWriter
    executor: Executor
    repeats: Repeats = field(init=False)
    long_bodies: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(LONG_AT_ONCE))

    def __post_init__(self) -> None:
        self.repeats = Repeats(self.log)

    async def answer(self, call: Call, caller: Caller, operation: str, deployment: str = "") -> Answer:
        """`deployment` is the model where the path names it, as Azure's do. Raises GatewayError."""
        form, read_spec = await self._body(call, operation)
        with closing(form) if form.files else nullcontext():
            if deployment:
                form.fields["model"] = deployment
                form.sha256 = sha256(f"{deployment} {form.sha256}".encode()).hexdigest()
            record = _record(call, caller, operation, form.fields, form.sha256)
            # Before anything is asked that may have changed since: the model, its price, what lies behind a link.
            if not call.switch("dryRun") and (again := await self._again(call, record, form.fields)):
                return again
            return await self._anew(call, caller, record, form.fields, read_spec)

    async def _again(self, call: Call, record: Record, fields: JsonObject) -> Answer | None:
        """What a repeat is answered; None for a request that is none. Raises GatewayError."""
        if not (record.idempotency_key or record.retry_count):
            return None
        accepted = stored = None
        if call.is_for_later:
            accepted = await accepted_before(self.log, record)
        else:
            stored = await self.repeats.earlier(record, self._ends_at(call), claims=False)
        if accepted is None and stored is None:
            return None
        spec, route = route_again(self.catalogue.current, read_request_spec(fields, record.mode))
        return _with_headers(accepted or await self._repeat(stored or {}, spec, route), route)

    async def _anew(
        self, call: Call, caller: Caller, record: Record, fields: JsonObject, read_spec: ReadSpec
    ) -> Answer:
        """Raises GatewayError."""
        try:
            spec = await read_spec()
            record.images, record.user = spec.images, spec.user
            model = model_of(self.catalogue.current, spec.model)
            record.model_id, spec = model.id, in_the_models_form(model, spec)
            route = offers_for(self.catalogue.current, spec)
            if call.is_for_later:
                check_for_later(fields, spec)
            elif "webhook_url" in fields:
                raise invalid("webhook_url", LATER_ALONE)
        except GatewayError as error:
            if not call.switch("dryRun"):
                # It never ran: the name stays free for the request put right.
                record.idempotency_key = ""
                self.log.enqueue(ended(record, call.began_at, "rejected", error.status, error))
            raise
        if call.switch("dryRun"):
            estimate = dry_run(spec, route)
            return Answer(200, estimate, warned(estimate) | dict(route.headers))
        if call.is_for_later:
            return _with_headers(await accept(self.log, record, spec, fields, route), route)
        if stored := await self.repeats.earlier(record, self._ends_at(call), claims=True):
            return _with_headers(await self._repeat(stored, spec, route), route)
        execution = RequestExecution(spec, record.uuid, caller.public_id, call.began_at, self._ends_at(call))
        execution.warnings, execution.left_out = [*route.warnings], route.left_out
        # A named request's answer is relied on: it is on record before it goes out.
        execution.may_end_later = not record.idempotency_key
        with self.log.open(record):
            return _with_headers(await self._execute(call, caller, execution, record, route.offers), route)

    async def _body(self, call: Call, operation: str) -> tuple[Form, ReadSpec]:
        """Fields, files and the hash of everything; and what makes a request of them once it may cost time."""
        mode = MODES[operation]
        if operation == "generation":
            body = await json_body(call)

            async def generation() -> RequestSpec:
                return read_request_spec(body.value, mode)

            return Form(fields=body.value, sha256=body.sha256), generation
        form = await (
            read_json_edit(call, self.executor, self.long_bodies) if call.media_type == JSON else read_form(call)
        )

        async def edit() -> RequestSpec:
            try:
                model_of(self.catalogue.current, read_request_spec(form.fields, mode).model)
                await fetch_links(form, self.dispatcher.wire)
                images, mask = await asyncio.get_running_loop().run_in_executor(self.executor, edit_pictures, form)
            finally:
                form.close()
            return read_request_spec(form.fields, mode, images, mask)

        return form, edit

    def _ends_at(self, call: Call) -> float:
        most = float(settings.GATEWAY_DEADLINE_S)
        stated = call.header("x-stainless-read-timeout")
        if re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?", stated):
            most = min(most, max(1.0, float(stated) - MARGIN_S))
        return call.began_at + most

    async def _execute(
        self, call: Call, caller: Caller, execution: RequestExecution, record: Record, route: Sequence[EndpointOffer]
    ) -> Answer:
        """While the client waits."""
        self.log.enqueue(record)
        if record.idempotency_key:
            execution.may_send = partial(self.log.is_ours, record)
        gone = asyncio.ensure_future(_watch(call, execution))
        work = self.carry_out(execution, record, route, keeps_payloads=caller.keeps_payloads)
        try:
            if execution.spec.partial_images:
                execution.partials = Partials(call, record.mode)
                return await execution.partials.answered(work)
            return await work
        finally:
            gone.cancel()

    async def carry_out(
        self, execution: RequestExecution, record: Record, route: Sequence[EndpointOffer], *, keeps_payloads: bool
    ) -> Answer:
        """Through the route to the answer, which the row keeps as well. Raises GatewayError."""
        try:
            await execution.follow(self.dispatcher, route)
            if not execution.done:
                raise failure_of(execution)
            execution.warn_of_fewer()
            execution.warn_of_other_sizes()
            pictures = await pictures_of(execution, self.executor)
        except GatewayError as error:
            status = "cancelled" if execution.is_abandoned and error.code != "INVALID_REQUEST" else "failed"
            _with_execution(ended(record, execution.began_at, status, error.status, error), execution)
            await self._store_answer(record, error.body(), [])
            if record.idempotency_key and _may_run_anew(error, execution):
                await self.log.release(record)
            raise _with_metadata(error, execution) from None
        body = answer_body(execution, pictures)
        if keeps_payloads:
            _store_payloads(record, execution.spec, body)
        _with_execution(ended(record, execution.began_at, "completed", 200, None), execution)
        record.endpoint_key = execution.done[0][0].endpoint.key
        await self._store_answer(record, body, pictures, execution.spec.as_base64)
        data = [picture.to_dict(execution.spec.as_base64) for picture in pictures]
        return finished(execution.spec, body | {"data": data}, headers_of(execution))

    async def _store_answer(
        self, record: Record, body: JsonObject, pictures: list[Picture], as_base64: bool = False
    ) -> None:
        """One who asks again gets the same answer; one who named the request can rely on it."""
        record.answer = stored_answer(
            record.http_status or 200, body, pictures, as_base64, keeps_unstored=record.is_open
        )
        is_asked_for = record.idempotency_key or record.is_open
        record.answer_until = datetime.now(UTC) + (timedelta(days=1) if is_asked_for else lifetime())
        self.log.enqueue(record)
        if record.idempotency_key:
            await self.log.flush()

    async def _repeat(self, stored: JsonObject, spec: RequestSpec, route: Route) -> Answer:
        body = await asyncio.get_running_loop().run_in_executor(self.executor, repeated_body, stored, spec, route)
        headers = headers_again(body)
        if stored["status"] >= 400:
            return Answer(stored["status"], body, headers | {"x-should-retry": "false"})
        return finished(spec, body, headers)


async def _watch(call: Call, execution: RequestExecution) -> None:
    """A client that hangs up gets no further attempt; what has been sent is brought to its end."""
    await call.proto.client_disconnect()
    execution.is_abandoned = True


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


def ended(record: Record, began_at: float, status: str, http_status: int, error: GatewayError | None) -> Record:
    """The row as it ends."""
    record.status, record.http_status = status, http_status
    record.finished_at = max(datetime.now(UTC), record.created_at)
    record.duration_ms = round(1000 * (time.monotonic() - began_at))
    if error is not None:
        record.error_code, record.error_message = error.code, error.message[:500].replace("\0", "")
    return record


def _may_run_anew(error: GatewayError, execution: RequestExecution) -> bool:
    """Whether the name stands for nothing: no money, no call that may still be under way, no refusal that stays."""
    asks_again = error.status in ASK_AGAIN or error.status >= 500 or execution.nothing_was_sent
    return asks_again and not execution.cost_usd and not execution.is_unknown


def _with_execution(record: Record, execution: RequestExecution) -> Record:
    record.cost_usd, record.attempts = execution.cost_usd, len(execution.attempts)
    record.overhead_ms = Decimal(f"{overhead_ms(execution):.3f}")
    record.simulated = execution.is_simulated
    return record


def _with_metadata(error: GatewayError, execution: RequestExecution) -> GatewayError:
    error.metadata = error.metadata or metadata_of(execution)
    error.extra_headers = headers_of(execution)
    return error


def _store_payloads(record: Record, spec: RequestSpec, body: JsonObject) -> None:
    record.payloads = {"prompt": spec.prompt, "parameters": dict(spec.parameters), "answer": body}
    record.payloads_until = record.created_at + timedelta(days=settings.PAYLOAD_DAYS)


def _with_headers(answer: Answer, route: Route) -> Answer:
    return replace(answer, headers={**answer.headers, **route.headers})
