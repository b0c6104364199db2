"""Requests that are asked a second time: by name (Idempotency-Key), or as a client's own retry of the same body."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any, Final

from lumenboard.gateway.errors import GatewayError, JsonObject
from lumenboard.gateway.request_log import Record, RequestLogWriter
from providers.models.gateway import UNDER_WAY

LOOK_EVERY_S: Final = 0.25
# A client waits so long for a call that is still made; then the answer says when to ask again.
WAITS_S: Final = 10.0
ASK_AGAIN_S: Final = 5.0


class Repeats:
    """Finds the request that a repeat belongs to and waits a moment for its answer."""

    def __init__(self, log: RequestLogWriter) -> None:
        self._log = log

    async def earlier(self, record: Record, ends_at: float, *, claims: bool) -> JsonObject | None:
        """The stored answer of the same request, or None where there is none. Raises GatewayError.

        None again where the earlier one was lost with its process before it could cost anything. With `claims` this
        one then has the name and is to run.
        """
        until = min(ends_at, time.monotonic() + WAITS_S)
        look = self._log.claim if claims and record.idempotency_key else self._log.before
        while row := await look(record):
            check_same_body(row, record)
            ended = await self._ended(row, until)
            if ended is not None:
                return _answer_of(ended)
        return None

    async def _ended(self, row: dict[str, Any] | None, until: float) -> dict[str, Any] | None:
        """The row once it has ended; None where it was settled or has gone, and has to be looked for anew."""
        while row is not None and row["status"] in UNDER_WAY:
            if row["status"] == "processing" and row["is_silent"] and await self._log.settle(row["uuid"]):
                return None
            if time.monotonic() + LOOK_EVERY_S > until:
                raise GatewayError(
                    "REQUEST_IN_PROGRESS",
                    "The same request is still running; send it again with the same key.",
                    retry_after_s=ASK_AGAIN_S,
                )
            await asyncio.sleep(LOOK_EVERY_S)
            row = await self._log.find(row["uuid"])
            if row is not None and row["status"] not in UNDER_WAY and not row["answer"]:
                # settled by another process: it came to nothing, and its name is free
                return None
        return row


def check_same_body(row: Mapping[str, Any], record: Record) -> None:
    """Raises GatewayError for a name that stands for another request."""
    if row["body_sha256"] != record.body_sha256:
        message = "Idempotency-Key: it was used for a request with other parameters; use a new one"
        raise GatewayError("INVALID_REQUEST", message, "Idempotency-Key")


def _answer_of(row: dict[str, Any]) -> JsonObject:
    if not row["answer"]:
        raise GatewayError("NOT_FOUND", "The answer of that request is no longer stored.")
    stored: JsonObject = row["answer"]
    return stored
