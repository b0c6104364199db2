"""The gallery over all competitions, and how many votes tell two models apart."""

import pytest
from django.test import Client

from arena.boards.recompute import recompute_changed_boards
from arena.models import Category
from tests.arena.factories import make_competition, make_entry, make_image, make_model, make_votes

pytestmark = pytest.mark.django_db


def get(path: str) -> str:
    response = Client().get(path)
    assert response.status_code == 200, path
    return response.content.decode()


def test_the_gallery_shows_what_may_be_seen_and_can_be_narrowed() -> None:
    fox, draft = make_competition("A red fox", prompt="A fox"), make_competition("Secret", status="draft")
    edit = make_competition("Bald man", mode="image-edit")
    edit.categories.add(Category.objects.create(slug="portrait", name="Portrait", mode="image-edit"))
    a, b = make_model("Alpha", slug="alpha"), make_model("Beta", slug="beta")
    make_entry(fox, a, image=make_image())
    make_entry(edit, b, image=make_image())
    make_entry(draft, make_model("Gamma"), image=make_image())
    make_entry(fox, make_model("Delta"), image=make_image(), status="held")
    page = get("/gallery")
    assert "2 pictures, newest first" in page
    assert "Alpha: A red fox" in page
    assert "Secret" not in page
    assert "Delta: " not in page
    for narrowed, shown, left in (
        ("mode=image-edit", "Beta: ", "Alpha: "),
        ("category=portrait.image-edit", "Beta: ", "Alpha: "),
        ("model=alpha", "Alpha: ", "Beta: "),
    ):
        found = get(f"/gallery?{narrowed}")
        assert shown in found
        assert left not in found
    assert "No picture fits" in get("/gallery?model=nobody")
    assert get("/gallery?model=%25&page=99")


def test_an_empty_gallery_says_so_and_a_full_one_costs_few_queries(django_assert_max_num_queries) -> None:
    assert "No pictures yet" in get("/gallery")
    fox = make_competition()
    for _ in range(30):
        make_entry(fox, make_model(), image=make_image())
    with django_assert_max_num_queries(6):
        assert "30 pictures" in get("/gallery")


def test_the_planner_says_how_many_votes_tell_two_apart() -> None:
    a, b, c = make_model("Alpha", slug="alpha"), make_model("Beta", slug="beta"), make_model("Gamma", slug="gamma")
    make_votes(make_competition(), (a, b, "left", 60), (b, a, "left", 50), (b, c, "left", 90), (c, b, "left", 5))
    recompute_changed_boards()
    page = get("/leaderboards/mode-text-to-image/planner")
    assert "1 of 2 pairs of neighbours are told apart" in page
    assert "told apart" in page
    asked = get("/leaderboards/mode-text-to-image/planner?a=beta&b=alpha")
    assert "more votes on Alpha against Beta would tell them apart" in asked
    assert "are told apart: Alpha" in get("/leaderboards/mode-text-to-image/planner?a=gamma&b=alpha")
    assert Client().get("/leaderboards/nothing/planner").status_code == 404


def test_a_board_without_votes_has_nothing_to_plan() -> None:
    make_competition()
    make_votes(make_competition(), (make_model(), make_model(), "tie", 0))
    recompute_changed_boards()
    assert "no two models to tell apart" in get("/leaderboards/mode-text-to-image/planner")
