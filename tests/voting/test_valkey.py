"""The broker's store: a burst is stopped, boards are woken once, and a store that is down stops nothing."""

import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
import redis

from arena import valkey
from arena.boards.recompute import BOARDS_BEHIND, SCHEDULED, recompute_voted_boards, schedule_recompute
from arena.models import Board, RefusedVote, Snapshot, Vote, Voter
from arena.voting.ballot import Ballot, VoteRefused
from arena.voting.cast_vote import BURST_VOTES, cast_vote
from lumenboard.embedded.binaries import valkey_server
from tests.voting.factories import NETWORK, make_battle, make_contest


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    valkey._down_until["monotonic"] = 0.0


@pytest.fixture
def store(settings) -> Iterator[redis.Redis]:
    """A Valkey of the test's own, on a socket; its path is short enough for one."""
    with tempfile.TemporaryDirectory(prefix="lb") as place:
        socket = Path(place) / "v"
        server = subprocess.Popen(
            [str(valkey_server()), "--port", "0", "--unixsocket", str(socket), "--dir", place, "--save", ""],
            stdout=subprocess.DEVNULL,
        )
        client = redis.Redis(unix_socket_path=str(socket))
        deadline = time.monotonic() + 10
        while not socket.exists() or not client.ping():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        settings.CELERY_BROKER_URL = f"redis+socket://{quote(str(socket))}?virtual_host=0"
        yield client
        client.close()
        server.terminate()
        server.wait(10)


def cast(voter: Voter, network: str = NETWORK) -> None:
    battle, token = make_battle(voter)
    cast_vote(Ballot(battle, token, "left", voter.id, network))


def cast_often(voter: Voter, times: int) -> None:
    for _ in range(times):
        cast(voter)


def cast_each(voters: list[Voter]) -> None:
    for voter in voters:
        cast(voter)


@pytest.mark.django_db
def test_votes_faster_than_eyes_are_kept_at_weight_zero(store: redis.Redis) -> None:
    make_contest(models=10)
    # the counters' ten seconds may turn over once on the way
    cast_often(Voter.objects.create(), 2 * BURST_VOTES["voter"] + 1)
    assert Vote.objects.filter(is_counted=True).count() >= BURST_VOTES["voter"]
    assert Vote.objects.filter(is_counted=False, exclusion__gate="too_fast").exists()
    assert not RefusedVote.objects.exists()
    cast(Voter.objects.create())
    assert Vote.objects.latest("number").is_counted


@pytest.mark.django_db
def test_a_flood_from_one_network_is_turned_away(store: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    make_contest(models=10)
    monkeypatch.setitem(BURST_VOTES, "network", 3)
    voters = [Voter.objects.create() for _ in range(7)]
    with pytest.raises(VoteRefused, match="quicker than anyone"):
        cast_each(voters)
    assert RefusedVote.objects.get().reason == "burst"


@pytest.mark.django_db
def test_a_vote_marks_its_competition_and_the_task_brings_its_boards_up_to_date(
    store: redis.Redis, django_capture_on_commit_callbacks
) -> None:
    competition, _ = make_contest()
    with django_capture_on_commit_callbacks(execute=True):
        cast(Voter.objects.create())
    assert store.smembers(BOARDS_BEHIND) == {str(competition.id).encode()}
    assert store.ttl(SCHEDULED) > 0
    assert recompute_voted_boards() > 0
    assert set(Board.objects.values_list("key", flat=True)) == {
        "mode-text-to-image",
        f"competition-{competition.public_id}",
    }
    assert set(Snapshot.objects.filter(variant="prior=1").values_list("votes", flat=True)) == {1}
    assert store.exists(BOARDS_BEHIND, SCHEDULED) == 0
    assert recompute_voted_boards() == 0


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["redis://127.0.0.1:1/0", "redis+socket:///nowhere?virtual_host=0", "memory://"])
def test_a_vote_counts_while_the_store_is_down(settings, address: str, django_capture_on_commit_callbacks) -> None:
    settings.CELERY_BROKER_URL = address
    make_contest(models=5)
    voter = Voter.objects.create()
    started = time.monotonic()
    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(5):
            cast(voter)
    assert Vote.objects.count() == 5
    assert time.monotonic() - started < 5
    assert recompute_voted_boards() == 0
    schedule_recompute(1)
