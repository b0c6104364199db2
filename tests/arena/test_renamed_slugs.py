"""A slug or a membership changes while counts stay: boards follow within a minute, and old addresses lead on."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from arena.boards.ensure_boards import ensure_boards
from arena.boards.methods import FITTED, REPLAYED
from arena.boards.pairs import PairOdds, board_pairs
from arena.boards.recompute import changed_boards, recompute_changed_boards
from arena.boards.replay import replay_changed_boards
from arena.models import Board, BoardExclusion, Category, Competition, Snapshot, Tally
from providers.models import ImageModel, ModelAlias, SlugClaim
from tests.arena.factories import make_competition, make_model, make_votes

pytestmark = pytest.mark.django_db

A_DAY_LATER = datetime.now(UTC) + timedelta(days=1)


def make_boards() -> tuple[Competition, Competition, Competition]:
    """Three competitions with equal counts, X and Z in a category; nothing has happened for a day."""
    a, b, c = (make_model(slug=slug, creator="imported") for slug in ("pizza", "pasta", "rice"))
    made = tuple(make_competition(title) for title in "XYZ")
    category = Category.objects.create(slug="food", name="Food", mode="text-to-image")
    made[0].categories.add(category)
    made[2].categories.add(category)
    for one in made:
        make_votes(one, (a, b, "left", 3), (b, c, "left", 2), (c, a, "tie", 2))
    settle()
    return made


def settle() -> None:
    recompute_changed_boards()
    replay_changed_boards()


def changed() -> set[str]:
    ids = changed_boards(A_DAY_LATER, (*FITTED, *REPLAYED))
    return set(Snapshot.objects.filter(board__in=ids).values_list("board__key", flat=True))


def rename(**slug: str) -> None:
    (old, new), *_ = slug.items()
    ImageModel.objects.filter(slug=old).update(slug=new)


def test_nothing_has_changed_where_nothing_was_changed() -> None:
    make_boards()
    assert changed() == set()


def test_every_board_of_a_renamed_model_is_computed_again() -> None:
    make_boards()
    make_votes(make_competition("Other", mode="image-edit"), (make_model(), make_model(), "left", 4))
    settle()
    before = dict(Snapshot.objects.filter(is_current=True).values_list("board__key", "digest"))
    rename(pizza="margherita")
    assert changed() == {key for key in before if not key.startswith("mode-image") and "Other" not in key} - {
        f"competition-{Competition.objects.get(title='Other').public_id}"
    }
    settle()
    assert changed() == set()
    after = dict(Snapshot.objects.filter(is_current=True).values_list("board__key", "digest"))
    assert {key for key in before if before[key] != after[key]} == changed_keys(before)


def changed_keys(boards: dict[str, str]) -> set[str]:
    other = f"competition-{Competition.objects.get(title='Other').public_id}"
    return set(boards) - {"mode-image-edit", other}


def pair_odds(board: Board) -> tuple[str | None, list[PairOdds]]:
    pairs = board_pairs(board)
    return pairs.digest, pairs.odds(pairs.all())


def test_pairs_follow_at_once() -> None:
    make_boards()
    board = Board.objects.get(key="mode-text-to-image")
    digest, before = pair_odds(board)
    rename(pizza="margherita")
    renamed, after = pair_odds(board)
    assert renamed == digest
    assert len(before) == 3
    assert [(pair.probability, pair.votes_needed) for pair in after] == [
        (pair.probability, pair.votes_needed) for pair in before
    ]
    assert {slug for pair in after for slug in (pair.first, pair.second)} == {"margherita", "pasta", "rice"}


def test_another_competition_in_a_category_with_equal_counts() -> None:
    x, y, z = make_boards()
    # as many votes, and the same last one: counts do not show it
    category = Category.objects.get()
    category.competitions.set([y, z])
    assert changed() == {"category-food-text-to-image"}
    settle()
    assert changed() == set()
    assert x.pk


def test_another_model_kept_off_a_board_with_equal_counts() -> None:
    make_boards()
    board = Board.objects.get(key="mode-text-to-image")
    BoardExclusion.objects.create(board=board, model=ImageModel.objects.get(slug="rice"), reason="first")
    settle()
    BoardExclusion.objects.update(model=ImageModel.objects.get(slug="pizza"))
    assert changed() == {"mode-text-to-image"}


def test_a_renamed_slug_stays_as_an_alias_whoever_renames() -> None:
    make_boards()
    rename(pizza="margherita")
    model = ImageModel.objects.get(slug="margherita")
    assert [alias.slug for alias in model.aliases.all()] == ["pizza"]
    assert SlugClaim.objects.get(slug="pizza").model_id == model.pk
    model.slug = "napoletana"
    model.full_clean()
    model.save()
    assert [alias.slug for alias in model.aliases.all()] == ["pizza", "margherita"]
    rename(napoletana="pizza")
    assert [alias.slug for alias in model.aliases.all()] == ["margherita", "napoletana"]
    with transaction.atomic(), pytest.raises(IntegrityError):
        make_model(slug="margherita")


def test_a_form_may_name_the_old_slug_as_an_alias_itself() -> None:
    make_boards()
    rename(pizza="margherita")
    ModelAlias.objects.create(model=ImageModel.objects.get(slug="margherita"), slug="pizza")
    assert ModelAlias.objects.count() == 1


def test_old_addresses_lead_on(client) -> None:
    make_boards()
    rename(pizza="margherita")
    answer = client.get("/models/imported/pizza")
    assert (answer.status_code, answer["Location"]) == (301, "/models/imported/margherita")
    assert client.get("/api/v1/models/pizza").json()["slug"] == "margherita"


def test_tallies_are_not_counted_anew() -> None:
    make_boards()
    before = list(Tally.objects.order_by("id").values_list("left", "right", "last_vote_number"))
    rename(pizza="margherita")
    assert list(Tally.objects.order_by("id").values_list("left", "right", "last_vote_number")) == before


def test_a_category_that_takes_a_former_slug_has_a_board_of_its_own(client) -> None:
    x, y, _ = make_boards()
    Category.objects.update(slug="meals", name="Good meals")
    for slug, made in (("food", y), ("food-2", x)):
        taken = Category.objects.create(slug=slug, name=f"Good {slug}", mode="text-to-image")
        made.categories.add(taken)
        ensure_boards([made.pk])
        assert ensure_boards([made.pk]).count(taken.boards.get().pk) == 1
    boards = dict(Board.objects.filter(kind="category").values_list("category__slug", "key"))
    assert boards == {
        "meals": "category-food-text-to-image",
        "food": "category-food-2-text-to-image",
        "food-2": "category-food-2-2-text-to-image",
    }
    settle()
    assert Snapshot.objects.get(board=Board.objects.get(category__slug="food"), method="davidson").votes == 7
    # and whatever names a category's board leads to it
    listed = client.get("/api/v1/categories").json()["items"]
    assert {row["slug"]: row["board"] for row in listed} == boards
    found = client.get("/search?q=good").content.decode()
    assert all(f'href="/leaderboards/{key}"' in found for key in boards.values())
