"""Connections of an event loop to Django's default database, pooled so that nobody notices a restart of PostgreSQL."""

import asyncio
import select
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

from django.db import connections
from psycopg import AsyncConnection, OperationalError
from psycopg_pool import AsyncConnectionPool, PoolClosed, PoolTimeout

# The pool itself would wait twice as long each time, for minutes; a database that is back is to be used at once.
TRY_AGAIN_S: Final = 0.5


def connection_parameters(options: str = "") -> dict[str, Any]:
    """What psycopg needs to reach Django's default database; `options` are the session's, as `-c name=value`."""
    parameters = dict(connections["default"].get_connection_params())
    for name in ("context", "cursor_factory"):
        parameters.pop(name, None)
    return {**parameters, "options": f"{parameters.get('options', '')} {options}".strip(), "autocommit": True}


@asynccontextmanager
async def open_pool(
    *, most: int, timeout_s: float, options: str, also: Mapping[str, Any] | None = None
) -> AsyncIterator[AsyncConnectionPool[Any]]:
    """At most so many connections, each statement by itself. `timeout_s` is how long a caller waits for one."""
    again: set[asyncio.Task[None]] = set()

    async def is_there(connection: AsyncConnection[Any]) -> None:
        if not _has_news(connection):
            return
        try:
            await connection.execute("SELECT 1")
        except OperationalError:
            # What ended this one has ended the others as well: none of them may cost a caller an error or a pause.
            await pool.drain()
            raise

    async def failed(pool: AsyncConnectionPool[Any]) -> None:
        task = asyncio.create_task(_ask(pool))
        again.add(task)
        task.add_done_callback(again.discard)

    pool: AsyncConnectionPool[Any] = AsyncConnectionPool(
        kwargs={**connection_parameters(options), **(also or {})},
        min_size=1,
        max_size=most,
        open=False,
        timeout=timeout_s,
        check=is_there,
        reconnect_timeout=TRY_AGAIN_S,
        reconnect_failed=failed,
    )
    async with pool:
        try:
            yield pool
        finally:
            for task in again:
                task.cancel()


def _has_news(connection: AsyncConnection[Any]) -> bool:
    """Without a round trip: a connection at rest has nothing to read, unless the server has ended it."""
    if connection.closed:
        return True
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    return bool(waiting.poll(0))


async def _ask(pool: AsyncConnectionPool[Any]) -> None:
    """A pool that has given up connects anew when it is asked."""
    with suppress(PoolTimeout, PoolClosed):
        async with pool.connection(timeout=TRY_AGAIN_S):
            pass
