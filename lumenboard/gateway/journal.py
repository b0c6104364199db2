"""Writes the log of requests, many rows at a time and behind the answers; only repeats that must be known at once wait.

What a call costs is the ledger's business, so a log that is a moment behind loses no money.
"""

import asyncio
import logging
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from psycopg import Error
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from lumenboard.gateway.record import COLUMNS, FIXED, Record

LOG = logging.getLogger(__name__)
EVERY_S: Final = 0.05
MOST_WAITING: Final = 20_000
REPEAT_S: Final = 60

_VALUES: Final = ", ".join(f"%({name})s" for name in COLUMNS)
_NAMES: Final = ", ".join(f'"{name}"' for name in COLUMNS)
_CHANGED: Final = ", ".join(f'"{name}" = excluded."{name}"' for name in COLUMNS if name not in FIXED)
WRITE: Final = f"""
INSERT INTO providers_gatewayrequest ({_NAMES}) VALUES ({_VALUES})
ON CONFLICT (uuid) DO UPDATE SET {_CHANGED}
"""  # noqa: S608  # names of this package
CLAIM: Final = f"""
INSERT INTO providers_gatewayrequest ({_NAMES}) VALUES ({_VALUES})
ON CONFLICT (key_id, idempotency_key) WHERE NOT (idempotency_key = '') DO NOTHING
"""  # noqa: S608
EARLIER: Final = """
SELECT uuid, status, http_status, body_sha256, answer FROM providers_gatewayrequest
WHERE key_id = %(key_id)s AND idempotency_key = %(idempotency_key)s
"""
RUNNING: Final = """
SELECT uuid, status, http_status, body_sha256, answer FROM providers_gatewayrequest
WHERE key_id = %(key_id)s AND body_sha256 = %(body_sha256)s
    AND (status = 'processing' OR (status = 'completed' AND finished_at > now() - %(repeat_s)s * interval '1 second'))
    AND created_at > now() - interval '30 minutes'
ORDER BY id DESC LIMIT 1
"""
BY_ID: Final = """
SELECT uuid, status, http_status, body_sha256, answer FROM providers_gatewayrequest WHERE uuid = %(uuid)s
"""


class Journal:
    """Rows wait in memory for a moment, the newest state of each."""

    def __init__(self, pool: AsyncConnectionPool[Any]) -> None:
        self._pool = pool
        self._waiting: dict[UUID, Record] = {}

    def note(self, record: Record) -> None:
        """Write it soon, as it is now. Past a bound of rows that cannot be written, new ones are dropped."""
        if len(self._waiting) < MOST_WAITING:
            self._waiting[record.uuid] = replace(record)

    async def claim(self, record: Record) -> dict[str, Any] | None:
        """Write it now under its idempotency key; the row that had the key before, or None."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(CLAIM, _values(record))
            if cursor.rowcount:
                return None
        return await self._find(EARLIER, _values(record))

    async def running(self, record: Record) -> dict[str, Any] | None:
        """The row of the same body by the same key that is under way or has just been answered."""
        return await self._find(RUNNING, _values(record) | {"repeat_s": REPEAT_S})

    async def found(self, uuid: UUID) -> dict[str, Any] | None:
        """The row as it is now."""
        return await self._find(BY_ID, {"uuid": uuid})

    async def keep(self) -> None:
        """Write until cancelled."""
        while True:
            await asyncio.sleep(EVERY_S)
            await self.flush()

    async def flush(self) -> None:
        """Write what waits. What cannot be written now is tried again, unless it was noted anew meanwhile."""
        batch, self._waiting = self._waiting, {}
        if not batch:
            return
        try:
            async with self._pool.connection() as connection, connection.cursor() as cursor:
                await cursor.executemany(WRITE, [_values(record) for record in batch.values()])
        except (Error, PoolTimeout, asyncio.CancelledError) as error:
            self._waiting = {**batch, **self._waiting}
            if isinstance(error, asyncio.CancelledError):
                raise
            LOG.warning("the log of requests could not be written: %s", error)
            await asyncio.sleep(1)

    async def _find(self, statement: str, values: dict[str, Any]) -> dict[str, Any] | None:
        async with self._pool.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(statement, values)
            return await cursor.fetchone()


def _values(record: Record) -> dict[str, Any]:
    values = dict(vars(record))
    for name in ("answer", "payloads"):
        values[name] = None if values[name] is None else Jsonb(values[name])
    return values
