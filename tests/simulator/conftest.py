"""A simulator within the test's process, by a clock that the test moves."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from starlette.testclient import TestClient

from providers.simulator.server import application
from providers.simulator.world import Conditions, World

KEY = {"authorization": "Bearer any"}


@dataclass
class HandClock:
    """Seconds, as far as the test has turned it."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Simulator:
    """The client, the state behind it, and its clock."""

    client: TestClient
    world: World
    clock: HandClock = field(default_factory=HandClock)

    def post(self, path: str, body: Any, simulate: str = "", **headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        asked = {"x-simulate": simulate} if simulate else {}
        return self.client.post(path, json=body, headers={**KEY, **asked, **named})

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(path, headers={**KEY, **{n.replace("_", "-"): v for n, v in headers.items()}})

    def charges(self, **filters: str) -> list[dict[str, Any]]:
        return self.client.get("/ledger", params=filters).json()["charges"]


def started(conditions: Conditions) -> Iterator[Simulator]:
    clock = HandClock()
    world = World(conditions, clock)
    with TestClient(application(world), base_url="http://127.0.0.1:8001") as client:
        yield Simulator(client, world, clock)
    world.pictures.close()


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """One that answers at once."""
    yield from started(Conditions(speed=0))


@pytest.fixture
def slow_simulator() -> Iterator[Simulator]:
    """One with lifelike latencies; time passes when the test says so."""
    yield from started(Conditions(speed=1))
