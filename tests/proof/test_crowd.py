"""Mixed strangers at once, for minutes, while PostgreSQL, Valkey, web and workers are killed at random.

Two minutes by default; PROOF_MINUTES=60 for a night's run, CROWD_SEED for another one. The ledger is printed.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any
from urllib.request import urlopen

import pytest

from lumenboard.embedded.layout import Layout
from tests.embedded.factories import ROOT, becomes_true
from tests.proof.crowd.accounts import Books, compare, first_number, open_work
from tests.proof.crowd.client import Site
from tests.proof.crowd.journal import Journal, Outage, now
from tests.proof.crowd.kills import Killer
from tests.proof.crowd.strangers import (
    Caller,
    Dripper,
    Exporter,
    Leaver,
    Nuisance,
    Reader,
    Reporter,
    Stranger,
    Voter,
    Walker,
)
from tests.proof.crowd.watch import stuck_sessions, watch_health
from tests.proof.demo_world import DemoWorld
from tests.proof.stack import Stack, environ_for, free_port, running
from tests.proof.test_official_sdks import answers

MINUTES = float(os.environ.get("PROOF_MINUTES", "2"))
SEED = int(os.environ.get("CROWD_SEED", "14"))
WARM_UP_S = 8.0
SETTLES_WITHIN_S = 120.0
WELL_AGAIN_WITHIN_S = 120.0
# (stranger, how many)
CROWD: tuple[tuple[type[Stranger], int], ...] = (
    (Voter, 6),
    (Reader, 4),
    (Exporter, 3),
    (Walker, 2),
    (Caller, 3),
    (Reporter, 2),
    (Leaver, 2),
    (Dripper, 2),
    (Nuisance, 2),
)
PREPARE = """
import json
from decimal import Decimal
from providers.accounts.api_keys import create_api_key
from providers.models import BudgetCap
BudgetCap.objects.create(scope="site", usd_per_day=100000, usd_per_hour=100000)
print(json.dumps({
    "image": create_api_key("crowd", usd_per_day=Decimal(100000), calls_per_minute=100000).text,
    "samples": create_api_key("reports", scopes=["samples:write"], calls_per_minute=100000).text,
}))
"""


@dataclass
class Place:
    """The stack, and the simulated providers that tell what they have charged."""

    stack: Stack
    simulator: str
    keys: dict[str, str]

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.stack.port}"

    def charges(self) -> list[dict[str, Any]]:
        with urlopen(f"{self.simulator}/ledger", timeout=60) as answer:
            return list(json.load(answer)["charges"])


@pytest.fixture(scope="module")
def place(demo_world: DemoWorld) -> Iterator[Place]:
    """Limits that are for one address are lifted, since the whole crowd has one; the rest is as by default."""
    port, simulator_port = free_port(), free_port()
    simulator = f"http://127.0.0.1:{simulator_port}"
    argv = [sys.executable, "-m", "providers.simulator", "--port", str(simulator_port), "--speed", "0.1"]
    providers = subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.DEVNULL)
    with tempfile.TemporaryDirectory(prefix="lumenboard-crowd-") as parent, pytest.MonkeyPatch.context() as patch:
        Path(parent).chmod(0o711)
        patch.setenv("LUMENBOARD_SIMULATOR_URL", simulator)
        patch.setenv("LUMENBOARD_TRUSTED_PROXIES", "1")
        patch.setenv("LUMENBOARD_API_REQUESTS_PER_MINUTE", "1000000")
        patch.delenv("LUMENBOARD_FASTEST_VOTE_MS", raising=False)
        layout = Layout(Path(parent) / "data")
        demo_world(layout)
        try:
            assert becomes_true(lambda: answers(simulator), 30)
            with running(layout, port) as stack:
                stack.ready_after()
                made = command(layout, "shell", "-v0", "-c", PREPARE)
                yield Place(stack, simulator, json.loads(made.splitlines()[-1]))
                stack.stop()
        finally:
            providers.terminate()
            providers.wait(10)


def command(layout: Layout, *words: str) -> str:
    argv, environ = [sys.executable, "manage.py", *words], environ_for(layout, free_port())
    done = subprocess.run(argv, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def pages_of(host: str) -> list[str]:
    """What the sitemap lists, and what it leaves out."""
    with urlopen(f"http://{host}/sitemap.xml", timeout=30) as answer:
        listed = re.findall(r"<loc>https?://[^/]+(/[^<]*)</loc>", answer.read().decode())
    board = "/leaderboards/mode-text-to-image"
    besides = ["/health/ready", "/metrics", "/search?q=aster", f"{board}/charts", f"{board}/planner", "/sitemap.xml"]
    besides += [f"{board}/changes.atom", "/embed/mode-text-to-image", "/api/v1/docs", "/api/v1/models", "/v1/models"]
    # these two tell that a part is away, as they should
    return [page for page in listed + besides if page not in {"/health/ready", "/metrics"}]


def test_a_crowd_loses_nothing_while_parts_are_killed(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    journal, random, layout = Journal(), Random(SEED), place.stack.layout
    site = Site(
        host=place.host,
        image_key=place.keys["image"],
        sample_key=place.keys["samples"],
        endpoint="fal/z-image-turbo",
        model="z-image-turbo",
        journal=journal,
    )
    pages, before = pages_of(place.host), first_number(layout)
    killer = Killer(place.stack, journal, random)
    until, stop = now() + WARM_UP_S + 60 * MINUTES, threading.Event()
    crowd = [(kind, index) for kind, count in CROWD for index in range(count)]
    with ThreadPoolExecutor(len(crowd) + 2) as threads:
        watching = threads.submit(watch_health, layout, place.stack.port, journal, stop)
        lives = [
            threads.submit(stranger_of(kind, site, number, random.random(), pages).live, until)
            for number, (kind, _) in enumerate(crowd)
        ]
        stop.wait(WARM_UP_S)
        killing = threads.submit(killer.go_on, until, stop)
        for life in lives:
            life.result()
        stop.set()
        killing.result()
        watching.result()
    settled = becomes_true(lambda: open_work(layout) == 0, SETTLES_WITHIN_S)
    books, stuck = compare(layout, journal.promises, before, place.charges()), stuck_sessions(layout)
    with capsys.disabled():
        print_ledger(journal, killer, books, stuck)
        if journal.failures_outside_outages() or journal.lies:
            print(errors_in(place.stack.lines))
    assert settled, f"{open_work(layout)} paid calls or requests have not ended"
    assert not killer.never_back
    assert not books.lost, books.lost[:20]
    assert not books.doubled, books.doubled[:20]
    assert not stuck
    assert not journal.lies, journal.lies[:20]
    failures = journal.failures_outside_outages()
    assert not failures, f"{len(failures)}: " + "\n".join(map(str, failures[:20]))
    assert len(journal.promises.votes) > 10 * MINUTES
    assert len(journal.promises.requests) > 10 * MINUTES
    assert len(journal.promises.samples) > 10 * MINUTES
    command(layout, "verify_tallies")
    assert becomes_true(lambda: well_again(place.host), WELL_AGAIN_WITHIN_S), ready_text(place.host)


def stranger_of(kind: type[Stranger], site: Site, number: int, mind: float, pages: list[str]) -> Stranger:
    own = Random(mind)
    return Reader(site, number, own, pages=pages) if kind is Reader else kind(site, number, own)


def ready_text(host: str) -> str:
    """What `/health/ready` says, whatever its status."""
    done = subprocess.run(["curl", "-s", f"http://{host}/health/ready"], capture_output=True, text=True, check=False)
    return done.stdout


def well_again(host: str) -> bool:
    return '"status": "ok"' in ready_text(host)


def errors_in(lines: list[str], heads: int = 20, depth: int = 60) -> str:
    """The last tracebacks the stack wrote whose errors are no lost connection, each as deep as it goes."""
    starts = [at for at, line in enumerate(lines) if "Traceback (most recent call last)" in line]
    found = ["\n".join(lines[max(0, at - 2) : at + depth]) for at in starts]
    return "\n…\n".join([one for one in found if "OperationalError" not in one][-heads:])


def print_ledger(journal: Journal, killer: Killer, books: Books, stuck: list[str]) -> None:
    asked = Counter(exchange.stranger for exchange in journal.exchanges)
    promises = journal.promises
    failures = journal.failures_outside_outages()
    print(f"\ncrowd, {MINUTES:g} minutes, seed {SEED}")
    print(f"  attempted     {len(journal.exchanges)} requests: {_listed(asked)}")
    print(f"  of these      {_listed(journal.attempted)}")
    print(
        f"  acknowledged  votes {len(promises.votes)}, gateway calls {len(promises.requests)},"
        f" samples {len(promises.samples)}"
    )
    print(f"  lost {len(books.lost)}, doubled {len(books.doubled)}, left in a transaction {len(stuck)}")
    print(f"  5xx or broken outside kill windows {len(failures)}, /health lied {len(journal.lies)} times")
    for (stranger, status), times in Counter((each.stranger, each.status) for each in failures).items():
        first = next(each for each in failures if (each.stranger, each.status) == (stranger, status))
        print(f"      {stranger} {status}: {times}, for example {first.request} {first.note[:200]}")
    print(f"  kills         {sum(killer.kills.values())}: {_listed(killer.kills)}; {_longest(journal.outages)}")
    print(f"  statuses      {_listed(Counter(journal.statuses()))}")


def _listed(counts: Counter[Any]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items(), key=str)) or "none"


def _longest(outages: list[Outage]) -> str:
    longest: dict[str, float] = {}
    for outage in outages:
        longest[outage.part] = max(longest.get(outage.part, 0.0), outage.closed_at - outage.opened_at)
    return "longest away " + ", ".join(f"{part} {seconds:.1f} s" for part, seconds in sorted(longest.items()))
