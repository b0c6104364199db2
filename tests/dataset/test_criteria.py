"""Votes by other criteria in a dataset: written, restored to the last digit, and refused where they contradict."""

from pathlib import Path

import pytest
from django.core.management import CommandError
from django.db import connection

from arena.boards.ensure_boards import ensure_boards
from arena.boards.findings import complete_boards
from arena.boards.recompute import recompute_changed_boards
from arena.exchange.restore_votes import TALLIES
from arena.integrity.exclude_votes import exclude_votes
from arena.models import Battle, Board, Category, Competition, Tally, Vote
from arena.votes.hash_chain import chain_votes, differences
from providers.models import ImageModel
from tests.arena.factories import make_competition, make_model, make_votes
from tests.dataset.moving import empty_the_site, export, published, restore, rewritten, vote_rows

pytestmark = pytest.mark.django_db(transaction=True)


def make_world() -> None:
    competition = make_competition("Tin robots")
    competition.categories.add(Category.objects.create(slug="toys", name="Toys", mode="text-to-image"))
    first, second, third = (make_model(f"Model {letter}", slug=f"m-{letter.lower()}") for letter in "ABC")
    make_votes(competition, (first, second, "left", 9), (second, third, "both_bad", 4), (third, first, "tie", 3))
    exclude_votes(list(Vote.objects.order_by("number").values_list("number", flat=True)[:2]), reason="odd")
    recompute_changed_boards()
    complete_boards(list(Board.objects.values_list("id", flat=True)))


def test_votes_by_other_criteria_come_back_to_the_last_digit(tmp_path: Path) -> None:
    make_world()
    competition, (first, second, third) = Competition.objects.get(), ImageModel.objects.order_by("slug")
    make_votes(competition, (second, first, "left", 5), (third, second, "tie", 2), criterion="own-words")
    ids = list(Vote.objects.order_by("number").values_list("battle", flat=True))
    # of battles that have their vote of all, one of them taken out, and of some that have none
    for battle, outcome in zip(ids, ("left", "right", "both_bad"), strict=False):
        Vote.objects.create(battle_id=battle, criterion="looks", outcome=outcome)
    Tally.objects.all().delete()
    # tallies as a restored site counts them
    with connection.cursor() as cursor:
        cursor.execute(TALLIES)
    exclude_votes(Vote.objects.filter(criterion="looks", outcome="both_bad"), reason="odd")
    ensure_boards([competition.pk])
    recompute_changed_boards()
    complete_boards(list(Board.objects.values_list("id", flat=True)))
    before, votes, battles = published(), vote_rows(), Battle.objects.count()
    assert {row[0] for row in before} >= {"mode-text-to-image~looks", "category-toys-text-to-image~own-words"}
    export(tmp_path / "set")
    empty_the_site()
    assert "are the exported ones" in restore(tmp_path / "set")
    assert (published(), vote_rows(), Battle.objects.count()) == (before, votes, battles)
    assert differences() == []
    assert chain_votes() == len(votes)


def test_votes_on_one_battle_that_do_not_agree_are_refused(tmp_path: Path) -> None:
    make_world()
    vote = Vote.objects.earliest("number")
    Vote.objects.create(battle=vote.battle, criterion="looks", outcome="left")
    root = export(tmp_path / "set")
    *lines, last = (root / "votes.csv").read_text().splitlines()
    cells = dict(zip(lines[0].split(","), last.split(","), strict=True))
    assert cells["criterion"] == "looks"
    cells["entry_a"], cells["entry_b"] = cells["entry_b"], cells["entry_a"]
    rewritten(root, "votes.csv", "\n".join([*lines, ",".join(cells.values())]) + "\n")
    empty_the_site()
    with pytest.raises(CommandError, match="votes on one battle name different competitions or entries"):
        restore(root)


def test_a_file_of_before_criteria_is_of_overall(tmp_path: Path) -> None:
    make_world()
    root = export(tmp_path / "set")
    lines = [line.rpartition(",")[0] for line in (root / "votes.csv").read_text().splitlines()]
    rewritten(root, "votes.csv", "\n".join(lines) + "\n")
    before = vote_rows()
    empty_the_site()
    assert "are the exported ones" in restore(root)
    assert vote_rows() == before
