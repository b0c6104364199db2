"""A second worker on a data directory of its own shares the work; killed in the middle it loses nothing.

Two beats and an emptied broker make one run per due time. The simulator's ledger says what was charged.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis

from lumenboard.embedded.layout import Layout
from tests.embedded.factories import ROOT, becomes_true
from tests.proof.stack import Stack, environ_for, free_port, running

SLUGS = ("moss-1", "aster-3", "z-image-turbo")
PICTURES = 24
SETUP = """
from decimal import Decimal
from datetime import timedelta
from django.utils import timezone
from arena.generation.schedules import ScheduleSheet, generate_once, set_schedule
from arena.generation.plan_generation import EntrantRequest
from arena.models import Competition
from providers.models import ImageModel
from providers.pricing import Size
competition = Competition.objects.create(title="Shared", mode="text-to-image", prompt={prompt!r})
sheet = ScheduleSheet(
    competition_id=competition.pk, size=Size(width_px=512, height_px=512), usd_per_day=Decimal(9), images={images},
    entry_status="live",
    entrants=[EntrantRequest(model_id=model.pk, model_name=model.name) for model in ImageModel.objects.all()],
    cadence="hourly", first_at=timezone.now() - timedelta(minutes=3),
)
{what}
"""


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    parent = Path(tempfile.mkdtemp(prefix="lumenboard-workers-"))
    parent.chmod(0o711)
    yield parent
    shutil.rmtree(parent, ignore_errors=True)


@pytest.fixture(scope="module")
def simulator(place: Path) -> Iterator[str]:
    port = free_port()
    with process(
        ["manage.py", "simulate_providers", "--port", str(port), "--speed", "0.5"], {}, place / "simulator.log"
    ):
        url = f"http://127.0.0.1:{port}"
        assert becomes_true(lambda: answers(f"{url}/health"), 60)
        yield url


@pytest.fixture(scope="module")
def stack(place: Path, simulator: str) -> Iterator[Stack]:
    before = os.environ.get("LUMENBOARD_SIMULATOR_URL")
    os.environ["LUMENBOARD_SIMULATOR_URL"] = simulator
    try:
        with running(Layout(place / "one"), free_port()) as stack:
            stack.ready_after()
            sheets = [str(ROOT / "lumenboard/demo/catalogue" / f"{slug}.toml") for slug in SLUGS]
            assert manage(stack, "import_catalogue", *sheets).returncode == 0
            yield stack
            stack.stop()
    finally:
        os.environ.pop("LUMENBOARD_SIMULATOR_URL")
        if before is not None:
            os.environ["LUMENBOARD_SIMULATOR_URL"] = before


@contextmanager
def process(words: list[str], environ: dict[str, str], log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    with log.open("wb") as output:
        started = subprocess.Popen(
            [sys.executable, *words],
            cwd=ROOT,
            env={**os.environ, "LUMENBOARD_DATA_DIR": str(log.with_suffix("")), **environ},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            yield started
        finally:
            started.kill()
            started.wait()


def celery_elsewhere(stack: Stack, place: Path, name: str, *words: str) -> Any:
    """A part of the site on another data directory, which knows the stores by their addresses alone."""
    stores = {"DATABASE_URL": stack.layout.database_url, "BROKER_URL": stack.layout.broker_url}
    words = ("-m", "celery", "-A", "lumenboard", *words)
    return process(list(words), {**stores, "LUMENBOARD_TESTING": "0"}, place / f"{name}.log")


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def manage(stack: Stack, *words: str) -> "subprocess.CompletedProcess[str]":
    environ = environ_for(stack.layout, stack.port)
    command = [sys.executable, "manage.py", *words]
    return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)


def set_up(stack: Stack, what: str, *, prompt: str, images: int) -> None:
    done = manage(stack, "shell", "-v0", "-c", SETUP.format(what=what, prompt=prompt, images=images))
    assert done.returncode == 0, done.stderr


def ask(stack: Stack, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(stack.layout.database_url, autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def statuses(stack: Stack) -> Counter[str]:
    return Counter(status for (status,) in ask(stack, "SELECT status FROM arena_generation"))


def ended(stack: Stack) -> int:
    found = statuses(stack)
    return found.total() - found["waiting"]


def charges(simulator: str) -> Counter[str]:
    """By intent."""
    with urllib.request.urlopen(f"{simulator}/ledger", timeout=10) as answer:
        return Counter(charge["intent"] for charge in json.load(answer)["charges"])


def made_elsewhere(place: Path) -> int:
    return len(list((place / "second" / "media" / "images").rglob("*.small.webp")))


def test_two_workers_share_a_run_and_one_may_be_killed(stack: Stack, place: Path, simulator: str) -> None:
    worker = ("worker", "--pool", "threads", "--concurrency", "6", "--hostname", "second@%h", "--loglevel", "INFO")
    with celery_elsewhere(stack, place, "second", *worker) as second:
        assert becomes_true(lambda: "ready" in (place / "second.log").read_text(), 60)
        set_up(stack, "generate_once(sheet, actor=None)", prompt="A heron in reeds", images=PICTURES // len(SLUGS))
        shared = becomes_true(
            lambda: made_elsewhere(place) >= 2 and statuses(stack)["done"] > made_elsewhere(place), 120
        )
        assert shared, (statuses(stack), (place / "second.log").read_text()[-3000:])
        second.send_signal(signal.SIGKILL)
        second.wait()
    elsewhere = made_elsewhere(place)
    assert statuses(stack)["waiting"] > 0, "it was killed in the middle"
    # what only the dead one drives stands still; its leases run out now instead of in minutes
    assert becomes_true(lambda: is_still(stack), 120)
    ask(stack, "UPDATE providers_intent SET lease_until = now() - interval '1 second' WHERE finished_at IS NULL")
    assert becomes_true(lambda: statuses(stack)["waiting"] == 0, 150), statuses(stack)
    found = statuses(stack)
    # the simulator lets a run fail now and then, as providers do
    assert found.total() == PICTURES
    assert found["done"] >= PICTURES / 2, (found, ask(stack, "SELECT error FROM arena_generation"))
    assert ask(stack, "SELECT state FROM arena_run") == [("done",)]
    assert elsewhere >= 2
    per_intent = charges(simulator)
    assert max(per_intent.values()) == 1, "no intent was charged twice"
    assert len(per_intent) <= PICTURES
    hashes = [row[0] for row in ask(stack, "SELECT sha256 FROM arena_storedimage")]
    assert len(hashes) >= found["done"] / 2
    assert all(answers(f"http://127.0.0.1:{stack.port}/images/{sha256}") for sha256 in hashes), "all are served here"
    print(f"{found['done']} done, {found['unknown']} unknown, {elsewhere} of them made by the one that was killed")


def is_still(stack: Stack) -> bool:
    """Nothing has moved for eight seconds, and nothing waits to be sent."""
    look = "SELECT uuid, state FROM providers_intent WHERE finished_at IS NULL ORDER BY uuid"
    before = ask(stack, look)
    if any(state == "reserved" for _, state in before):
        return False
    time.sleep(8)
    return ask(stack, look) == before


def test_two_beats_and_an_emptied_broker_make_one_run_per_due_time(stack: Stack, place: Path, simulator: str) -> None:
    ask(stack, "DELETE FROM arena_generation")
    ask(stack, "DELETE FROM arena_run")
    before = len(charges(simulator))
    broker = redis.Redis(unix_socket_path=str(stack.layout.broker_socket))
    beat = ("beat", "--schedule", str(place / "beat.state"), "--pidfile=", "--loglevel", "INFO")
    with celery_elsewhere(stack, place, "beat", *beat):
        set_up(stack, "set_schedule(sheet, actor=None)", prompt="Two tin robots", images=1)
        for due_times in (1, 2):
            # longer than a beat waits between two looks
            until = time.monotonic() + 16
            while time.monotonic() < until:
                broker.flushall()
                time.sleep(0.7)
            done = len(SLUGS) * due_times
            assert becomes_true(lambda wanted=done: ended(stack) == wanted, 120), (
                statuses(stack),
                ask(stack, "SELECT state, reason, left_out FROM arena_run"),
            )
            runs = ask(stack, "SELECT schedule_id, due_at, count(*) FROM arena_run GROUP BY 1, 2")
            assert [count for _, _, count in runs] == [1] * due_times
            ask(stack, "UPDATE arena_schedule SET next_run_at = now() - interval '1 minute' WHERE cadence = 'hourly'")
    assert before < len(charges(simulator)) <= before + 2 * len(SLUGS)
    assert max(charges(simulator).values()) == 1
    print(f"2 due times, 2 beats, broker emptied all the while: 2 runs, {2 * len(SLUGS)} charges")
