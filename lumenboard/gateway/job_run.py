"""A request that is answered later, in a worker: through the same steps as one whose client waits.

Killed at any moment it is settled from its paid calls, and begun again only where none of them can have cost anything.
"""

import asyncio
import logging
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final
from uuid import UUID

import orjson
from django.conf import settings
from django.utils import timezone
from psycopg import DataError, Error, IntegrityError
from psycopg.errors import UniqueViolation
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from lumenboard.gateway.catalogue import CatalogueRefresher
from lumenboard.gateway.choosing import in_the_models_form, model_of, offers_for
from lumenboard.gateway.errors import GatewayError
from lumenboard.gateway.execution import RequestExecution
from lumenboard.gateway.images import ImageOperations, ended
from lumenboard.gateway.request_log import CHANGING, RENEW_EVERY_S, Record, RequestLogWriter, values_of
from lumenboard.gateway.request_spec import RequestSpec, read_request_spec
from providers.adapters.wire import InputImage
from providers.dispatch.dispatcher import open_dispatcher
from providers.dispatch.faults import LedgerFault
from providers.dispatch.pools import open_pool
from providers.models import RequestInput
from providers.pricing import Size
from providers.requests.request_jobs import ClaimedJob, call_ids, claim_job, tidy_ended_jobs
from providers.requests.settle_requests import REQUEST_LEASE_S

LOG = logging.getLogger(__name__)
DRAWING_THREADS: Final = 2
AGAIN_S: Final = 1.0
_SET: Final = ", ".join(f'"{name}" = %({name})s' for name in CHANGING)
_OURS: Final = "uuid = %(uuid)s AND status = 'processing' AND runs = %(runs)s"
FINISH: Final = f"UPDATE providers_gatewayrequest SET {_SET} WHERE {_OURS}"  # noqa: S608  # names of this package
RELEASE: Final = """
UPDATE providers_gatewayrequest SET idempotency_key = ''
WHERE uuid = %(uuid)s AND status IN ('failed', 'cancelled', 'rejected') AND runs = %(runs)s
"""
HOLD: Final = f"""
UPDATE providers_gatewayrequest SET lease_until = now() + interval '{REQUEST_LEASE_S:g} seconds' WHERE {_OURS}
RETURNING job ? 'is_cancelled' AS is_cancelled
"""  # noqa: S608
_catalogue = CatalogueRefresher()


def run_job(request: UUID, transport: Any = None) -> str:
    """What it came to; "over" where it has ended or another worker has it. Safe to run twice."""
    claimed = claim_job(request, timezone.now())
    if claimed is None:
        return "over"
    _catalogue.read()
    try:
        asyncio.run(_run(claimed, transport))
    except (UniqueViolation, LedgerFault) as fault:
        LOG.warning("request %s is in the hands of others: %s", request, fault)
    tidy_ended_jobs(timezone.now())
    claimed.row.refresh_from_db(fields=["status"])
    return claimed.row.status


class JobLog(RequestLogWriter):
    """Writes the end of one request at once, and only as long as it is this worker's."""

    def __init__(self, pool: AsyncConnectionPool[Any], claimed: ClaimedJob) -> None:
        super().__init__(pool)
        self._ours = {"uuid": claimed.row.uuid, "runs": claimed.row.runs}
        self._end: Record | None = None

    def enqueue(self, record: Record) -> None:
        """Its end; that it has begun stands in the row."""
        self._end = record

    async def flush(self) -> None:
        """Writes the end, as long as the database takes."""
        while (end := self._end) is not None:
            try:
                await self._change(FINISH, values_of(end) | self._ours)
                self._end = None
            except (IntegrityError, DataError) as error:
                # Settled from its calls once the lease has ended.
                LOG.warning("the end of request %s can not be written: %s", end.uuid, error)
                self._end = None
            except (Error, PoolTimeout) as error:
                LOG.warning("the end of a request could not be written: %s", error)
                await asyncio.sleep(AGAIN_S)

    async def release(self, record: Record) -> None:
        """Its idempotency key, where it is this worker's that ended it."""
        await self._change(RELEASE, self._ours)

    async def hold(self, execution: RequestExecution) -> bool:
        """Renew the lease, and hear of a cancellation; False when it is this worker's no more."""
        row = await self._find(HOLD, self._ours)
        execution.is_abandoned |= bool(row and row["is_cancelled"])
        return row is not None

    async def hold_forever(self, execution: RequestExecution) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(RENEW_EVERY_S)
            try:
                await self.hold(execution)
            except (Error, PoolTimeout) as error:
                LOG.warning("the lease of a request could not be renewed: %s", error)


async def _run(claimed: ClaimedJob, transport: Any) -> None:
    async with (
        open_dispatcher(transport=transport, connections_at_most=2) as dispatcher,
        open_pool(most=2, timeout_s=10.0, options="") as pool,
    ):
        log, record, began_at = JobLog(pool, claimed), _record(claimed), time.monotonic()
        with ThreadPoolExecutor(DRAWING_THREADS, thread_name_prefix="drawing") as executor:
            operations = ImageOperations(_catalogue, dispatcher, log, executor)
            try:
                spec = _spec(claimed)
                model = model_of(_catalogue.current, spec.model)
                spec = in_the_models_form(model, spec)
                route = offers_for(_catalogue.current, spec)
            except GatewayError as error:
                # The catalogue has changed since it was taken.
                log.enqueue(ended(record, began_at, "rejected", error.status, error))
                await log.flush()
                await log.release(record)
                return
            ends_at = began_at + settings.GATEWAY_DEADLINE_S
            execution = RequestExecution(spec, record.uuid, claimed.key.public_id, began_at, ends_at)
            execution.warnings, execution.left_out = [*route.warnings], route.left_out
            execution.may_send = partial(log.hold, execution)
            execution.call_ids = call_ids(record.uuid, claimed.calls)
            holding = asyncio.create_task(log.hold_forever(execution))
            try:
                await operations.carry_out(execution, record, route.offers, keeps_payloads=claimed.key.keeps_payloads)
            except GatewayError as error:
                LOG.info("request %s ended with %s", record.uuid, error.code)
            finally:
                await log.flush()
                holding.cancel()


def _spec(claimed: ClaimedJob) -> RequestSpec:
    fields: Mapping[str, Any] = orjson.loads((claimed.row.job or {})["fields"])
    inputs = tuple(_input(one) for one in claimed.inputs if not one.is_mask)
    mask = next((_input(one) for one in claimed.inputs if one.is_mask), None)
    return read_request_spec(fields, claimed.row.mode, inputs, mask)


def _input(stored: RequestInput) -> InputImage:
    size = Size(width_px=stored.width_px, height_px=stored.height_px)
    return InputImage(content=bytes(stored.content), media_type=stored.media_type, size=size)


def _record(claimed: ClaimedJob) -> Record:
    row = claimed.row
    return Record(
        uuid=row.uuid,
        key_id=claimed.key.pk,
        operation=row.operation,
        model_asked=row.model_asked,
        model_id=row.model_id,
        mode=row.mode,
        body_sha256=row.body_sha256,
        created_at=row.created_at,
        images=row.images,
        user=row.user,
        trace_id=row.trace_id,
        retry_count=row.retry_count,
        idempotency_key=row.idempotency_key,
        is_open=True,
    )
