"""A site is exported while people vote on it, and comes up elsewhere with every board by every method as exported.

LIVE_EXPORTS says how many exports in a row, each of them restored; voters look for half a second, two at a time make
about 200 votes a minute.
"""

import json
import os
import tempfile
import threading
import time
from pathlib import Path

import pytest

from lumenboard.embedded.layout import Layout
from tests.proof.demo_world import DemoWorld
from tests.proof.gateway_stack import command
from tests.proof.stack import free_port, running
from tests.proof.voters import Count, vote_for

EXPORTS = int(os.environ.get("LIVE_EXPORTS", "1"))
VOTERS = 2
BEFORE_S, AFTER_S = 6.0, 60.0
BOARDS = """
import json
from arena.models import Snapshot, Standing
current = Snapshot.objects.filter(is_current=True)
digests = {" ".join(row[:3]): row[3] for row in current.values_list("board__key", "method", "variant", "digest")}
columns = ("snapshot__board__key", "snapshot__method", "snapshot__variant", "model__slug", "rating", "rank", "wins")
rows = Standing.objects.filter(snapshot__is_current=True).order_by("snapshot__board__key").values_list(*columns)
print(json.dumps([digests, sorted([" ".join(row[:4]), *row[4:]] for row in rows)]))
"""


def exported(root: Path) -> list[object]:
    """Digests and figures as the files say."""
    boards = [json.loads(line) for line in (root / "boards.ndjson").read_text().splitlines()]
    standings = [json.loads(line) for line in (root / "standings.ndjson").read_text().splitlines()]
    digests = {f"{b['id']} {s['method']} {s['variant']}": s["digest"] for b in boards for s in b["snapshots"]}
    names = ("board", "method", "variant", "model")
    return [digests, sorted([" ".join(r[n] for n in names), r["rating"], r["rank"], r["wins"]] for r in standings)]


def highest_number(root: Path) -> int:
    return int((root / "votes.csv").read_text().splitlines()[-1].split(",")[0])


def test_an_export_under_two_hundred_votes_a_minute_comes_back_with_equal_boards(demo_world: DemoWorld) -> None:
    with tempfile.TemporaryDirectory(prefix="lumenboard-live-") as parent, pytest.MonkeyPatch.context() as patch:
        folder = Path(parent)
        folder.chmod(0o711)
        patch.setenv("LUMENBOARD_TRUSTED_PROXIES", "1")
        patch.delenv("LUMENBOARD_FASTEST_VOTE_MS", raising=False)
        layout, port = Layout(folder / "data"), free_port()
        demo_world(layout)
        with running(layout, port) as stack:
            stack.ready_after()
            counted = export_under_votes(layout, port, folder)
            stack.stop()
        for number in range(EXPORTS):
            root, copy = folder / f"set-{number}", Layout(folder / f"copy-{number}")
            # people voted before, while and after it was written
            assert counted[0] < highest_number(root) < counted[-1]
            command(copy, "migrate")
            assert "are the exported ones" in command(copy, "import_dataset", str(root))
            assert json.loads(command(copy, "shell", "-c", BOARDS).splitlines()[-1]) == exported(root)


def export_under_votes(layout: Layout, port: int, folder: Path) -> list[int]:
    """The numbers of the votes that were answered as counted."""
    count, over = Count(), threading.Event()

    def vote() -> None:
        while not over.is_set():
            made = vote_for([f"127.0.0.1:{port}"], 5, VOTERS)
            count.counted += made.counted
            count.broken += made.broken

    voting = threading.Thread(target=vote)
    voting.start()
    try:
        time.sleep(BEFORE_S)
        started = time.monotonic()
        for number in range(EXPORTS):
            command(layout, "export_dataset", str(folder / f"set-{number}"), "--licence", "MIT")
        took = time.monotonic() - started
    finally:
        over.set()
        voting.join(AFTER_S)
    during = sum(started <= answer.came_at <= started + took for answer in count.counted)
    print(f"{EXPORTS} exports in {took:.0f} s, {during} votes meanwhile: {60 * during / took:.0f} a minute")
    assert not count.broken, count.broken[:3]
    assert during
    return sorted(answer.number for answer in count.counted)
