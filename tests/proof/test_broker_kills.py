"""The broker killed again and again: pages and votes never stop, workers come back and work everything off.

KILL_SECONDS makes it longer.
"""

import json
import os
import signal
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest

from lumenboard.embedded.layout import Layout
from tests.embedded.factories import becomes_true
from tests.proof.demo_world import DemoWorld
from tests.proof.stack import Stack, free_port, running
from tests.proof.test_vote_load import kept_votes, newest_vote, votes_on_boards
from tests.proof.voters import PATIENCE_S, vote_for

SECONDS = float(os.environ.get("KILL_SECONDS", "24"))
EVERY_S = 4.0
VOTERS = 6
# The longest that a worker waits before it looks for the broker again, and the work itself.
BACK_WITHIN_S = 90.0
PATHS = ("/", "/leaderboards", "/gallery", "/health")


@pytest.fixture(scope="module")
def stack(demo_world: DemoWorld) -> Iterator[Stack]:
    with tempfile.TemporaryDirectory(prefix="lumenboard-broker-") as parent, pytest.MonkeyPatch.context() as patch:
        Path(parent).chmod(0o711)
        patch.setenv("LUMENBOARD_TRUSTED_PROXIES", "1")
        patch.delenv("LUMENBOARD_FASTEST_VOTE_MS", raising=False)
        layout = Layout(Path(parent) / "data")
        demo_world(layout)
        with running(layout, free_port()) as started:
            started.ready_after()
            yield started
            started.stop()


def kill_broker(stack: Stack, over: threading.Event) -> int:
    """Until told to end; returns how many servers were killed."""
    kills = 0
    while not over.wait(EVERY_S):
        for pid in stack.find("valkey-server"):
            os.kill(pid, signal.SIGKILL)
            kills += 1
    return kills


def read_pages(stack: Stack, over: threading.Event) -> list[str]:
    """Answers that were none, or errors."""
    wrong = []
    while not over.is_set():
        for path in PATHS:
            try:
                # Slow is the machine's; what counts is that an answer comes, as for votes.
                urllib.request.urlopen(f"http://127.0.0.1:{stack.port}{path}", timeout=PATIENCE_S).close()
            except OSError as fault:
                wrong.append(f"{path}: {fault!r}")
            time.sleep(0.05)
    return wrong


def readiness(stack: Stack) -> Any:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{stack.port}/health/ready", timeout=10) as answer:
            return json.load(answer)
    except HTTPError as error:
        return json.load(error)


def failing(stack: Stack) -> dict[str, str]:
    """The checks that fail, with what they say."""
    return {name: check["detail"] for name, check in readiness(stack)["checks"].items() if not check["ok"]}


def test_pages_and_votes_never_stop_and_workers_come_back(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    host, before, over = f"127.0.0.1:{stack.port}", newest_vote(stack.layout), threading.Event()
    on_boards = votes_on_boards(host)
    with ThreadPoolExecutor(2) as beside:
        killing, reading = beside.submit(kill_broker, stack, over), beside.submit(read_pages, stack, over)
        count = vote_for((host,), SECONDS, VOTERS)
        over.set()
        kills, wrong = killing.result(), reading.result()
    came_back = time.monotonic()
    kept = kept_votes(stack.layout, before)
    assert stack.process.poll() is None, stack.output()
    assert (count.broken, wrong) == ([], [])
    assert {number: battle for number, battle, counts in kept if counts} == count.battles
    assert becomes_true(lambda: not failing(stack), BACK_WITHIN_S), failing(stack)
    assert becomes_true(lambda: votes_on_boards(host) == on_boards + len(kept), BACK_WITHIN_S)
    with capsys.disabled():
        print(
            f"\n{SECONDS:.0f} s, broker killed {kills} times: {len(count.counted)} votes counted, 0 failed, all on"
            f" the boards and all parts well {time.monotonic() - came_back:.0f} s after the last kill"
        )
    assert not stack.said("has no attribute 'hostname'")
    assert not stack.said("worker ended")
