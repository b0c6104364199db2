"""Connections of an event loop: those that the server has ended cost no caller an error and no pause."""

import asyncio
import time
from typing import Any

import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool

from providers.dispatch.pools import connection_parameters, open_pool

pytestmark = pytest.mark.django_db


async def numbers(pool: AsyncConnectionPool[Any], count: int) -> set[int]:
    """The sessions that answer so many questions asked at once."""

    async def one() -> int:
        async with pool.connection() as connection:
            await connection.execute("SELECT pg_sleep(0.05)")
            return connection.info.backend_pid

    return set(await asyncio.gather(*(one() for _ in range(count))))


def end(pids: set[int]) -> None:
    with psycopg.connect(**connection_parameters()) as link:
        for pid in pids:
            link.execute("SELECT pg_terminate_backend(%s)", [pid])


def test_sessions_that_were_ended_are_replaced_before_anybody_uses_them() -> None:
    async def runner() -> tuple[set[int], set[int], float]:
        async with open_pool(most=4, timeout_s=5, options="-c application_name=pools") as pool:
            before = await numbers(pool, 8)
            end(before)
            await asyncio.sleep(0.1)
            began = time.monotonic()
            after = await numbers(pool, 8)
            return before, after, time.monotonic() - began

    before, after, took_s = asyncio.run(runner())
    assert len(before) > 1
    assert not before & after
    assert took_s < 2


def test_sessions_take_the_options_they_are_given() -> None:
    async def runner() -> str:
        named = open_pool(most=1, timeout_s=5, options="-c application_name=pools")
        async with named as pool, pool.connection() as connection:
            cursor = await connection.execute("SHOW application_name")
            return str((await cursor.fetchone())[0])

    assert asyncio.run(runner()) == "pools"
