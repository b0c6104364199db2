"""Two models side by side: addresses, the finding, tallies, pictures, boards and skills."""

import re

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from arena.boards.findings import complete_changed_boards
from arena.boards.recompute import recompute_changed_boards
from arena.models import Category
from lumenboard.pages.compare.radar import RADIUS, Skill, radar
from providers.models import ModelAlias
from tests.arena.factories import make_competition, make_entry, make_image, make_model, make_votes
from tests.facts.factories import make_endpoint, make_reported_performance

pytestmark = pytest.mark.django_db
MOST_QUERIES = 12
PAIR = "/compare/heron/wren"


def get(path: str) -> str:
    response = Client().get(path)
    assert response.status_code == 200, path
    return " ".join(response.content.decode().split())


def make_pair():
    return make_model("Heron", "heron"), make_model("Wren", "wren")


def make_met_pair(competitions: int = 1):
    """Heron is ahead of Wren; a third model met both."""
    heron, wren = make_pair()
    other = make_model("Other", "other")
    for number in range(competitions):
        competition = make_competition(f"Foxes {number}", prompt=f"a fox, {number}")
        category = Category.objects.create(slug=f"c{number}", name=f"Category {number}", mode="text-to-image")
        competition.categories.add(category)
        make_votes(
            competition,
            (heron, wren, "left", 4),
            (wren, heron, "right", 2),
            (wren, heron, "left", 1),
            (heron, wren, "tie", 1),
            (wren, heron, "both_bad", 1),
            (other, heron, "left", 3),
            (wren, other, "left", 3),
        )
    recompute_changed_boards()
    return heron, wren


def test_the_picker_works_without_a_script():
    make_pair()
    assert '<option value="heron">Heron</option>' in get("/compare")
    answer = Client().get("/compare?a=wren&b=heron")
    assert (answer.status_code, answer["Location"]) == (302, PAIR)
    assert "Choose two different models" in get("/compare?a=wren&b=wren")


def test_an_empty_catalogue_has_nothing_to_compare():
    assert "Nothing to compare yet" in get("/compare")


@pytest.mark.parametrize("asked", ["/compare/wren/heron", "/compare/old-wren/heron", "/compare/heron/old-wren"])
def test_another_order_and_an_alias_lead_to_the_one_address(asked):
    _, wren = make_pair()
    ModelAlias.objects.create(model=wren, slug="old-wren")
    answer = Client().get(asked)
    assert (answer.status_code, answer["Location"]) == (301, PAIR)


def test_a_model_against_itself_leads_to_the_picker():
    make_pair()
    assert Client().get("/compare/heron/heron")["Location"] == "/compare?a=heron"


def test_an_unknown_model_is_404_with_near_names():
    make_pair()
    answer = Client().get("/compare/herom/wren")
    assert answer.status_code == 404
    assert f'href="{PAIR}"' in answer.content.decode()
    assert Client().get("/compare/%00/wren").status_code == 404


def test_models_that_never_met_get_sentences_instead_of_figures():
    make_pair()
    page = get(PAIR)
    for sentence in (
        "No board compares these two yet",
        "No battles between them yet",
        "No pictures",
        "No shared board",
    ):
        assert sentence in page
    assert "Not enough shared categories" in page
    assert '<svg class="radar"' not in page


def test_the_finding_is_the_verdict_and_no_probability():
    make_met_pair()
    complete_changed_boards()
    page = get(PAIR)
    assert (
        "On the text to image board: Nothing is claimed about Heron and Wren for prompts like these: one of them "
        in page
    )
    assert "hangs on one prompt alone. On these prompts it is undecided." in page
    assert "probability" not in page
    assert "not claimed: one of them hangs on one prompt alone <small>for prompts like these</small>" in page
    assert "undecided <small>on this prompt</small>" in page


def test_the_verdict_names_the_better_one_whichever_comes_first():
    heron, wren = make_pair()
    make_votes(make_competition("Foxes"), (wren, heron, "left", 60))
    recompute_changed_boards()
    complete_changed_boards()
    page = get(PAIR)
    assert re.search(r"On these prompts Wren is better, since vote \d+", page)
    assert "Wren is better <small>on this prompt</small>" in page


def test_the_tally_counts_both_orders_and_sets_both_bad_apart():
    make_met_pair(2)
    page = get(PAIR)
    assert 'data-label="Heron">12 <span class="share">66.7%' in page
    assert 'data-label="Heron">6 <span class="share">66.7%' in page
    assert 'data-label="Ties">2 <span class="share">11.1%' in page
    assert 'data-label="Both bad">2 <span class="share">11.1%' in page
    assert 'data-label="Wren">2 <span class="share">11.1%' in page
    assert 'data-label="n">18<' in page


def test_the_strongest_entries_stand_side_by_side():
    heron, wren = make_pair()
    competition = make_competition("Foxes", prompt="a fox asleep")
    weak, strong, other = (make_image() for _ in range(3))
    make_entry(competition, heron, image=weak, losses=9)
    make_entry(competition, heron, image=strong, wins=9)
    make_entry(competition, wren, image=other)
    page = get(PAIR)
    assert strong.get_absolute_url() in page
    assert other.get_absolute_url() in page
    assert weak.get_absolute_url() not in page
    assert "a fox asleep" in page
    assert "9W / 0L / 0T" in page


def test_held_and_draft_entries_stay_unseen():
    heron, wren = make_pair()
    for fields, status in (({"status": "draft"}, "live"), ({}, "held")):
        competition = make_competition(**fields)
        for model in (heron, wren):
            make_entry(competition, model, image=make_image(), status=status)
            make_entry(make_competition(), model)
    assert "No pictures to set side by side" in get(PAIR)


def test_a_radar_with_its_table_comes_from_three_shared_categories_up():
    make_met_pair(3)
    page = get(PAIR)
    assert '<svg class="radar"' in page
    assert '<th scope="row">Category 2<small>' in page
    assert "Not enough shared categories" not in page


def test_two_shared_categories_are_a_table_and_a_sentence():
    make_met_pair(2)
    page = get(PAIR)
    assert '<svg class="radar"' not in page
    assert '<th scope="row">Category 1<small>' in page
    assert "Not enough shared categories" in page


def test_the_radar_reaches_its_edge_at_the_highest_rating():
    drawn = radar([Skill("A", 1100, 900), Skill("B", 1000, 950), Skill("C", 900, 1050)])
    assert drawn is not None
    top = tuple(float(part) for part in drawn.first.split()[0].split(","))
    assert top == (drawn.centre[0], drawn.centre[1] - RADIUS)
    assert radar([Skill("A", 1100, 900), Skill("B", 1000, 950)]) is None


def test_price_and_reported_speed_stand_side_by_side():
    heron, _ = make_pair()
    heron.modes = ["text-to-image"]
    heron.save()
    make_endpoint(heron, per_image="0.04")
    make_reported_performance(heron, p50_ms=2169)
    page = get(PAIR)
    assert "$0.04" in page
    assert "2,169 ms" in page
    assert "Fal, reported by" in page


def test_queries_do_not_grow_with_competitions(django_assert_max_num_queries: DjangoAssertNumQueries):
    heron, wren = make_met_pair(4)
    for number in range(3):
        competition = make_competition(f"Pictured {number}")
        for model in (heron, wren):
            make_entry(competition, model, image=make_image())
    with django_assert_max_num_queries(MOST_QUERIES):
        page = get(PAIR)
    assert page.count('class="pair"') == 3
