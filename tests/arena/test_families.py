"""A board with one model of each family: who stays, and ranks counted anew."""

import pytest
from django.test import Client

from arena.boards.recompute import recompute_changed_boards
from arena.boards.standings import has_siblings, one_per_family
from arena.boards.table import board_table
from providers.models import Family
from tests.arena.factories import make_competition, make_creator, make_model, make_votes

pytestmark = pytest.mark.django_db
BOARD = "mode-text-to-image"
PAGE, API = f"/leaderboards/{BOARD}", f"/api/v1/leaderboards/{BOARD}"


def make_families() -> None:
    """Oak L beats Oak S, Elm and Ash in turn; Oak M, of one battle, is unranked; another maker has a line named oak."""
    oak = Family.objects.create(creator=make_creator(), slug="oak", name="Oak")
    namesake = Family.objects.create(creator=make_creator("grove"), slug="oak", name="Oak")
    large, small, newest = (make_model(f"Oak {size}", slug=f"oak-{size.lower()}", family=oak) for size in "LSM")
    elm, ash = make_model("Elm", slug="elm"), make_model("Ash", slug="ash", creator="grove", family=namesake)
    ladder = [(large, small), (small, elm), (elm, ash)]
    make_votes(make_competition(), *[(a, b, "left", 90) for a, b in ladder], (newest, large, "left", 1))
    recompute_changed_boards()


def test_the_strongest_ranked_model_of_a_family_stays_and_ranks_close_up() -> None:
    make_families()
    whole = board_table(BOARD)
    kept = one_per_family(whole)
    assert {row.slug: row.rank for row in whole.rows if row.rank} == {"oak-l": 1, "oak-s": 2, "elm": 3, "ash": 4}
    assert [(row.slug, row.rank) for row in kept.rows] == [("oak-l", 1), ("elm", 2), ("ash", 3)]
    for row in kept.rows:
        above = sum(other.lower > row.upper for other in kept.rows)
        below = sum(other.upper < row.lower for other in kept.rows)
        assert (row.rank_best, row.rank_worst) == (1 + above, 3 - below)
    ratings = {row.slug: row.rating for row in whole.rows}
    assert all(row.rating == ratings[row.slug] for row in kept.rows)
    assert kept.computation is not None
    assert kept.computation.ranked_models == 3


def test_models_without_a_family_are_nobodys_siblings() -> None:
    a, b = make_model("Alpha"), make_model("Beta")
    make_votes(make_competition(), (a, b, "left", 9))
    recompute_changed_boards()
    table = board_table(BOARD)
    assert not has_siblings(table.rows)
    assert one_per_family(table) == table
    assert "families=" not in Client().get(PAGE).content.decode()


def test_a_method_without_intervals_has_ranks_and_no_ranges() -> None:
    make_families()
    answer = Client().get(API, {"families": "strongest", "method": "davidson"}).json()
    assert [row["rank"] for row in answer["standings"]] == [1, 2, 3]
    replayed = one_per_family(board_table(BOARD, "elo", "k=4"))
    assert {(row.rank_best, row.rank_worst) for row in replayed.rows} <= {(None, None)}


def test_the_page_offers_both_views_and_says_what_is_left_out() -> None:
    make_families()
    assert f'href="{PAGE}?families=strongest"' in Client().get(PAGE).content.decode()
    narrowed = Client().get(PAGE, {"families": "strongest"}).content.decode()
    assert "2 siblings left out" in narrowed
    assert "3 ranked models" in narrowed
    assert "Oak S" not in narrowed
    assert f'href="{PAGE}"' in narrowed


def test_the_api_answers_the_same_and_refuses_other_words() -> None:
    make_families()
    answer = Client().get(API, {"families": "strongest"})
    assert [(row["slug"], row["family"], row["rank"]) for row in answer.json()["standings"]] == [
        ("oak-l", "oak", 1),
        ("elm", "", 2),
        ("ash", "oak", 3),
    ]
    assert answer.json()["ranked_models"] == 3
    # families change without the snapshot
    assert "Last-Modified" not in answer
    refused = Client().get(API, {"families": "all"})
    assert (refused.status_code, refused.json()["detail"]) == (400, "families: 'all' is not allowed; use strongest")


def test_ranks_among_fewer_have_no_sets_of_the_whole_board() -> None:
    make_families()
    whole = board_table(BOARD)
    assert all(row.rank_set for row in whole.rows if row.rank)
    assert not any(row.rank_set for row in one_per_family(whole).rows)
    assert "Ranks left open for all models at once" in Client().get(PAGE).content.decode()
    assert "Ranks left open" not in Client().get(PAGE, {"families": "strongest"}).content.decode()
