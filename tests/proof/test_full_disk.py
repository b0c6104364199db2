"""The disk of the data directory filled to the last byte while people vote and programs order pictures.

No vote that was acknowledged is lost, no paid call is sent, no process dies of it; with room again all goes on by
itself. FULL_SECONDS makes it longer. Needs the right to mount a disk of its own.
"""

import http.client
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from lumenboard.embedded.layout import Layout
from tests.embedded.factories import ROOT, becomes_true
from tests.proof.demo_world import DemoWorld
from tests.proof.stack import Stack, free_port, running
from tests.proof.test_broker_kills import failing, readiness
from tests.proof.test_official_sdks import answers
from tests.proof.test_vote_load import kept_votes, newest_vote, run_command
from tests.proof.voters import vote_for

SECONDS = float(os.environ.get("FULL_SECONDS", "25"))
WELL_WITHIN_S = 60.0
DISK_MB = 480
LEAST_FREE_MB = 40
VOTERS = 4
PATHS = ("/", "/leaderboards", "/vote", "/health")
PREPARE = """
from decimal import Decimal
from providers.accounts.api_keys import create_api_key
from providers.models import BudgetCap
BudgetCap.objects.create(scope="site", usd_per_day=1000, usd_per_hour=1000)
print(create_api_key("full", usd_per_day=Decimal(1000), calls_per_minute=100000).text)
"""


@dataclass(frozen=True)
class Place:
    """A stack on a small disk of its own, the simulator its calls go to, and a key."""

    stack: Stack
    simulator: str
    key: str

    def order(self) -> int:
        """Of one picture; its status, 0 without an answer."""
        body = json.dumps({"model": "z-image-turbo", "prompt": "a paper boat", "size": "640x512"})
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        return self.ask("POST", "/openai/v1/images/generations", body, headers)

    def ask(self, method: str, path: str, body: str = "", headers: dict[str, str] | None = None) -> int:
        """The status, 0 without an answer."""
        line = http.client.HTTPConnection("127.0.0.1", self.stack.port, timeout=30)
        try:
            line.request(method, path, body or None, headers or {})
            answer = line.getresponse()
            answer.read()
            return answer.status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            line.close()

    def charges(self) -> int:
        with urlopen(f"{self.simulator}/ledger") as answer:
            return len(json.load(answer)["charges"])


@pytest.fixture(scope="module")
def small_disk() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="lumenboard-full-") as parent:
        Path(parent).chmod(0o711)
        disk = Path(parent) / "disk"
        disk.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m,mode=711", "tmpfs", str(disk)]
        done = subprocess.run(mount, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            pytest.skip(f"no disk of its own can be mounted here: {done.stderr.strip()}")
        try:
            yield disk
        finally:
            subprocess.run(["umount", "-l", str(disk)], check=False)


@pytest.fixture(scope="module")
def place(small_disk: Path, demo_world: DemoWorld) -> Iterator[Place]:
    port = free_port()
    simulator = f"http://127.0.0.1:{port}"
    argv = [sys.executable, "-m", "providers.simulator", "--port", str(port), "--speed", "0.02"]
    process = subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.DEVNULL)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LUMENBOARD_SIMULATOR_URL", simulator)
        patch.setenv("LUMENBOARD_TRUSTED_PROXIES", "1")
        patch.setenv("LUMENBOARD_LEAST_FREE_MB", str(LEAST_FREE_MB))
        patch.delenv("LUMENBOARD_FASTEST_VOTE_MS", raising=False)
        try:
            assert becomes_true(lambda: answers(simulator), 30)
            demo_world(Layout(small_disk / "data"))
            with running(Layout(small_disk / "data"), free_port()) as stack:
                stack.ready_after(240)
                prepared = run_command(stack.layout, "shell", "-c", PREPARE)
                assert prepared.returncode == 0, prepared.stderr
                urlopen(Request(f"{simulator}/script", json.dumps({"simulate": "slow=0"}).encode(), method="POST"))
                made = Place(stack, simulator, prepared.stdout.split()[-1])
                assert becomes_true(lambda: made.order() == 200, 30), made.order()
                yield made
                stack.stop()
        finally:
            process.terminate()
            process.wait(10)


def fill(disk: Path) -> Path:
    """To the last byte; again where room has come up since."""
    filler = disk / "filler"
    with filler.open("ab", buffering=0) as file:
        for size in (2**20, 4096):
            try:
                while file.write(b"\0" * size) == size:
                    pass
            except OSError:
                continue
    return filler


def keep_asking(over: threading.Event, asked: Callable[[], Any], every_s: float) -> Counter[Any]:
    """What the answers were, and how often."""
    found: Counter[Any] = Counter()
    while not over.wait(every_s):
        found[asked()] += 1
    return found


def read_all(place: Place) -> tuple[tuple[str, int], ...]:
    return tuple((path, place.ask("GET", path)) for path in PATHS)


def test_a_full_disk_costs_no_vote_and_no_money_and_is_over_when_there_is_room(
    place: Place, small_disk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stack, host, over = place.stack, f"127.0.0.1:{place.stack.port}", threading.Event()
    before, web = newest_vote(stack.layout), stack.find("embedded.web_server")
    early = vote_for((host,), 8, VOTERS)
    assert early.counted, early.broken
    with ThreadPoolExecutor(3) as beside:
        # Those at the brink: acknowledged while the last bytes go.
        voting = beside.submit(vote_for, (host,), SECONDS + 10, VOTERS)
        time.sleep(3)
        filler = fill(small_disk)
        # Whatever was let go in the moment before may still reach the provider.
        time.sleep(2)
        charged, full_at = place.charges(), time.monotonic()
        orders = beside.submit(keep_asking, over, place.order, 0.2)
        pages = beside.submit(keep_asking, over, lambda: read_all(place), 0.1)
        while time.monotonic() < full_at + SECONDS - 3:
            fill(small_disk)
            time.sleep(0.5)
        status = readiness(stack)
        over.set()
        ordered, seen = orders.result(), pages.result()
        charged_while_full = place.charges() - charged
        filler.unlink()
        freed_at = time.monotonic()
        count = voting.result()
    well = becomes_true(lambda: not failing(stack) and place.order() == 200, WELL_WITHIN_S)
    well_after = time.monotonic() - freed_at
    later = vote_for((host,), 3, 2)
    statuses = Counter(one for each, times in seen.items() for one in dict(each).values() for _ in range(times))
    with capsys.disabled():
        print(
            f"\ndisk full for {SECONDS:.0f} s: votes {len(early.counted)} before, {len(count.counted)} then,"
            f" {len(count.broken)} not; orders {dict(ordered)}, charged {charged_while_full};"
            f" pages {dict(statuses)}; well after {well_after:.0f} s"
        )
    assert well, (failing(stack), place.order(), stack.output()[-3000:])
    kept = {number: battle for number, battle, counts in kept_votes(stack.layout, before) if counts}
    acknowledged = early.battles | count.battles
    assert {number: kept.get(number) for number in acknowledged} == acknowledged
    assert later.counted
    assert (set(ordered), charged_while_full) == ({503}, 0)
    assert set(statuses) <= {200, 302, 503}
    assert status["checks"]["disk data"]["ok"] is False
    assert set(web) <= set(stack.find("embedded.web_server"))
    assert not stack.said("Unexpected exit from worker")
    assert stack.process.poll() is None
    assert run_command(stack.layout, "verify_tallies").returncode == 0
