"""Parity boards of a site as files and back: equal to the last digit, with every vote."""

from pathlib import Path

import pytest
from django.core.management import CommandError

from arena.models import ParityBattle, ParityEntry, ParitySnapshot, ParityTally, ParityVote
from arena.parity.counted import differing_tallies
from arena.parity.exclude_votes import exclude_parity_votes
from arena.parity.recompute import recompute_parity_boards
from arena.parity.steps import withdraw_parity
from tests.dataset.moving import empty_the_site, export, restore, rewritten
from tests.parity.factories import judge, make_parity

pytestmark = pytest.mark.django_db(transaction=True)
VOTE = ("number", "outcome", "is_counted", "set_aside", "reason", "cast_at", "withdrawn_at", "battle__public_id")


@pytest.fixture(autouse=True)
def pictures(settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.FASTEST_VOTE_MS = 0


def decided(verdicts: dict) -> dict:
    """Without the strengths that a replay goes on from, whose last digits depend on where it was interrupted."""
    return {name: verdicts[name] for name in ("margin", "models", "wins", "ties", "decisions", "battles")}


def everything() -> dict[str, list[object]]:
    columns = ("digest", "votes", "set_aside_votes", "last_vote_number", "standings", "verdicts", "parameters")
    tallies = ("left_endpoint__key", "right_endpoint__key", "left", "right", "tie", "both_bad", "last_vote_number")
    sides = ("public_id", "left_entry__public_id", "right_entry__public_id", "opened_at", "pair_probability")
    entries = ("public_id", "endpoint__key", "image__sha256", "scene__seed", "status", "simulated", "created_at")
    return {
        "snapshots": [row | {"verdicts": decided(row["verdicts"])} for row in ParitySnapshot.objects.values(*columns)],
        "votes": list(ParityVote.objects.order_by("number").values_list(*VOTE)),
        "battles": sorted(ParityBattle.objects.filter(vote__isnull=False).values_list(*sides), key=str),
        "entries": sorted(ParityEntry.objects.values_list(*entries), key=str),
        "tallies": sorted(ParityTally.objects.values_list(*tallies), key=str),
    }


def make_world() -> None:
    world = make_parity(providers=3, prompts=2)
    a, b, c = world.keys
    judge(world, a, b, "left", 60)
    judge(world, b, c, "tie", 9)
    judge(world, c, a, "both_bad", 3)
    exclude_parity_votes(ParityVote.objects.order_by("number")[3:5], reason="odd, =1", actor=None)
    last = ParityVote.objects.order_by("-number").select_related("battle")[0].battle
    withdraw_parity(last.public_id, last.voter_id)
    recompute_parity_boards()


def test_a_restored_site_has_the_same_parity_boards(tmp_path: Path) -> None:
    make_world()
    before = everything()
    assert before["snapshots"][0]["verdicts"]["decisions"]
    export(tmp_path / "set")
    empty_the_site()
    assert "are the exported ones" in restore(tmp_path / "set")
    assert everything() == before
    assert differing_tallies() == 0


def test_what_is_exported_is_of_the_votes_even_where_no_snapshot_was_made_since(tmp_path: Path) -> None:
    make_world()
    ParitySnapshot.objects.all().delete()
    export(tmp_path / "set")
    empty_the_site()
    assert "are the exported ones" in restore(tmp_path / "set")


def test_a_figure_that_is_not_of_the_votes_is_found(tmp_path: Path) -> None:
    make_world()
    root = export(tmp_path / "set")
    text = (root / "parity_standings.ndjson").read_text()
    rewritten(root, "parity_standings.ndjson", text.replace('"votes": 69', '"votes": 70'))
    empty_the_site()
    with pytest.raises(CommandError, match="parity-quillfeather-9-text-to-image"):
        restore(root)
