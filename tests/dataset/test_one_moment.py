"""What is exported is of one moment, whatever the published boards have got to."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from arena.boards.methods import HEADLINE
from arena.boards.recompute import recompute_board, recompute_changed_boards
from arena.boards.replay import replay_changed_boards
from arena.models import Board, Category, Competition, Tally, Vote
from providers.models import ImageModel, ModelAlias
from tests.arena.factories import import_text, make_competition, make_model, make_votes
from tests.dataset.moving import empty_the_site, export, restore

pytestmark = pytest.mark.django_db(transaction=True)


def make_site() -> tuple[Competition, list[ImageModel]]:
    competition = make_competition("Tin robots")
    competition.categories.add(Category.objects.create(slug="toys", name="Toys", mode="text-to-image"))
    models = [make_model(f"Model {letter}", slug=f"m-{letter.lower()}") for letter in "ABC"]
    a, b, c = models
    make_votes(competition, (a, b, "left", 4), (b, c, "right", 3), (c, a, "tie", 2), (b, a, "left", 1))
    recompute_changed_boards()
    replay_changed_boards()
    return competition, models


def comes_back(directory: Path) -> bool:
    export(directory)
    empty_the_site()
    return "boards; all 18 boards by their methods are the exported ones" in restore(directory)


def withdraw(vote: Vote) -> None:
    Vote.objects.filter(pk=vote.pk).update(is_counted=False, withdrawn_at=datetime.now(UTC))
    tally = Tally.objects.get(left_model=vote.battle.left_model, right_model=vote.battle.right_model)
    setattr(tally, vote.outcome, getattr(tally, vote.outcome) - 1)
    tally.save()


def test_votes_that_no_board_has_yet(tmp_path: Path) -> None:
    competition, (a, b, _) = make_site()
    make_votes(competition, (a, b, "right", 3))
    assert comes_back(tmp_path / "set")


def test_votes_that_only_the_headline_has(tmp_path: Path) -> None:
    competition, (a, b, c) = make_site()
    make_votes(competition, (b, c, "both_bad", 2), (a, make_model(slug="new"), "left", 5))
    recompute_board(Board.objects.get(kind="mode").id, methods=(HEADLINE,))
    assert comes_back(tmp_path / "set")


def test_a_vote_undone_and_cast_again_later(tmp_path: Path) -> None:
    competition, (a, b, _) = make_site()
    withdraw(Vote.objects.earliest("number"))
    make_votes(competition, (a, b, "left", 1))
    recompute_changed_boards()
    replay_changed_boards()
    assert comes_back(tmp_path / "set")


def test_two_models_that_traded_their_slugs(tmp_path: Path) -> None:
    _, (a, b, _) = make_site()
    for model, slug in ((a, "between"), (b, "m-a"), (a, "m-b")):
        ImageModel.objects.filter(pk=model.pk).update(slug=slug)
        ModelAlias.objects.all().delete()
    recompute_changed_boards()
    replay_changed_boards()
    assert comes_back(tmp_path / "set")


def test_boards_that_were_never_computed(tmp_path: Path) -> None:
    competition, (a, b, _) = make_site()
    make_votes(make_competition("Another", mode="image-edit"), (a, b, "left", 2))
    export(tmp_path / "set")
    empty_the_site()
    assert "all 30 boards by their methods" in restore(tmp_path / "set")
    assert competition.title == "Tin robots"


def test_a_board_keeps_its_id_when_its_category_was_renamed(tmp_path: Path) -> None:
    make_site()
    Category.objects.update(slug="playthings")
    assert comes_back(tmp_path / "set")
    assert Board.objects.filter(key="category-toys-text-to-image", category__slug="playthings").exists()


def test_a_growing_file_goes_on_after_the_site_has_moved(tmp_path: Path) -> None:
    rows = ["left,right,winner", "A,B,left", "B,C,left", "C,A,tie"]
    import_text("\n".join(rows[:3]) + "\n")
    # somebody votes in between, so that the numbers have a gap
    make_site()
    import_text("\n".join(rows) + "\n")
    ImageModel.objects.filter(name="A").update(name="Alnus", slug="alnus")
    export(tmp_path / "set")
    empty_the_site()
    restore(tmp_path / "set")
    plan = import_text("\n".join([*rows, "A,B,right", ""])).plan
    assert (plan.votes_before, plan.new_votes, plan.new_models, plan.new_competitions) == (3, 1, 0, 0)


def test_a_board_without_votes_comes_back_too(tmp_path: Path) -> None:
    competition, _ = make_site()
    competition.delete()
    export(tmp_path / "set")
    empty_the_site()
    assert "all 0 boards" in restore(tmp_path / "set")
