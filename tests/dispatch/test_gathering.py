"""Many callers share one run, each gets its own result, and a fault reaches all of them."""

import asyncio
from collections.abc import Sequence

import pytest

from providers.dispatch.ledger import MOST_AT_ONCE, Gathered


class Doubling:
    """Remembers how large its batches were."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.batches: list[int] = []
        self.fault = fault

    async def __call__(self, values: Sequence[int]) -> list[int]:
        self.batches.append(len(values))
        await asyncio.sleep(0.01)
        if self.fault:
            raise self.fault
        return [2 * value for value in values]


def test_while_one_batch_runs_the_next_gathers_and_each_gets_its_own() -> None:
    run = Doubling()

    async def ask() -> list[int]:
        gathered = Gathered(run)
        first = asyncio.create_task(gathered(0))
        await asyncio.sleep(0.001)
        return [await first, *await asyncio.gather(*(gathered(value) for value in range(1, 40)))]

    assert asyncio.run(ask()) == [2 * value for value in range(40)]
    assert run.batches == [1, 39]


def test_a_batch_has_a_bound() -> None:
    run = Doubling()

    async def ask() -> list[int]:
        gathered = Gathered(run)
        return await asyncio.gather(*(gathered(value) for value in range(MOST_AT_ONCE + 7)))

    assert asyncio.run(ask())[-1] == 2 * (MOST_AT_ONCE + 6)
    assert run.batches == [MOST_AT_ONCE, 7]


def test_a_fault_reaches_everyone_and_the_next_batch_runs() -> None:
    run = Doubling(ValueError("no"))

    async def ask() -> tuple[list[object], int]:
        gathered = Gathered(run)
        found = await asyncio.gather(*(gathered(value) for value in range(3)), return_exceptions=True)
        run.fault = None
        return [type(one) for one in found], await gathered(4)

    assert asyncio.run(ask()) == ([ValueError] * 3, 8)


@pytest.mark.parametrize("hurries", [False, True])
def test_a_pause_gathers_until_somebody_hurries(hurries: bool) -> None:
    run = Doubling()

    async def ask() -> float:
        loop = asyncio.get_running_loop()
        gathered = Gathered(run, pause_s=0.3)
        began = loop.time()
        tasks = [asyncio.create_task(gathered(1))]
        await asyncio.sleep(0.05)
        tasks.append(asyncio.create_task(gathered(2)))
        await asyncio.sleep(0)
        if hurries:
            await gathered.flush()
        await asyncio.gather(*tasks)
        return loop.time() - began

    assert (asyncio.run(ask()) < 0.3) is hurries
    assert run.batches == [2]


def test_of_a_batch_one_alone_may_fail() -> None:
    async def odd_ones_fail(values: Sequence[int]) -> list[int | Exception]:
        return [ValueError(str(value)) if value % 2 else value for value in values]

    async def ask() -> list[object]:
        gathered = Gathered(odd_ones_fail)
        return await asyncio.gather(*(gathered(value) for value in range(4)), return_exceptions=True)

    assert [type(one) for one in asyncio.run(ask())] == [int, ValueError, int, ValueError]


def test_who_hurries_waits_for_those_of_now_and_not_for_those_to_come() -> None:
    run = Doubling()

    async def ask() -> int:
        gathered = Gathered(run)
        gone_on = asyncio.Event()

        async def callers() -> None:
            while not gone_on.is_set():
                asyncio.get_running_loop().create_task(gathered(1))
                await asyncio.sleep(0.002)

        coming = asyncio.create_task(callers())
        await asyncio.sleep(0.02)
        before = len(run.batches)
        await gathered.flush()
        after = len(run.batches)
        gone_on.set()
        await coming
        await gathered.flush()
        return after - before

    assert asyncio.run(ask()) <= 3


def test_a_caller_that_goes_away_takes_nothing_from_the_others() -> None:
    run = Doubling()

    async def ask() -> int:
        gathered = Gathered(run)
        gone = asyncio.create_task(gathered(1))
        stays = asyncio.create_task(gathered(2))
        await asyncio.sleep(0.001)
        gone.cancel()
        return await stays

    assert asyncio.run(ask()) == 4
