"""The same load on each server in turn, and what it took: answers' times and the servers' processor time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bench.gateway.processes import Amounts, memory_mb, processor_seconds
from bench.gateway.servers import Server
from bench.load import Load, load

# What is written down after an answer belongs to its call.
SETTLING_S = 1.0


@dataclass(frozen=True)
class Shape:
    """A kind of load: so many clients, answers after so long, so many calls a round."""

    clients: int
    slow_s: float
    calls: int

    @property
    def name(self) -> str:
        one = "one client" if self.clients == 1 else f"{self.clients} clients"
        return f"{one}, answers after {self.slow_s:g} s" if self.slow_s else one


@dataclass
class Result:
    """Of one server under one shape of load, over all rounds; `best_p50` is of the least disturbed one."""

    load: Load = field(default_factory=Load)
    processor_s: Amounts = field(default_factory=Amounts)
    best_p50: float = float("inf")

    @property
    def p50(self) -> float:
        return self.load.quantile(0.5)

    @property
    def p99(self) -> float:
        return self.load.quantile(0.99)

    @property
    def per_call_ms(self) -> Amounts:
        """Processor time, in milliseconds."""
        return self.processor_s.times(1000 / len(self.load.seconds)) if self.load.seconds else Amounts()

    def add(self, load: Load, processor_s: Amounts) -> None:
        self.load.seconds += load.seconds
        self.load.took_s += load.took_s
        self.load.refused += load.refused
        self.processor_s += processor_s
        self.best_p50 = min(self.best_p50, load.quantile(0.5))


@dataclass(frozen=True)
class Flight:
    """Calls held open at once, and pages asked for before and meanwhile."""

    calls: Load
    pages_before: Load
    pages_during: Load


Results = dict[str, Result]


def beside(servers: Sequence[Server], shape: Shape, rounds: int, idle: Mapping[str, Amounts]) -> Results:
    """Each server's figures; they take turns, and a first short round is not counted.

    `idle`: what each keeps busy when nobody asks, which is no part of a call, however slowly they come.
    """
    results = {server.name: Result() for server in servers}
    for server in servers:
        asyncio.run(load(server.target(shape.slow_s), shape.clients, min(shape.clients * 4 + 12, shape.calls)))
    for _ in range(rounds):
        for server in servers:
            before, began = processor_seconds(server.mark), time.monotonic()
            got = asyncio.run(load(server.target(shape.slow_s), shape.clients, shape.calls))
            time.sleep(SETTLING_S)
            taken = processor_seconds(server.mark) - before
            results[server.name].add(got, taken - idle[server.name].times(time.monotonic() - began))
    return results


def in_flight(server: Server, calls: int) -> Flight:
    """So many calls of 5 s at once, and pages asked for meanwhile."""

    async def both() -> Flight:
        pages = server.page("/leaderboards")
        before = await load(pages, 2, 40)
        flight = asyncio.create_task(load(server.target(5.0), calls, calls))
        await asyncio.sleep(1.5)
        during = await load(pages, 2, 40)
        return Flight(await flight, before, during)

    return asyncio.run(both())


def idle_shares(servers: Sequence[Server], for_s: float) -> dict[str, Amounts]:
    """Processors that each keeps busy while nobody asks for anything."""
    before = {server.name: processor_seconds(server.mark) for server in servers}
    time.sleep(for_s)
    return {server.name: (processor_seconds(server.mark) - before[server.name]).times(1 / for_s) for server in servers}


def memory(servers: Sequence[Server]) -> dict[str, Amounts]:
    return {server.name: memory_mb(server.mark) for server in servers}
