"""A thousand parity votes change nothing that is of models: no row, no digest, no export, no page."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from arena.boards.recompute import recompute_changed_boards
from arena.models import Entry, ParitySnapshot, ParityVote, Snapshot, Standing, Vote, VoteQuota, Voter
from arena.parity.recompute import recompute_parity_boards
from arena.votes.hash_chain import broken_links, chain_votes, differences
from arena.votes.log import read_tallies
from tests.arena.factories import make_model, make_votes
from tests.arena.test_criteria import compute, state
from tests.dataset.moving import export
from tests.parity.factories import ParityWorld, judge, make_parity

pytestmark = pytest.mark.django_db(transaction=True)
OF_PARITY = "parity_"
# of rows that are shared, what is of models
SHARED = ("voters", "quotas")


def of_models() -> dict[str, list[Any]]:
    found = state()
    found["voters"] = list(Voter.objects.filter(votes__gt=0).order_by("id").values("id", "votes"))
    del found["quotas"]
    return found


def files(root: Path) -> dict[str, bytes]:
    """Of an export, all but what is named as parity and the manifest, which has a moment."""
    found = [path for path in sorted(root.rglob("*")) if path.is_file()]
    kept = [path for path in found if not path.name.startswith(OF_PARITY) and path.name != "manifest.json"]
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in kept}


def votes_over_rest(board: str) -> bytes:
    return Client().get(f"/api/v1/leaderboards/{board}/votes").getvalue()


@pytest.fixture
def world() -> ParityWorld:
    """The model of the parity board has votes of its own, in the competition whose prompt the pairs are of too."""
    world = make_parity(providers=3, prompts=2, seeds=2)
    rivals = [world.model, make_model("Rival", slug="rival"), make_model("Third", slug="third")]
    for competition in world.competitions:
        make_votes(competition, *((one, two, "left", 7) for one, two in pairwise(rivals)))
    compute()
    chain_votes()
    recompute_changed_boards()
    return world


def test_a_thousand_parity_votes_leave_every_row_digest_export_and_board_as_they_were(
    world: ParityWorld, tmp_path: Path, settings
) -> None:
    settings.NEWCOMER_DAILY_CAP = settings.NETWORK_DAILY_CAP = 10_000
    boards = ("mode-text-to-image", f"competition-{world.competitions[0].public_id}")
    before = of_models()
    digests = {one.pk: read_tallies(one.board).tallies.digest for one in Snapshot.objects.filter(is_current=True)}
    exported, sent = files(export(tmp_path / "before")), [votes_over_rest(board) for board in boards]
    a, b, c = world.keys
    for left, right, outcome, times in ((a, b, "left", 400), (b, c, "tie", 350), (c, a, "both_bad", 250)):
        judge(world, left, right, outcome, times)
    recompute_parity_boards()
    compute()
    chain_votes()
    recompute_changed_boards()
    assert ParityVote.objects.count() == ParitySnapshot.objects.get().votes == 1000
    assert of_models() == before
    assert {
        one.pk: read_tallies(one.board).tallies.digest for one in Snapshot.objects.filter(is_current=True)
    } == digests
    assert files(export(tmp_path / "after")) == exported
    assert [votes_over_rest(board) for board in boards] == sent
    assert (differences(), list(broken_links())) == ([], [])


def test_no_row_of_models_is_made_by_a_parity_vote(world: ParityWorld) -> None:
    tables = (Vote, Entry, Standing, Snapshot)
    before = [table.objects.count() for table in tables]
    judge(world, *world.keys[:2], "left", 3)
    assert [table.objects.count() for table in tables] == before
    assert set(VoteQuota.objects.values_list("kind", flat=True)) == {"voter", "network", "opened", "newcomer"}
