"""Why ranks moved, from two snapshots alone."""

from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from arena.boards.rank_changes import View, board_reasons, model_changes
from arena.boards.recompute import recompute_changed_boards
from arena.boards.standings import StandingRow
from arena.integrity.exclude_votes import exclude_votes
from arena.models import Vote
from tests.arena.factories import make_competition, make_model, make_votes


def make_row(name: str, rank: int | None, rating: float, wins: int) -> StandingRow:
    figures = {"rating": rating, "lower": None, "upper": None, "rank": rank, "rank_best": None, "rank_worst": None}
    model = {"model": name, "slug": name.lower(), "creator": "Atelier", "creator_slug": "atelier"}
    return StandingRow(**model, **figures, wins=wins, losses=0, ties=0, both_bad=0)


def make_view(*ranked: str, digest: str = "d", method: str = "m 1", votes: int = 10, excluded: int = 0) -> View:
    """Models by name in rank order; a name in small letters has no rank."""
    models, rank = {}, 0
    for name in ranked:
        rank += name[0].isupper()
        place = rank if name[0].isupper() else None
        models[name.lower()] = make_row(name, place, rating=1000.0 - rank, wins=votes)
    return View(
        computed_at=datetime(2026, 11, 23, tzinfo=UTC),
        method=method,
        digest=digest,
        votes=votes,
        excluded_votes=excluded,
        models=models,
    )


def reasons(before: View, after: View, slug: str) -> str:
    return "; ".join(next(one for one in model_changes(before, after) if one.slug == slug).reasons)


def test_who_passed_whom() -> None:
    before, after = make_view("Ash", "Birch", "Cedar"), make_view("Birch", "Ash", "Cedar", votes=12)
    assert "it is rated above Ash now" in reasons(before, after, "birch")
    assert "it is rated below Birch now" in reasons(before, after, "ash")
    assert reasons(before, after, "cedar") == ""


def test_newcomers_and_leavers_are_told_from_crossings() -> None:
    before, after = make_view("Old", "Ash", "birch"), make_view("New", "Birch", "Ash")
    assert "newly ranked above it: Birch, New" in reasons(before, after, "ash")
    assert "no longer ranked above it: Old" in reasons(before, after, "ash")
    assert "it was not ranked before" in reasons(before, after, "birch")
    assert reasons(before, after, "old") == "it is no longer on the board"


def test_a_model_without_new_votes_moved_with_the_others() -> None:
    assert "no votes of its own" in reasons(make_view("Ash", "Birch"), make_view("Birch", "Ash"), "ash")


def test_what_changed_for_the_board() -> None:
    before = make_view("Ash", "Birch", excluded=1)
    after = make_view("Ash", "Cedar", digest="e", method="m 2", votes=7, excluded=4)
    assert board_reasons(before, after) == (
        "-3 counted votes: 10 before, 7 after.",
        "3 votes were excluded.",
        "New on the board: Cedar.",
        "No longer on the board: Birch.",
        "The method changed from m 1 to m 2.",
    )
    assert board_reasons(before, before) == ("Nothing changed: both snapshots are of the same votes.",)


@pytest.mark.django_db
def test_the_command_explains_an_exclusion() -> None:
    a, b = make_model("Ash", slug="ash"), make_model("Birch", slug="birch")
    make_votes(make_competition(), (a, b, "left", 6), (b, a, "left", 5))
    recompute_changed_boards()
    with pytest.raises(CommandError, match="fewer than two snapshots"):
        call_command("explain_rank", "mode-text-to-image", "ash")
    mine = Vote.objects.filter(battle__left_model=a).order_by("number").values_list("number", flat=True)
    exclude_votes(list(mine)[:3], reason="one hand")
    recompute_changed_boards()
    out = StringIO()
    call_command("explain_rank", "mode-text-to-image", "ash", stdout=out)
    told = out.getvalue()
    assert "3 votes were excluded." in told
    assert "Ash: rank 1 to 2" in told
    assert "- it is rated below Birch now" in told
    for arguments, message in (
        (("nowhere", "ash"), "no board 'nowhere'"),
        (("mode-text-to-image", "oak"), "on neither board"),
        (("mode-text-to-image", "ash", "--from", "soon"), "--from: 'soon' is not a date"),
        (("mode-text-to-image", "ash", "--to", "2020-01-01"), "--to: the first snapshot is of"),
    ):
        with pytest.raises(CommandError, match=message):
            call_command("explain_rank", *arguments)
