"""Requests that are asked a second time: by name (Idempotency-Key), or as a client's own retry of the same body."""

import asyncio
import time
from typing import Any, Final

from lumenboard.gateway.errors import GatewayError, JsonObject
from lumenboard.gateway.journal import Journal
from lumenboard.gateway.record import Record

LOOK_EVERY_S: Final = 0.25


class Repeats:
    """Finds the request that a repeat belongs to and waits for its answer."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    async def earlier(self, record: Record, ends_at: float) -> JsonObject | None:
        """The kept answer of the same request, or None where this one is the first. Raises GatewayError."""
        if record.idempotency_key:
            row = await self._journal.claim(record)
        elif record.retry_count:
            row = await self._journal.running(record)
        else:
            return None
        if row is None:
            return None
        if row["body_sha256"] != record.body_sha256:
            told = "Idempotency-Key: it was used for a request with other parameters; take a new one"
            raise GatewayError("INVALID_REQUEST", told, "Idempotency-Key")
        return await self._answer_of(row, ends_at)

    async def _answer_of(self, row: dict[str, Any], ends_at: float) -> JsonObject:
        while row["status"] == "processing":
            if time.monotonic() + LOOK_EVERY_S > ends_at:
                raise GatewayError("REQUEST_IN_PROGRESS", "The same request is still running.", retry_after_s=5)
            await asyncio.sleep(LOOK_EVERY_S)
            found = await self._journal.found(row["uuid"])
            if found is None:
                break
            row = found
        if not row["answer"]:
            raise GatewayError("NOT_FOUND", "The answer of that request is no longer kept.")
        kept: JsonObject = row["answer"]
        return kept
