"""Keys held in memory by several processes: rates hold, counts reach the database, a change is heard of at once."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from lumenboard.gateway.admission import Caller, KeyRing
from lumenboard.gateway.errors import GatewayError
from providers.accounts.api_keys import create_api_key, revoke_api_key
from providers.dispatch.pools import open_pool
from providers.models import ApiKey
from tests.gateway.client import in_thread

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shared_database")]


class Sent:
    """As much of a call as a key ring looks at."""

    address = "192.0.2.1"

    def __init__(self, key: str) -> None:
        self._key = key

    def header(self, name: str) -> str:
        return f"Bearer {self._key}" if name == "authorization" else ""


async def asks(ring: KeyRing, key: str) -> Caller | str:
    try:
        return await ring.admit(Sent(key))  # type: ignore[arg-type]  # all it reads
    except GatewayError as error:
        return error.code


def with_rings(count: int, work: Any) -> Any:
    async def walk() -> Any:
        async with open_pool(most=4, timeout_s=5.0, options="") as pool:
            rings = [KeyRing(pool) for _ in range(count)]
            listening = [asyncio.create_task(ring.listen_forever()) for ring in rings]
            await asyncio.sleep(0.3)
            try:
                return await work(*rings)
            finally:
                for task in listening:
                    task.cancel()
                await asyncio.gather(*listening, return_exceptions=True)

    return asyncio.run(walk())


@pytest.mark.parametrize("rate", [5, 60])
def test_a_rate_is_kept_by_processes_that_take_turns(rate: int) -> None:
    key = create_api_key("fast", calls_per_minute=rate)

    async def work(*rings: KeyRing) -> list[Caller | str]:
        return [await asks(rings[number % 3], key.text) for number in range(rate + 30)]

    answers = with_rings(3, work)
    let_in = [one for one in answers if isinstance(one, Caller)]
    assert rate <= len(let_in) <= rate + rate // 16
    assert set(answers[-10:]) == {"RATE_LIMITED"}
    assert let_in[0].calls_left == rate - 1


def test_calls_let_in_from_memory_reach_the_database_within_moments() -> None:
    key = create_api_key("busy", calls_per_minute=10_000)

    async def work(ring: KeyRing) -> int:
        answers = [await asks(ring, key.text) for _ in range(100)]
        assert all(isinstance(one, Caller) for one in answers)
        assert (await in_thread(ApiKey.objects.get)).minute_calls < 100
        await asyncio.sleep(2.5)
        return (await in_thread(ApiKey.objects.get)).minute_calls

    assert with_rings(1, work) == 100


@pytest.mark.parametrize("how", ["revoked", "expired", "deleted", "slower"])
def test_a_change_is_heard_of_within_a_moment(how: str) -> None:
    key = create_api_key("gone")
    changes = {
        "revoked": lambda: revoke_api_key(key.row),
        "expired": lambda: ApiKey.objects.update(expires_at=timezone.now() - timedelta(seconds=1)),
        "deleted": lambda: ApiKey.objects.all().delete(),
        "slower": lambda: ApiKey.objects.update(calls_per_minute=1),
    }

    async def work(*rings: KeyRing) -> list[Caller | str]:
        first = [await asks(ring, key.text) for ring in rings]
        await in_thread(changes[how])
        await asyncio.sleep(0.2)
        return first + [await asks(ring, key.text) for ring in rings]

    first, second, third, fourth = with_rings(2, work)
    assert isinstance(first, Caller)
    assert isinstance(second, Caller)
    assert {third, fourth} == {"RATE_LIMITED" if how == "slower" else "AUTHENTICATION_FAILED"}


def test_a_wrong_secret_takes_nothing_from_what_was_counted() -> None:
    key = create_api_key("counted", calls_per_minute=10_000)
    forged = f"{key.text.partition('.')[0]}.{'A' * 43}"

    async def work(ring: KeyRing) -> int:
        for _ in range(10):
            assert isinstance(await asks(ring, key.text), Caller)
        assert await asks(ring, forged) == "AUTHENTICATION_FAILED"
        await asyncio.sleep(2.5)
        return (await in_thread(ApiKey.objects.get)).minute_calls

    assert with_rings(1, work) == 10


def test_a_key_that_wakes_while_resting_ones_are_counted_is_counted_once() -> None:
    names = ("first", "second")
    keys = [create_api_key(name, calls_per_minute=10_000) for name in names]

    async def work(ring: KeyRing) -> dict[str, int]:
        for key in keys:
            for _ in range(5):
                await asks(ring, key.text)
        for known in ring._known.values():
            known.fresh_until = 0.0
        # the second wakes while the first is written down
        await asyncio.gather(ring._count(), asks(ring, keys[1].text))
        await asyncio.sleep(2.5)
        assert isinstance(await asks(ring, keys[0].text), Caller)
        return {row.name: row.minute_calls for row in await in_thread(lambda: list(ApiKey.objects.all()))}

    assert with_rings(1, work) == {"first": 6, "second": 6}


def test_another_secret_under_a_known_id_is_looked_up() -> None:
    key = create_api_key("mine")
    forged = f"{key.text.partition('.')[0]}.{'A' * 43}"

    async def work(ring: KeyRing) -> list[Caller | str]:
        return [await asks(ring, text) for text in (key.text, forged, key.text)]

    first, second, third = with_rings(1, work)
    assert isinstance(first, Caller)
    assert second == "AUTHENTICATION_FAILED"
    assert isinstance(third, Caller)
