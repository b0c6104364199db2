"""Nothing that dies or fails at any step of a paid call charges twice, spends uncounted, or leaves a row open."""

import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import override_settings
from django.utils import timezone

from providers.dispatch.call_spec import CallOutcome, CallSpec, Done
from providers.dispatch.dispatcher import Dispatcher, open_dispatcher
from providers.dispatch.ledger_values import LEASE_S, SCHEDULED_LANES
from providers.dispatch.reap_intents import reap_intents
from providers.models import BudgetWindow, Endpoint, Intent, ProviderAccount
from providers.models.intents import FINAL_STATES
from tests.dispatch.conftest import shared_database  # noqa: F401  # a fixture
from tests.proof.conftest import ROOT, free_port
from tests.proof.paid_calls import PRICE, WAYS, Way, make_endpoints, make_ticket

pytestmark = pytest.mark.usefixtures("shared_database")
NOTHING = Decimal(0)


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A simulator that answers at once."""
    url = f"http://127.0.0.1:{(port := free_port())}"
    command = [sys.executable, "-m", "providers.simulator", "--port", str(port), "--speed", "0"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 20
    while not answers(f"{url}/health"):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    with override_settings(SIMULATOR_URL=url):
        yield url
    process.terminate()
    process.wait(10)


@pytest.fixture
def driver(simulator: str) -> Iterator["Driver"]:
    made = Driver(simulator)
    yield made
    made.close()


class Driver:
    """A process whose children die on command; it shares the test's database and storage."""

    def __init__(self, simulator: str) -> None:
        parameters = connection.get_connection_params()
        host, name, user = (parameters.get(part, "") for part in ("host", "dbname", "user"))
        environment = {
            **os.environ,
            "DATABASE_URL": f"postgresql://{user}@/{name}?host={host}"
            if host.startswith("/")
            else os.environ["DATABASE_URL"],
            "DJANGO_SETTINGS_MODULE": "lumenboard.settings",
            "LUMENBOARD_SIMULATOR_URL": simulator,
        }
        command = [sys.executable, "-m", "tests.proof.dying_driver"]
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def call(self, **call: Any) -> dict[str, Any]:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(call) + "\n")
        self._process.stdin.flush()
        return dict(json.loads(self._process.stdout.readline()))

    def close(self) -> None:
        self._process.communicate(timeout=10)


def answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=1).close()
    except OSError:
        return False
    return True


def charges(simulator: str) -> dict[str, int]:
    """By intent."""
    with urllib.request.urlopen(f"{simulator}/ledger", timeout=5) as answer:
        found = json.load(answer)["charges"]
    counted: dict[str, int] = {}
    for charge in found:
        counted[charge["intent"]] = counted.get(charge["intent"], 0) + 1
    return counted


def let_time_pass_and_reap() -> None:
    """Bounds are minutes; here they pass at once. First they must have been within ten minutes."""
    for intent in Intent.objects.exclude(state__in=FINAL_STATES):
        began = intent.submitting_at or intent.reserved_at
        assert intent.lease_until - began <= timedelta(seconds=600 + LEASE_S)
    while Intent.objects.exclude(state__in=FINAL_STATES).exists():
        Intent.objects.exclude(state__in=FINAL_STATES).update(lease_until=timezone.now() - timedelta(seconds=1))
        reap_intents()


def assert_accounts_agree(simulator: str) -> None:
    """Every row has ended, none was charged twice, and what was charged is counted as spent."""
    charged = charges(simulator)
    for intent in Intent.objects.all():
        count = charged.get(str(intent.uuid), 0)
        assert intent.state in FINAL_STATES, intent
        assert count <= 1, f"{intent} was charged {count} times"
        assert intent.cost_usd == (PRICE if count else intent.cost_usd), f"{intent} was charged and not counted"
        assert intent.state != "done" or count == 1
    spent = sum((intent.cost_usd or NOTHING for intent in Intent.objects.all()), NOTHING)
    for window in BudgetWindow.objects.filter(scope="site"):
        assert (window.spent_usd, window.reserved_usd) == (spent, NOTHING)


@pytest.mark.parametrize("source", ["scheduled", "gateway"])
def test_killed_at_every_step_of_every_way_a_call_is_charged_once_at_most(
    simulator: str, driver: Driver, source: str
) -> None:
    make_endpoints()
    crashes = 0
    for way in WAYS[:7] if source == "scheduled" else (WAYS[0], WAYS[3], WAYS[6]):
        call = {"endpoint": way.key, "prompt": "a paper boat", "source": source}
        whole = driver.call(**call, intent=str(uuid4()))
        assert not whole["killed"]
        assert whole["steps"][-1] == "finish.after", f"{way}: {whole['steps']}"
        for place in range(1, len(whole["steps"]) + 1):
            died = driver.call(**call, intent=str(uuid4()), dies_at=place)
            assert died["killed"], f"{way}: {place}"
            crashes += 1
            # What died takes up its provider's lanes until it is reaped.
            if Intent.objects.filter(state__in=("submitting", "submitted")).count() >= SCHEDULED_LANES:
                let_time_pass_and_reap()
    let_time_pass_and_reap()
    assert_accounts_agree(simulator)
    states = set(Intent.objects.values_list("state", flat=True))
    assert states == {"done", "unknown", *({"failed"} if source == "scheduled" else ())}
    assert crashes >= (100 if source == "scheduled" else 30)


# Killed while bytes are under way: the paid call's answer, a question after the job, its result, the picture.
UNDER_WAY = ("slow=1.5", "status.slow=1.5", "result.slow=1.5", "file.slow=1.5", "file.drip=1.5")


def test_killed_between_two_bytes_a_call_is_charged_once_at_most(simulator: str, driver: Driver) -> None:
    make_endpoints()
    for way in WAYS[:4]:
        for fault in UNDER_WAY:
            prompt = f"a paper boat [simulate {fault}]"
            driver.call(endpoint=way.key, prompt=prompt, source="scheduled", intent=str(uuid4()), dies_after_s=0.7)
    let_time_pass_and_reap()
    assert_accounts_agree(simulator)


POLLED = (Way("fal", "queue"), Way("replicate", "poll"), Way("alibaba", "task"))
LINKED = tuple(way for way in WAYS if way.provider != "harbor")
# What goes wrong, for which ways, how the attempt ends (None: with a picture), and whether it counts as spent (None: as
# the protocol says).
FAULTS: tuple[tuple[str, tuple[Way, ...], tuple[str, str] | None, bool | None], ...] = (
    ("status=429", WAYS, ("failed", "rate_limit"), False),
    ("status=500", WAYS, ("failed", "upstream"), False),
    ("status=503,body=html", WAYS, ("failed", "upstream"), False),
    ("moderation", WAYS, ("failed", "moderation"), None),
    ("reset", WAYS, ("unknown", "upstream"), True),
    ("cut", WAYS, ("unknown", "upstream"), True),
    ("truncated", WAYS, ("unknown", "upstream"), True),
    ("hang", WAYS, ("unknown", "timeout"), True),
    ("slow=9", WAYS, ("unknown", "timeout"), True),
    ("drip=9", WAYS, ("unknown", "timeout"), True),
    ("html", WAYS, ("failed", "upstream"), True),
    # paid for, and somebody waits for it
    ("wrong-size", WAYS, None, True),
    ("never", POLLED, ("failed", "timeout"), True),
    ("status.status=503,status.times=2", POLLED, None, True),
    ("status.reset,status.times=2", POLLED, None, True),
    ("file.reset,file.times=1,links", LINKED, None, True),
    ("file.status=404,links", LINKED, ("failed", "upstream"), True),
    ("file.html,links", LINKED, ("failed", "upstream"), True),
    ("file.truncated,links", LINKED, ("failed", "upstream"), True),
    ("expired,links", LINKED, ("failed", "upstream"), True),
    ("file.hang,links", LINKED, ("failed", "timeout"), True),
)
DEADLINE_S = 2.5
STUCK_S = 8.0


def run_all(tickets: list[CallSpec], at_once: int = 1000) -> list[tuple[CallOutcome, float]]:
    """Each with the seconds it took."""

    async def every() -> list[tuple[CallOutcome, float]]:
        turns = asyncio.Semaphore(at_once)

        async def one(ticket: CallSpec) -> tuple[CallOutcome, float]:
            async with turns:
                began = time.monotonic()
                return await dispatcher.run(ticket), time.monotonic() - began

        async with open_dispatcher(connections_at_most=8) as dispatcher:
            return list(await asyncio.gather(*map(one, tickets)))

    return asyncio.run(every())


def test_every_fault_of_every_provider_has_its_kind_and_keeps_its_deadline(simulator: str) -> None:
    endpoints = make_endpoints()
    cases = [(fault, way, ends, spent) for fault, ways, ends, spent in FAULTS for way in ways]
    tickets = [
        make_ticket(endpoints[way.key], f"{place} [simulate {fault}]", deadline_s=DEADLINE_S)
        for place, (fault, way, _, _) in enumerate(cases)
    ]
    wrong = []
    run_all(tickets, at_once=24)
    for (fault, way, ends, spent), ticket in zip(cases, tickets, strict=True):
        intent = Intent.objects.get(uuid=ticket.intent_uuid)
        got = None if intent.state == "done" else (intent.state, intent.failure_kind)
        late = (intent.total_ms or 0) > (DEADLINE_S + 1.0) * 1000
        if got != ends or spent not in {None, bool(intent.cost_usd)} or late:
            wrong.append(f"{way}, {fault}: {got}, {intent.cost_usd}, {intent.total_ms} ms, {intent.failure_message}")
    assert not wrong, "\n".join(wrong)
    assert_accounts_agree(simulator)


def test_a_stuck_provider_leaves_the_others_as_fast_as_they_were(simulator: str) -> None:
    endpoints = make_endpoints()
    others = [endpoints[way.key] for way in WAYS if way.provider != "fal" and way.mode == "text-to-image"]
    stuck = [
        make_ticket(endpoints["fal/direct-text-to-image"], f"{n} [simulate hang]", deadline_s=STUCK_S)
        for n in range(40)
    ]

    rounds = [[make_ticket(endpoint, f"boat {n}") for n in range(8) for endpoint in others] for _ in range(4)]

    async def slow_end(dispatcher: Dispatcher) -> float:
        """Seconds that 95% of a round of healthy calls take at most."""

        async def one(ticket: CallSpec) -> float:
            began = time.monotonic()
            assert isinstance(await dispatcher.run(ticket), Done)
            return time.monotonic() - began

        return statistics.quantiles(await asyncio.gather(*map(one, rounds.pop())), n=20)[-1]

    async def compare() -> tuple[float, float]:
        async with open_dispatcher() as dispatcher:
            alone = max([await slow_end(dispatcher) for _ in range(2)])
            hanging = [asyncio.create_task(dispatcher.run(ticket)) for ticket in stuck]
            await asyncio.sleep(1.0)
            beside = min([await slow_end(dispatcher) for _ in range(2)])
            assert not all(task.done() for task in hanging)
            await asyncio.gather(*hanging)
            return alone, beside

    alone, beside = asyncio.run(compare())
    # Calls that had to wait for stuck ones would take as long as those; the second is for a busy machine.
    assert beside < max(1.1 * alone, alone + 1.0)
    assert_accounts_agree(simulator)


def test_an_account_that_is_full_refuses_at_once(simulator: str) -> None:
    endpoint: Endpoint = make_endpoints(WAYS[:2])["fal/direct-text-to-image"]
    ProviderAccount.objects.filter(provider=endpoint.provider).update(max_concurrent=5)
    hanging = [make_ticket(endpoint, f"{n} [simulate hang]", deadline_s=2.0) for n in range(5)]
    more = [make_ticket(endpoint, "one more") for _ in range(6)]

    async def both() -> list[CallOutcome]:
        async with open_dispatcher() as dispatcher:
            stuck = [asyncio.create_task(dispatcher.run(ticket)) for ticket in hanging]
            await asyncio.sleep(1.0)
            refused = [await dispatcher.run(ticket) for ticket in more]
            await asyncio.gather(*stuck)
            return refused

    assert {getattr(outcome, "reason", "") for outcome in asyncio.run(both())} == {"busy"}
