"""/health: whether this process and the database answer, over a connection of its own and no thread of the site."""

import asyncio
from typing import Any, Final

import psycopg
from psycopg import AsyncConnection

from lumenboard.outages import RETRY_AFTER_S
from lumenboard.serving.refusals import Refused
from lumenboard.serving.rsgi import HttpProtocol
from providers.dispatch.pools import connection_parameters

PATH: Final = "/health"
PATIENCE_S: Final = 3.0
HEADERS: Final = [
    ("content-type", "application/json"),
    ("cache-control", "no-store"),
    ("x-content-type-options", "nosniff"),
]


class Health:
    """One per event loop. Those who ask at the same time share one look."""

    def __init__(self) -> None:
        self._connection: AsyncConnection[Any] | None = None
        self._look: asyncio.Task[bool] | None = None

    async def answer(self, method: str, proto: HttpProtocol) -> int:
        """200 when a query succeeds within three seconds, else 503; the status."""
        if method not in {"GET", "HEAD"}:
            raise Refused(405, "Allowed here: GET, HEAD.")
        if self._look is None or self._look.done():
            self._look = asyncio.create_task(self._answers())
        if await asyncio.shield(self._look):
            proto.response_bytes(200, HEADERS, b'{"status": "ok"}')
            return 200
        headers = [*HEADERS, ("retry-after", str(RETRY_AFTER_S))]
        proto.response_bytes(503, headers, b'{"status": "database unreachable"}')
        return 503

    async def close(self) -> None:
        """Let the connection go."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def _answers(self) -> bool:
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await self._asked() or await self._asked()
        except TimeoutError:
            await self.close()
            return False

    async def _asked(self) -> bool:
        """A connection that fails is replaced at the next try."""
        try:
            if self._connection is None:
                self._connection = await AsyncConnection.connect(**connection_parameters())
            await self._connection.execute("SELECT 1")
        except (psycopg.Error, OSError):
            await self.close()
            return False
        return True
