"""PostgreSQL, Valkey and web server killed at random under many paying clients: not a cent beyond a cap, none twice.

Money is short for two thirds of the calls, so that caps are reached while something dies. MONEY_KILLS: how often.
"""

import json
import os
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from urllib.request import urlopen

import psycopg
import pytest

from tests.embedded.factories import becomes_true
from tests.proof.crowd.accounts import open_work
from tests.proof.crowd.client import Site
from tests.proof.crowd.journal import Journal, now
from tests.proof.crowd.kills import Killer
from tests.proof.gateway_stack import Gateway
from tests.proof.money.books import Books, balance
from tests.proof.money.world import PRICE, make_world

KILLS = int(os.environ.get("MONEY_KILLS", "6"))
SEED = int(os.environ.get("MONEY_SEED", "5"))
CLIENTS = 64
PARTS = ("postgres", "web", "valkey")
BETWEEN_S = (0.8, 2.5)
SETTLES_WITHIN_S = 180.0
# What a key may spend that is used from one kill to the next, and what a provider is given more each time.
KEY_USD = PRICE * 20
MORE_USD = PRICE * 25
PRICES = {"plenty": PRICE, "scarce": PRICE}
RAISE = "UPDATE providers_budgetcap SET usd_per_day = usd_per_day + %s WHERE scope = 'provider' AND subject = 'scarce'"


@dataclass
class Clients:
    """What they may use now, and what they were told."""

    keys: dict[str, str]
    poor: str = "poor-0"
    acknowledged: set[str] = field(default_factory=set)
    statuses: Counter[int] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()

    def live(self, site: Site, number: int, stop: threading.Event) -> None:
        random, calls = Random(SEED * 1000 + number), 0
        while not stop.is_set():
            calls += 1
            model, key = random.choice((("plenty", "rich"), ("scarce", "rich"), ("plenty", self.poor)))
            status = self._call(site, f"{number}-{calls}", model, key, random)
            if status != 200:
                stop.wait(random.uniform(0.1, 0.6))

    def _call(self, site: Site, name: str, model: str, key: str, random: Random) -> int:
        """Sent again under its name where the answer was lost, by every second client."""
        slow = random.choice((0, 0.05, 0.4))
        body = {"model": model, "prompt": f"[simulate slow={slow}] boat {name}", "response_format": "b64_json"}
        headers = {"Authorization": f"Bearer {self.keys[key]}", "Content-Type": "application/json"}
        if repeats := random.random() < 0.5:
            headers["Idempotency-Key"] = name
        for _ in range(3 if repeats else 1):
            content = json.dumps(body).encode()
            reply = site.ask("client", "POST", "/openai/v1/images/generations", content, headers)
            with self._lock:
                self.statuses[reply.status] += 1
                if reply.status == 200:
                    self.acknowledged.add(reply.content["metadata"]["request_id"])
            if reply.status in {200, 402}:
                break
            time.sleep(0.5)
        return reply.status


def test_whatever_dies_nothing_is_overspent_charged_twice_or_lost(
    gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    layout, random, journal, stop = gateway.stack.layout, Random(SEED), Journal(), threading.Event()
    models = {name: (name, usd) for name, usd in PRICES.items()}
    poor = {f"poor-{number}": KEY_USD for number in range(KILLS)}
    keys = make_world(gateway, models, {"rich": Decimal(900), **poor}, {"scarce": MORE_USD})
    site = Site(f"127.0.0.1:{gateway.stack.port}", keys["rich"], "", "", "", journal)
    clients, killer = Clients(keys), Killer(gateway.stack, journal, random)
    assert becomes_true(lambda: clients._call(site, "first", "scarce", "rich", random) == 200, 30)
    parts = [part for _ in range(KILLS) for part in random.sample(PARTS, len(PARTS))]
    began, over = now(), []
    with ThreadPoolExecutor(CLIENTS) as threads:
        living = [threads.submit(clients.live, site, number, stop) for number in range(CLIENTS)]
        for number in range(KILLS):
            clients.poor = f"poor-{number}"
            time.sleep(random.uniform(*BETWEEN_S))
            killer.kill(parts[number])
            taken, given = charged(gateway, "scarce"), MORE_USD * (number + 1)
            if taken > given:
                over.append(f"after kill {number + 1} a provider with {given} USD had charged {taken}")
            if number + 1 < KILLS:
                raise_cap(gateway)
        stop.set()
        for one in living:
            one.result()
    took_s = now() - began
    settled = becomes_true(lambda: open_work(layout) == 0, SETTLES_WITHIN_S)
    books = balance(layout, gateway.charges(), clients.acknowledged, PRICES)
    caps = {f"key {name}": usd for name, usd in poor.items()} | {"provider scarce": MORE_USD * KILLS}
    with capsys.disabled():
        print_ledger(clients, killer, books, caps, took_s)
    assert settled, f"{open_work(layout)} calls have not ended"
    assert not killer.never_back
    assert not over
    assert books.overspent(caps) == {}
    assert not books.faults, books.faults[:20]
    assert len(clients.acknowledged) > 20 * KILLS
    # caps were reached, or nothing was shown
    assert sum(books.counted_usd[name] >= usd for name, usd in caps.items()) > len(caps) // 2


def charged(gateway: Gateway, model: str) -> Decimal:
    with urlopen(f"{gateway.simulator}/ledger?model={model}", timeout=60) as answer:
        return PRICE * len(json.load(answer)["charges"])


def raise_cap(gateway: Gateway) -> None:
    with psycopg.connect(gateway.stack.layout.database_url) as connection:
        assert connection.execute(RAISE, [MORE_USD]).rowcount == 1


def print_ledger(clients: Clients, killer: Killer, books: Books, caps: dict[str, Decimal], took_s: float) -> None:
    reached = sum(books.counted_usd[name] >= usd for name, usd in caps.items())
    over = sum(books.overspent(caps).values(), Decimal(0))
    print(
        f"\n{sum(killer.kills.values())} kills ({', '.join(f'{part} {n}' for part, n in killer.kills.items())}) "
        f"in {took_s:.0f} s under {CLIENTS} clients, seed {SEED}"
    )
    print(f"  answers    {dict(clients.statuses)}")
    print(
        f"  charged    {books.charged_usd['site']} USD, counted {books.counted_usd['site']} USD; {dict(books.states)}"
    )
    print(f"  caps       {reached} of {len(caps)} reached, overspent {over} USD")
    print(
        f"  acknowledged {len(clients.acknowledged)}, of these unknown and counted {books.answers_unknown}, "
        f"lost {len(books.lost)}; charged twice {len(books.charged_twice)}, not counted {len(books.not_counted)}"
    )
