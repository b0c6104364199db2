"""The log of requests: many rows at a time, behind the answers; only repeats that must be known at once wait.

What a call costs is the ledger's business, so a log that is a moment behind loses no money.
"""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from psycopg import DataError, Error, IntegrityError
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from providers.dispatch.ledger_values import rows_to_json
from providers.requests.settle_requests import REQUEST_LEASE_S, SETTLE, settle_values


@dataclass(kw_only=True)
class Record:
    """A row of GatewayRequest under way; it changes until the request is answered."""

    uuid: UUID
    key_id: int
    operation: str
    model_asked: str
    mode: str
    body_sha256: str
    created_at: datetime
    model_id: int | None = None
    endpoint_key: str = ""
    images: int = 1
    simulated: bool = False
    status: str = "processing"
    http_status: int | None = None
    error_code: str = ""
    error_message: str = ""
    cost_usd: Decimal | None = None
    attempts: int = 0
    duration_ms: int | None = None
    overhead_ms: Decimal | None = None
    user: str = ""
    trace_id: str = ""
    retry_count: int = 0
    idempotency_key: str = ""
    answer: Any = None
    answer_until: datetime | None = None
    payloads: Any = None
    payloads_until: datetime | None = None
    finished_at: datetime | None = None
    job: Any = None
    is_open: bool = False


COLUMNS = tuple(Record.__dataclass_fields__)
# Written once; a later state of the row leaves them as they are.
FIXED = frozenset({"uuid", "created_at", "key_id", "idempotency_key", "job", "is_open"})
CHANGING = tuple(name for name in COLUMNS if name not in FIXED)
JSON: Final = ("answer", "payloads", "job")


LOG = logging.getLogger(__name__)
# of a value that no document can hold
UNWRITABLE: Final = (TypeError, ValueError, RecursionError)
EVERY_S: Final = 0.05
MOST_WAITING: Final = 20_000
REPEAT_S: Final = 60
RENEW_EVERY_S: Final = REQUEST_LEASE_S / 5

# How the columns that are no text come out of a document.
_TYPES: Final = {
    **dict.fromkeys(("uuid",), "uuid"),
    **dict.fromkeys(("created_at", "answer_until", "payloads_until", "finished_at"), "timestamptz"),
    **dict.fromkeys(
        ("key_id", "model_id", "images", "http_status", "attempts", "duration_ms", "retry_count"), "bigint"
    ),
    **dict.fromkeys(("simulated", "is_open"), "bool"),
    **dict.fromkeys(("cost_usd", "overhead_ms"), "numeric"),
    **dict.fromkeys(JSON, "jsonb"),
}
_DOCUMENT: Final = ", ".join(f'"{name}" {_TYPES.get(name, "text")}' for name in COLUMNS)
_VALUES: Final = ", ".join(f"%({name})s" for name in COLUMNS)
_NAMES: Final = ", ".join(f'"{name}"' for name in COLUMNS)
_CHANGED: Final = ", ".join(f'"{name}" = excluded."{name}"' for name in CHANGING)
_LEASE: Final = f"now() + interval '{REQUEST_LEASE_S:g} seconds'"
# Of two writes at once the later state stays, and a request that was taken for lost and settled does not run again.
WRITE: Final = f"""
INSERT INTO providers_gatewayrequest ({_NAMES}, lease_until)
SELECT {_NAMES}, {_LEASE} FROM json_to_recordset(%(rows)s::json) AS r ({_DOCUMENT})
ON CONFLICT (uuid) DO UPDATE SET {_CHANGED}
WHERE providers_gatewayrequest.status = 'processing' OR excluded.status <> 'processing'
"""  # noqa: S608  # names of this package
CLAIM: Final = f"""
INSERT INTO providers_gatewayrequest ({_NAMES}, lease_until) VALUES ({_VALUES}, {_LEASE})
ON CONFLICT (key_id, idempotency_key) WHERE NOT (idempotency_key = '') DO NOTHING
"""  # noqa: S608
_SEEN: Final = "uuid, status, body_sha256, answer, COALESCE(lease_until < now(), false) AS is_silent"
EARLIER: Final = f"""
SELECT {_SEEN} FROM providers_gatewayrequest WHERE key_id = %(key_id)s AND idempotency_key = %(idempotency_key)s
"""  # noqa: S608
# A client whose line was cut asks again by itself: neither may a call that was lost be charged twice.
RUNNING: Final = f"""
SELECT {_SEEN} FROM providers_gatewayrequest
WHERE key_id = %(key_id)s AND body_sha256 = %(body_sha256)s
    AND (status IN ('queued', 'processing') OR (
        finished_at > now() - %(repeat_s)s * interval '1 second'
        AND (status = 'completed' OR (status = 'failed' AND error_code = 'INTERNAL_ERROR' AND answer IS NOT NULL))))
    AND created_at > now() - interval '30 minutes'
ORDER BY id DESC LIMIT 1
"""  # noqa: S608
BY_ID: Final = f"SELECT {_SEEN} FROM providers_gatewayrequest WHERE uuid = %(uuid)s"  # noqa: S608
ADD_INPUT: Final = """
INSERT INTO providers_requestinput (request_id, place, is_mask, media_type, width_px, height_px, content)
SELECT id, %(place)s, %(is_mask)s, %(media_type)s, %(width_px)s, %(height_px)s, %(content)s
FROM providers_gatewayrequest WHERE uuid = %(uuid)s
"""
RENEW: Final = f"""
UPDATE providers_gatewayrequest SET lease_until = {_LEASE} WHERE uuid = ANY (%(uuids)s) AND status = 'processing'
"""  # noqa: S608
OPEN_JOBS: Final = "SELECT count(*) AS open FROM providers_gatewayrequest WHERE key_id = %(key_id)s AND is_open"
RELEASE: Final = "UPDATE providers_gatewayrequest SET idempotency_key = '' WHERE uuid = %(uuid)s"


class RequestLogWriter:
    """Rows wait in memory for a moment, the newest state of each."""

    def __init__(self, pool: AsyncConnectionPool[Any]) -> None:
        self._pool = pool
        self._waiting: dict[UUID, Record] = {}
        self._open: set[UUID] = set()

    @contextmanager
    def open(self, record: Record) -> Iterator[None]:
        """While the block runs this process works on the request, and says so to all others."""
        self._open.add(record.uuid)
        try:
            yield
        finally:
            self._open.discard(record.uuid)

    async def is_ours(self, record: Record) -> bool:
        """Renew the lease; False when the request has been taken for lost and settled meanwhile."""
        return await self._change(RENEW, {"uuids": [record.uuid]}) == 1

    async def release(self, record: Record) -> None:
        """Give its idempotency key back: it came to nothing, and the next request of that name runs."""
        await self._change(RELEASE, {"uuid": record.uuid})

    async def settle(self, uuid: UUID | None = None) -> int:
        """End what no process works on any more, one request or all; how many could be ended."""
        return await self._change(SETTLE, settle_values(uuid))

    async def renew_leases_forever(self) -> None:
        """Keep the leases of this process and settle what others have lost, until cancelled."""
        while True:
            await asyncio.sleep(RENEW_EVERY_S)
            try:
                if self._open:
                    await self._change(RENEW, {"uuids": list(self._open)})
                await self.settle()
            except (Error, PoolTimeout) as error:
                LOG.warning("leases of requests could not be renewed: %s", error)

    def enqueue(self, record: Record) -> None:
        """Write it soon, as it is now. Past a bound of rows that cannot be written, new ones are dropped."""
        if len(self._waiting) < MOST_WAITING:
            self._waiting[record.uuid] = copy(record)

    async def claim(self, record: Record) -> dict[str, Any] | None:
        """Write it now under its idempotency key; the row that had the key before, or None."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(CLAIM, values_of(record))
            if cursor.rowcount:
                return None
        return await self._find(EARLIER, values_of(record))

    async def claim_for_later(self, record: Record, inputs: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
        """Likewise with its pictures, and so that no loss of power takes it back."""
        async with self._pool.connection() as connection, connection.transaction():
            await connection.execute("SET LOCAL synchronous_commit = on")
            if (await connection.execute(CLAIM, values_of(record))).rowcount:
                for values in inputs:
                    await connection.execute(ADD_INPUT, values | {"uuid": record.uuid})
                return None
        return await self._find(EARLIER, values_of(record))

    async def open_jobs(self, record: Record) -> int:
        """How many of its key have not ended."""
        row = await self._find(OPEN_JOBS, {"key_id": record.key_id})
        return int(row["open"]) if row else 0

    async def before(self, record: Record) -> dict[str, Any] | None:
        """The row that it repeats, if any: of its name, or of its body where a client says that it tries again."""
        if record.idempotency_key:
            return await self._find(EARLIER, values_of(record))
        return await self.running(record) if record.retry_count else None

    async def running(self, record: Record) -> dict[str, Any] | None:
        """The row of the same body by the same key that is under way or has just been answered."""
        return await self._find(RUNNING, values_of(record) | {"repeat_s": REPEAT_S})

    async def find(self, uuid: UUID) -> dict[str, Any] | None:
        """The row as it is now."""
        return await self._find(BY_ID, {"uuid": uuid})

    async def run_forever(self) -> None:
        """Write until cancelled."""
        while True:
            await asyncio.sleep(EVERY_S)
            await self.flush()

    async def flush(self) -> None:
        """Write what waits. What cannot be written now is tried again, unless it was enqueued anew meanwhile."""
        batch, self._waiting = self._waiting, {}
        if not batch:
            return
        try:
            try:
                await self._write(list(batch.values()))
            except (Error, *UNWRITABLE):
                await self._write_one_by_one(batch)
        except (Error, PoolTimeout, asyncio.CancelledError) as error:
            self._waiting = {**batch, **self._waiting}
            if isinstance(error, asyncio.CancelledError):
                raise
            LOG.warning("the log of requests could not be written: %s", error)
            await asyncio.sleep(1)

    async def _write(self, records: list[Record]) -> None:
        await self._change(WRITE, {"rows": rows_to_json(map(vars, records))})

    async def _write_one_by_one(self, batch: dict[UUID, Record]) -> None:
        """A row that can never be written, such as one whose key has been deleted, must not hold up the others."""
        for record in batch.values():
            try:
                await self._write([record])
            except (IntegrityError, DataError, *UNWRITABLE) as error:
                LOG.warning("request %s is not in the log: %s", record.uuid, error)

    async def _change(self, statement: str, values: dict[str, Any]) -> int:
        async with self._pool.connection() as connection:
            return (await connection.execute(statement, values)).rowcount

    async def _find(self, statement: str, values: dict[str, Any]) -> dict[str, Any] | None:
        async with self._pool.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(statement, values)
            return await cursor.fetchone()


def values_of(record: Record) -> dict[str, Any]:
    """Parameters of the statements."""
    values = dict(vars(record))
    for name in JSON:
        values[name] = None if values[name] is None else Jsonb(values[name])
    return values
