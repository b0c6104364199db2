"""Many strangers at once: a storm of downloads, clients that drip, no connection left, a restart of PostgreSQL.

STORM_ROUNDS and DRIP_SECONDS make it long (`make proof-long`).
"""

import os
import signal
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from lumenboard.embedded.layout import Layout
from tests.embedded.factories import becomes_true
from tests.proof.demo_world import DemoWorld
from tests.proof.gateway_stack import command
from tests.proof.stack import Stack, free_port, running
from tests.proof.strangers import (
    PAGES,
    Ledger,
    download,
    dripping,
    every_connection_held,
    every_download,
    get,
    is_health,
    sessions_in_transaction,
    slow_body,
)
from tests.proof.voters import LOOKS_FOR_S, Visitor

ROUNDS = int(os.environ.get("STORM_ROUNDS", "3"))
DRIP_S = float(os.environ.get("DRIP_SECONDS", "16"))
PAGES_AFTER, VOTES_AFTER = (1_000, 100) if ROUNDS >= 200 else (140, 16)
CLIENTS = 8
FORM = "Content-Type: application/x-www-form-urlencoded"
KEY = "from providers.accounts.api_keys import create_api_key; print(create_api_key('stranger').text)"


@pytest.fixture(scope="module")
def stack(demo_world: DemoWorld) -> Iterator[Stack]:
    """A demo of its own, whose limit per client does not stop the storm."""
    with tempfile.TemporaryDirectory(prefix="lumenboard-strangers-") as parent, pytest.MonkeyPatch.context() as patch:
        Path(parent).chmod(0o711)
        patch.setenv("LUMENBOARD_API_REQUESTS_PER_MINUTE", "10000000")
        patch.setenv("LUMENBOARD_TRUSTED_PROXIES", "1")
        layout = Layout(Path(parent) / "data")
        demo_world(layout)
        with running(layout, free_port(), ("manage.py", "demo")) as started:
            started.ready_after(600)
            yield started
            started.stop()


@pytest.fixture
def host(stack: Stack) -> str:
    return f"127.0.0.1:{stack.port}"


@pytest.fixture
def layout(stack: Stack) -> Layout:
    return stack.layout


@pytest.fixture
def key(layout: Layout) -> str:
    """One that the gateway knows."""
    return command(layout, "shell", "-c", KEY).split()[-1]


def vote(host: str, number: int, ledger: Ledger) -> None:
    visitor = Visitor(host, 1_000 + number)
    try:
        paper = visitor.draw()
        time.sleep(LOOKS_FOR_S)
        answer = visitor.send(paper, "left")
        ledger.note("vote", "" if answer.status == 200 and answer.number else f"{answer.status} {answer.reason}")
    except Exception as error:
        ledger.note("vote", repr(error))
    finally:
        visitor.close()


def look(host: str, path: str, ledger: Ledger) -> None:
    status, _, body = get(host, path)
    ledger.note("page", "" if status == 200 else f"{path} {status} {body[:80]!r}")


def test_a_storm_of_downloads_leaves_every_page_and_vote_right(host: str, layout: Layout) -> None:
    ledger = Ledger()
    with ThreadPoolExecutor(CLIENTS) as clients:
        list(clients.map(lambda n: look(host, PAGES[n % len(PAGES)], ledger), range(4 * CLIENTS)))
        for _ in range(ROUNDS):
            list(clients.map(lambda one: download(host, *one, ledger), every_download()))
        list(clients.map(lambda n: look(host, PAGES[n % len(PAGES)], ledger), range(PAGES_AFTER)))
        list(clients.map(lambda n: vote(host, n, ledger), range(VOTES_AFTER)))
    print(ledger.counts)
    assert not ledger.faults, ledger.faults[:20]
    assert becomes_true(lambda: sessions_in_transaction(layout) == 0, 5)


def test_bodies_and_headers_that_drip_stop_nobody(host: str, key: str) -> None:
    heads = [(slow_body(host, "/suggest", FORM, f"Cookie: csrftoken={'a' * 32}"), 16)]
    heads += [(slow_body(host, "/openai/v1/images/generations", f"Authorization: Bearer {key}"), 16)]
    heads += [(f"GET / HTTP/1.1\r\nHost: {host}\r\nX-Slow: ", 100)]
    slowest_s, answers, faults = 0.0, 0, []
    with ExitStack() as stack:
        links = [stack.enter_context(dripping(host, count, head)) for head, count in heads]
        ends_at = time.monotonic() + DRIP_S
        while time.monotonic() < ends_at:
            for path in ("/health", "/leaderboards", "/vote"):
                began = time.monotonic()
                status, _, body = get(host, path, 5)
                slowest_s, answers = max(slowest_s, time.monotonic() - began), answers + 1
                if status != 200 or (path == "/health" and not is_health(body)):
                    faults.append(f"{path} {status} {body[:60]!r}")
            time.sleep(0.2)
        for link in (*links[0], *links[1]):
            assert link.recv(20).startswith(b"HTTP/1.1 408")
    print(f"{answers} answers, the slowest after {slowest_s:.2f} s")
    assert not faults, faults[:10]


def test_without_a_connection_left_everybody_is_told_when_to_come_again(host: str, layout: Layout) -> None:
    with every_connection_held(layout):
        seen = {
            path: get(host, path) for path in ("/leaderboards", "/vote", "/api/v1/votes", "/api/v1/votes?format=csv")
        }
    for path, (status, headers, body) in seen.items():
        assert status == 503, (path, status, body[:200])
        assert int(headers["retry-after"]) > 0, path
        is_api = path.startswith("/api/")
        assert headers["content-type"].startswith("application/problem+json" if is_api else "text/html"), path
    assert becomes_true(lambda: get(host, "/health")[0] == 200, 10)
    assert [get(host, path)[0] for path in (*seen, "/health")] == [200] * 5


def test_a_restart_of_the_database_is_over_when_it_is_over(host: str, layout: Layout, key: str) -> None:
    def calls(count: int) -> list[int]:
        with ThreadPoolExecutor(4) as clients:
            return list(clients.map(lambda _: get(host, "/v1/balance", bearer=key)[0], range(count)))

    assert calls(12) == [200] * 12
    server = int((layout.data_dir / "postgres" / "postmaster.pid").read_text().split()[0])
    os.kill(server, signal.SIGINT)
    assert becomes_true(lambda: get(host, "/health")[0] == 503, 5)
    assert becomes_true(lambda: get(host, "/health")[0] == 200, 30)
    assert calls(24) == [200] * 24
    assert [get(host, path)[0] for path in PAGES * 4] == [200] * 4 * len(PAGES)
