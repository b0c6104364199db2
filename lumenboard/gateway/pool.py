"""The gateway's own connections: for keys and the log, where a lost last moment would cost nobody money."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from django.db import connections
from psycopg_pool import AsyncConnectionPool

MOST: Final = 4


@asynccontextmanager
async def open_pool() -> AsyncIterator[AsyncConnectionPool[Any]]:
    """On Django's default database, each statement by itself, without waiting for the disk at every commit."""
    parameters = dict(connections["default"].get_connection_params())
    for name in ("context", "cursor_factory"):
        parameters.pop(name, None)
    parameters["options"] = f"{parameters.get('options', '')} -c synchronous_commit=off".strip()
    pool = AsyncConnectionPool(
        kwargs={**parameters, "autocommit": True}, min_size=1, max_size=MOST, open=False, timeout=10.0
    )
    async with pool:
        yield pool
