"""Many voters at once against the whole stack, caps on: no vote lost, none counted twice, tallies equal a recount.

Speeds are printed, never judged: they are of the machine. LOAD_SECONDS and LOAD_VOTERS change the load.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from lumenboard.embedded.layout import Layout
from tests.embedded.factories import ROOT, becomes_true
from tests.proof.demo_world import DemoWorld
from tests.proof.stack import environ_for, free_port, running
from tests.proof.voters import LOOKS_FOR_S, Count, Visitor, send_at_once, vote_for

SECONDS = float(os.environ.get("LOAD_SECONDS", "20"))
VOTERS = int(os.environ.get("LOAD_VOTERS", "36"))
PARALLEL = 200
PROBES = 10
VISIBLE_WITHIN_S = 60.0
PROBE_NETWORK = 50_000
BOARD = "mode-text-to-image"


@pytest.fixture(scope="module")
def stack(demo_world: DemoWorld) -> Iterator[tuple[str, Layout]]:
    """Behind one trusted proxy, with the demo world."""
    with tempfile.TemporaryDirectory(prefix="lumenboard-load-") as parent, pytest.MonkeyPatch.context() as patch:
        Path(parent).chmod(0o711)
        patch.setenv("LUMENBOARD_TRUSTED_PROXIES", "1")
        # tests set it to none; here everything is as it is by default
        patch.delenv("LUMENBOARD_FASTEST_VOTE_MS", raising=False)
        layout, port = Layout(Path(parent) / "data"), free_port()
        demo_world(layout)
        with running(layout, port) as started:
            started.ready_after()
            yield f"127.0.0.1:{port}", layout
            started.stop()


def run_command(layout: Layout, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env=environ_for(layout, free_port()),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def api(host: str, path: str) -> Any:
    with urllib.request.urlopen(f"http://{host}/api/v1/{path}", timeout=30) as answer:
        return json.load(answer)


def votes_on_boards(host: str) -> int:
    """Of the mode boards, which together rest on every vote."""
    return sum(board["votes"] for board in api(host, "leaderboards?kind=mode")["items"])


def delay_until_seen(host: str, visitor: Visitor, competition: str) -> float:
    """Seconds from a counted vote to the first answer of its mode's board that rests on it."""
    paper = visitor.draw(competition)
    time.sleep(LOOKS_FOR_S)
    answer = visitor.send(paper, "left")
    visitor.close()  # the server would, before the next probe
    assert answer.number, answer
    while time.monotonic() < answer.came_at + VISIBLE_WITHIN_S:
        if api(host, f"leaderboards/{BOARD}")["last_vote_number"] >= answer.number:
            return time.monotonic() - answer.came_at
        time.sleep(0.1)
    pytest.fail(f"vote {answer.number} is not on the board after {VISIBLE_WITHIN_S:.0f} s")


def delays_under_load(host: str, seconds: float, found: list[float]) -> None:
    """Probes spread over the time; what went wrong is raised by the one who joins."""
    boards = api(host, "leaderboards?kind=competition&mode=text-to-image")["items"]
    competition, until = boards[0]["id"].removeprefix("competition-"), time.monotonic() + seconds
    with closing(Visitor(host, PROBE_NETWORK)) as visitor:
        while time.monotonic() < until:
            found.append(delay_until_seen(host, visitor, competition))
            time.sleep(seconds / PROBES / 4)


def kept_votes(layout: Layout, after: int) -> list[tuple[int, str, bool]]:
    """Number, battle and whether it counts, of every vote since."""
    with psycopg.connect(layout.database_url) as connection:
        rows = connection.execute(
            "SELECT number, public_id::text, is_counted FROM arena_vote JOIN arena_battle ON id = battle_id"
            " WHERE number > %s ORDER BY number",
            [after],
        )
        return rows.fetchall()


def newest_vote(layout: Layout) -> int:
    with psycopg.connect(layout.database_url) as connection:
        row = connection.execute("SELECT coalesce(max(number), 0) FROM arena_vote").fetchone()
        return int(row[0]) if row else 0


def at_share(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def print_speed(count: Count, delays: Sequence[float]) -> None:
    took, seen = sorted(answer.took_s for answer in count.counted), sorted(delays)
    print(
        f"\n{VOTERS} voters, {SECONDS:.0f} s: {len(took)} votes counted, {len(count.refused)} refused,"
        f" {len(count.broken)} broken; {len(took) / SECONDS:.1f} votes/s;"
        f" vote POST p50 {1000 * at_share(took, 0.5):.0f} ms, p99 {1000 * at_share(took, 0.99):.0f} ms;"
        f" visible after p50 {at_share(seen, 0.5):.1f} s, p95 {at_share(seen, 0.95):.1f} s ({len(seen)} probes)"
    )


def test_every_acknowledged_vote_is_kept_once_and_reaches_the_boards(
    stack: tuple[str, Layout], capsys: pytest.CaptureFixture[str]
):
    host, layout = stack
    before, on_boards = newest_vote(layout), votes_on_boards(host)
    delays: list[float] = []
    with ThreadPoolExecutor(1) as beside:
        probing = beside.submit(delays_under_load, host, SECONDS, delays)
        count = vote_for((host,), SECONDS, VOTERS)
        probing.result()
    with capsys.disabled():
        print_speed(count, delays)
    assert not count.broken
    assert not count.refused
    kept = kept_votes(layout, before)
    assert all(counts for _, _, counts in kept)
    by_number = {number: battle for number, battle, _ in kept}
    assert len(count.battles) == len(count.counted)
    assert {number: by_number.get(number) for number in count.battles} == count.battles
    assert len(kept) == len(count.counted) + len(delays)
    assert becomes_true(lambda: votes_on_boards(host) == on_boards + len(kept), VISIBLE_WITHIN_S)
    recount = run_command(layout, "verify_tallies")
    assert recount.returncode == 0, recount.stderr


def test_one_token_sent_two_hundred_times_at_once_counts_once(stack: tuple[str, Layout]):
    host, layout = stack
    before = newest_vote(layout)
    answers = send_at_once(host, PARALLEL)
    assert len(answers) == PARALLEL
    counted = [answer for answer in answers if answer.status == 200]
    assert len(counted) == 1
    assert {answer.status // 100 for answer in answers} == {2, 4}
    assert [number for number, _, _ in kept_votes(layout, before)] == [counted[0].number]
    with psycopg.connect(layout.database_url) as connection:
        battle = kept_votes(layout, before)[0][1]
        refused = connection.execute(
            "SELECT count(*) FROM arena_refusedvote JOIN arena_battle AS b ON b.id = battle_id WHERE b.public_id = %s",
            [battle],
        ).fetchone()
    assert refused == (PARALLEL - 1,)
    recount = run_command(layout, "verify_tallies")
    assert recount.returncode == 0, recount.stderr
