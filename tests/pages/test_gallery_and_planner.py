"""The gallery over all competitions, and what it takes to decide about two models."""

import re

import pytest
from django.test import Client

from arena.boards.findings import complete_changed_boards
from arena.boards.recompute import recompute_changed_boards
from arena.models import Category
from providers.models import ImageModel
from tests.arena.factories import make_competition, make_entry, make_image, make_model, make_votes
from tests.facts.factories import make_endpoint

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


def make_planned() -> str:
    """Alpha and Beta are close, Gamma is far behind; the address of the competition's planner."""
    a, b, c = make_model("Alpha", slug="alpha"), make_model("Beta", slug="beta"), make_model("Gamma", slug="gamma")
    fox = make_competition()
    for _ in range(10):
        make_votes(fox, (a, b, "left", 6), (b, a, "left", 5), (b, c, "left", 9), (a, c, "left", 9))
    recompute_changed_boards()
    complete_changed_boards()
    return f"/leaderboards/competition-{fox.public_id}/planner"


def test_the_planner_says_what_is_decided_and_how_many_votes_the_rest_takes() -> None:
    address = make_planned()
    page = get(address)
    assert "1 of 2 pairs of neighbours are decided on this prompt." in page
    assert "Beta is better" in page
    asked = get(f"{address}?a=beta&b=alpha")
    assert (
        "Which of Alpha and Beta is better on this prompt is undecided. With 80% power it takes further votes" in asked
    )
    assert "Alpha is better than Gamma on this prompt, since vote " in get(f"{address}?a=gamma&b=alpha")
    assert Client().get("/leaderboards/nothing/planner").status_code == 404


def test_power_is_chosen_and_takes_more_votes() -> None:
    address = make_planned()
    votes = []
    for power, shown in (("", "80"), ("0.5", "50"), ("95", "95"), ("nan", "80"), ("9e99", "80")):
        page = get(f"{address}?a=beta&b=alpha&power={power}")
        found = re.search(r"With (\d+)% power it takes further votes on the two: ([\d,]+) to decide which", page)
        assert found
        assert found[1] == shown
        votes.append(int(found[2].replace(",", "")))
    assert votes[1] < votes[0] < votes[2]


def test_the_planner_of_several_prompts_says_how_many_more_and_what_entries_cost() -> None:
    make_planned()
    address = "/leaderboards/mode-text-to-image/planner?a=beta&b=alpha"
    assert "More prompts for prompts like these: at least 4, entries of both for unknown." in get(address)
    for slug, usd in (("alpha", "0.02"), ("beta", "0.03")):
        model = ImageModel.objects.get(slug=slug)
        make_endpoint(model, "fal", per_image=usd, modes=["text-to-image"])
    assert "More prompts for prompts like these: at least 4, entries of both for $0.20." in get(address)


def test_a_board_without_votes_has_nothing_to_plan() -> None:
    make_competition()
    make_votes(make_competition(), (make_model(), make_model(), "tie", 0))
    recompute_changed_boards()
    assert "no two ranked models to decide between" in get("/leaderboards/mode-text-to-image/planner")
