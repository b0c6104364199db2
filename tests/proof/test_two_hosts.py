"""Two web hosts and two worker hosts, each with its own address and disk, on one PostgreSQL, one Valkey and one bucket.

Under load one web host is killed and one worker host loses its power: no vote, no picture and no sample is lost.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest

from lumenboard.embedded.layout import Layout
from tests.embedded.factories import ROOT, becomes_true
from tests.proof.demo_world import SEED
from tests.proof.hosts import BROKER_URL, DATABASE_URL, NETWORK, OUTSIDE, Host, missing, network, stores
from tests.proof.stack import OURS, free_port
from tests.proof.test_vote_load import votes_on_boards
from tests.proof.voters import Count, vote_for

SECONDS = float(os.environ.get("LOAD_SECONDS", "20"))
VOTERS = 16
PICTURES = 24
WEB_PORT = 8000
BUCKET = "pictures"
PICTURE = "arena.tasks.send_generation"
ROLLED = "providers.tasks.roll_up_samples"
BOARDS = "arena.tasks.recompute_voted_boards"
CELERY = ("-m", "celery", "-A", "lumenboard")
WORKER = (*CELERY, "worker", "--loglevel", "INFO", "--pool", "threads", "--without-mingle", "--without-gossip")
BEAT = (*CELERY, "beat", "--loglevel", "INFO", "--pidfile=", "--schedule")
WEB = (
    "-m",
    "granian",
    "--interface",
    "rsgi",
    "--no-ws",
    "--workers",
    "1",
    "--loop",
    "uvloop",
    "--log-level",
    "warning",
)
GENERATE = """
from decimal import Decimal
from arena.generation.schedules import ScheduleSheet, generate_once
from arena.generation.plan_generation import EntrantRequest
from arena.models import Competition
from providers.models import ImageModel
from providers.pricing import Size
models = ImageModel.objects.filter(slug__in=("moss-1", "aster-3", "z-image-turbo"))
competition = Competition.objects.create(title="Shared", mode="text-to-image", prompt="A heron in reeds")
generate_once(ScheduleSheet(
    competition_id=competition.pk, size=Size(width_px=512, height_px=512), usd_per_day=Decimal(9), images={images},
    entry_status="live",
    entrants=[EntrantRequest(model_id=model.pk, model_name=model.name) for model in models]), actor=None)
"""
# A worker in the middle of a recompute, when its host loses power.
HOLD = """
import time
from django.db import connection, transaction
from arena.models import Board
with transaction.atomic():
    board = Board.objects.select_for_update(no_key=True).get(kind="mode", mode="text-to-image")
    print("holds it", flush=True)
    time.sleep(600)
"""
ROLL_UP = """
from providers.tasks import roll_up_samples
for _ in range(12):
    roll_up_samples.delay()
"""

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())


class Site:
    """The four hosts, and what stands outside of them."""

    def __init__(self, parent: Path, simulator_port: int, bucket_port: int) -> None:
        self.simulator = f"http://{OUTSIDE}:{simulator_port}"
        self.bucket = f"http://{OUTSIDE}:{bucket_port}"
        known = {
            **{name: value for name, value in os.environ.items() if name not in OURS},
            "PYTHONPATH": str(ROOT / ".venv-sdks" / "s3"),
            "DATABASE_URL": DATABASE_URL,
            "BROKER_URL": BROKER_URL,
            "LUMENBOARD_SECRET_KEY": "the same on every host of the site, and longer than fifty",
            "LUMENBOARD_SITE_URL": f"http://{NETWORK}.11:{WEB_PORT}",
            "LUMENBOARD_ALLOWED_HOSTS": f"{NETWORK}.11,{NETWORK}.12",
            "LUMENBOARD_TRUSTED_PROXIES": "1",
            "LUMENBOARD_SIMULATOR_URL": self.simulator,
            "LUMENBOARD_S3_BUCKET": BUCKET,
            "LUMENBOARD_S3_ENDPOINT": self.bucket,
            "LUMENBOARD_S3_ACCESS_KEY": "anybody",
            "LUMENBOARD_S3_SECRET_KEY": "anything",
        }
        known.pop("LUMENBOARD_FASTEST_VOTE_MS", None)

        def host(name: str, number: int) -> Host:
            return Host(name, number, parent / name, {**known, "LUMENBOARD_DATA_DIR": str(parent / name / "data")})

        self.webs = (host("web1", 11), host("web2", 12))
        self.workers = (host("worker1", 21), host("worker2", 22))
        self.hosts = (*self.webs, *self.workers)

    @property
    def addresses(self) -> tuple[str, ...]:
        return tuple(f"{web.address}:{WEB_PORT}" for web in self.webs)

    def prepare(self) -> None:
        """The database once, static files on each web host, the demo world in small pictures."""
        urllib.request.urlopen(urllib.request.Request(f"{self.bucket}/{BUCKET}", method="PUT"), timeout=30).close()
        done(self.webs[0].run("migrate", "-v0"))
        for web in self.webs:
            done(web.run("collectstatic", "--no-input", "-v0"))
        done(self.webs[0].run("shell", "-v0", "-c", SEED))

    def start(self) -> None:
        for web in self.webs:
            web.start("web", *WEB, "--host", web.address, "--port", str(WEB_PORT), "lumenboard.rsgi:application")
        for worker in self.workers:
            for queue, threads in (("celery", "2"), ("generations", "4"), ("outbound", "4")):
                worker.start(
                    queue, *WORKER, "-Q", queue, "--concurrency", threads, "--hostname", f"{queue}@{worker.name}"
                )
            worker.start("beat", *BEAT, str(worker.place / "beat"))
        assert becomes_true(lambda: all(answers(f"http://{address}/health") for address in self.addresses), 60)
        assert becomes_true(lambda: all("ready" in worker.log("generations") for worker in self.workers), 60)

    def tasks_done(self, task: str) -> Counter[str]:
        """By worker host, as their logs have it."""
        queue = "generations" if task == PICTURE else "celery"
        ended = re.compile(rf"Task {task}\[[\w-]+\] succeeded")
        return Counter({worker.name: len(ended.findall(worker.log(queue))) for worker in self.workers})

    def shares(self, *tasks: str) -> bool:
        """Whether either worker host has done each of them."""
        return all(min(self.tasks_done(task).values()) > 0 for task in tasks)


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    parent = Path(tempfile.mkdtemp(prefix="lumenboard-hosts-"))
    parent.chmod(0o711)
    site = Site(parent, free_port(), free_port())
    simulator = ("manage.py", "simulate_providers", "--host", OUTSIDE, "--speed", "0.5", "--port")
    bucket = ("-m", "moto.server", "--host", OUTSIDE, "--port")
    try:
        with network(*site.hosts), stores(Layout(parent / "stores")):
            outside = [
                begin(parent, (*simulator, site.simulator.rpartition(":")[2]), ""),
                begin(parent, (*bucket, site.bucket.rpartition(":")[2]), str(ROOT / ".venv-sdks" / "moto")),
            ]
            try:
                assert becomes_true(lambda: answers(f"{site.simulator}/health") and answers(f"{site.bucket}/"), 60)
                site.prepare()
                site.start()
                yield site
            finally:
                for program in outside:
                    program.kill()
                    program.wait()
    finally:
        shutil.rmtree(parent, ignore_errors=True)


def begin(parent: Path, words: tuple[str, ...], path: str) -> "subprocess.Popen[bytes]":
    environ = {**os.environ, "LUMENBOARD_DATA_DIR": str(parent / "outside"), **({"PYTHONPATH": path} if path else {})}
    with (parent / f"{words[1]}.log").open("wb") as output:
        return subprocess.Popen(
            [sys.executable, *words], cwd=ROOT, env=environ, stdout=output, stderr=subprocess.STDOUT
        )


def done(command: "subprocess.CompletedProcess[str]") -> None:
    assert command.returncode == 0, command.stdout + command.stderr


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def read(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=30) as answer:
        return json.load(answer)


def ask(statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(DATABASE_URL, autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def one(statement: str) -> Any:
    return ask(statement)[0][0]


def statuses() -> Counter[str]:
    return Counter(status for (status,) in ask("SELECT status FROM arena_generation"))


def is_still() -> bool:
    """No picture has moved for eight seconds, and none waits to be sent."""
    look = "SELECT uuid, state FROM providers_intent WHERE finished_at IS NULL ORDER BY uuid"
    before = ask(look)
    if any(state == "reserved" for _, state in before):
        return False
    time.sleep(8)
    return ask(look) == before


def wait_for(what: Callable[[], bool], seconds: float, *told: Callable[[], object]) -> None:
    assert becomes_true(what, seconds), [one() for one in told]


def test_a_web_host_and_a_worker_host_may_go_under_load_and_nothing_is_lost(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    (web, doomed_web), doomed_worker = site.webs, site.workers[1]
    votes_before = one("SELECT coalesce(max(number), 0) FROM arena_vote")
    with ThreadPoolExecutor(1) as beside:
        voting = beside.submit(vote_for, site.addresses, SECONDS, VOTERS)
        done(web.run("shell", "-v0", "-c", ROLL_UP))
        wait_for(lambda: site.shares(ROLLED, BOARDS), 120)
        done(web.run("shell", "-v0", "-c", GENERATE.format(images=PICTURES // 3)))
        wait_for(lambda: site.shares(PICTURE), 60, statuses)
        assert statuses()["waiting"] > 0, "it goes in the middle"
        doomed_worker.start("holder", "manage.py", "shell", "-v0", "-c", HOLD)
        wait_for(lambda: "holds it" in doomed_worker.log("holder"), 30)
        doomed_worker.lose_power()
        doomed_web.kill()
        count = voting.result()
    check_votes(site, count, votes_before)
    check_pictures(site)
    check_samples(site)
    shares = ", ".join(f"{task.rpartition('.')[2]} {dict(site.tasks_done(task))}" for task in (PICTURE, ROLLED, BOARDS))
    with capsys.disabled():
        print(
            f"\n{len(count.counted)} votes over two web hosts, one of them killed: {len(count.broken)} broken requests,"
            f" no vote lost; tasks by worker host: {shares}"
        )


def check_votes(site: Site, count: Count, before: int) -> None:
    """What was acknowledged is there; what broke on the way may be there, once."""
    assert not count.refused, count.refused[:3]
    kept = dict(
        ask(
            "SELECT number, public_id::text FROM arena_vote JOIN arena_battle ON id = battle_id"
            f" WHERE number > {before} AND is_counted"
        )
    )
    assert len(count.battles) == len(count.counted)
    assert {number: kept.get(number) for number in count.battles} == count.battles
    assert len(kept) <= len(count.counted) + len(count.broken)
    served = Counter(answer.host for answer in count.counted)
    assert min(served[address] for address in site.addresses) > 0
    done(site.webs[0].run("verify_tallies"))
    counted = one("SELECT count(*) FROM arena_vote WHERE is_counted")
    wait_for(lambda: votes_on_boards(site.addresses[0]) == counted, 90)


def check_pictures(site: Site) -> None:
    """Every picture came to its end, was paid for once at most, and is served by the web host that is left."""
    wait_for(is_still, 120, statuses)
    # what only the dead one drives stands still; its leases run out now instead of in minutes
    ask("UPDATE providers_intent SET lease_until = now() - interval '1 second' WHERE finished_at IS NULL")
    wait_for(lambda: statuses()["waiting"] == 0, 150, statuses)
    found = statuses()
    assert found.total() == PICTURES
    assert found["done"] >= PICTURES / 2, found
    per_intent = Counter(charge["intent"] for charge in read(f"{site.simulator}/ledger")["charges"])
    assert max(per_intent.values()) == 1
    images = [
        row[0]
        for row in ask(
            "SELECT DISTINCT image.sha256 FROM arena_storedimage AS image JOIN arena_entry AS entry"
            " ON entry.image_id = image.id JOIN arena_generation AS made ON made.entry_id = entry.id"
        )
    ]
    assert len(images) >= found["done"] / 2
    assert all(answers(f"http://{site.addresses[0]}/images/{sha256}") for sha256 in images)


def check_samples(site: Site) -> None:
    """Every measured call is a sample, and every sample is in the rollups."""
    calls = one("SELECT count(*) FROM providers_requestsample WHERE source = 'scheduled'")
    assert calls >= statuses()["done"]
    # the minute's own roll-up would do it too
    done(site.webs[0].run("shell", "-v0", "-c", ROLL_UP))
    wait_for(lambda: not one("SELECT count(*) FROM providers_changedhour"), 120)
    assert one("SELECT sum(samples) FROM providers_rolledhour") == one("SELECT count(*) FROM providers_requestsample")
