"""Charts, rank changes and methodology as a visitor asks for them."""

import json
import re
from html import unescape

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from arena.boards.findings import complete_changed_boards
from arena.boards.recompute import recompute_changed_boards
from arena.integrity.exclude_votes import exclude_votes
from arena.models import Snapshot, Vote
from tests.arena.factories import make_competition, make_model, make_votes

pytestmark = pytest.mark.django_db
BOARD = "/leaderboards/mode-text-to-image"


def make_board(models: int = 4, computations: int = 2) -> None:
    """The first model beats every other, more often each time."""
    competition = make_competition()
    entrants = [make_model(f"Model {letter}", slug=f"model-{letter.lower()}") for letter in "ABCDEFGH"[:models]]
    for _ in range(computations):
        make_votes(competition, *[(entrants[0], other, "left", 9) for other in entrants[1:]])
        make_votes(competition, (entrants[1], entrants[0], "left", 2))
        recompute_changed_boards()
    Vote.objects.update(cast_at="2026-11-20T10:00Z")
    complete_changed_boards()


def get(path: str, **query: str) -> str:
    response = Client().get(path, query)
    assert response.status_code == 200, path
    return response.content.decode()


def test_every_chart_has_its_table_and_data_that_parses() -> None:
    make_board()
    page = get(f"{BOARD}/charts")
    figures = [unescape(text) for text in re.findall(r"<template data-chart-figure>(.*?)</template>", page, re.DOTALL)]
    assert len(figures) == page.count("<table") == page.count("data-chart=") == 5
    assert all(set(json.loads(figure)) == {"data", "layout"} for figure in figures)


def test_only_chart_pages_loosen_the_policy() -> None:
    make_board()
    policy = Client().get(f"{BOARD}/charts").headers["Content-Security-Policy"]
    assert "style-src 'self' 'unsafe-inline'" in policy
    assert "script-src 'self'" in [part.strip() for part in policy.split(";")]
    assert "blob:" in policy
    for path in (BOARD, f"{BOARD}/changes", "/methodology"):
        assert "unsafe" not in Client().get(path).headers["Content-Security-Policy"]


def test_of_plotly_one_file_is_served() -> None:
    assert finders.find("plotly/plotly.min.js")
    assert not finders.find("plotly/widgetbundle.js")
    found = [name for finder in finders.get_finders() for name, _ in finder.list([]) if "widgetbundle" in name]
    assert found == []


def test_a_board_tells_what_its_figures_hide() -> None:
    a, b = make_model("Ash"), make_model("Birch")
    make_votes(make_competition(), (a, b, "left", 9), (b, a, "left", 6))
    recompute_changed_boards()
    complete_changed_boards()
    exclude_votes(list(Vote.objects.values_list("number", flat=True))[:2], reason="a test")
    recompute_changed_boards()
    page = get(BOARD)
    assert "and 2 taken out" in page
    assert "from changing hands" in page
    assert "Side bias" in page
    assert "avg. opponent 9" in page


def test_changes_compare_the_usual_and_the_chosen_snapshots() -> None:
    make_board()
    page = get(f"{BOARD}/changes")
    assert "+29 counted votes: 29 before, 58 after." in page
    assert "None of 4 models changed its rank." in page
    newest = Snapshot.objects.get(board__key="mode-text-to-image", variant="prior=1", is_current=True)
    assert "Nothing changed" in get(f"{BOARD}/changes", **{"from": str(newest.id), "to": str(newest.id)})
    assert Client().get(f"{BOARD}/changes", {"from": "99999999"}).status_code == 404
    assert Client().get(f"{BOARD}/changes", {"from": "nonsense"}).status_code == 200


def test_a_board_computed_once_has_nothing_to_compare() -> None:
    make_board(computations=1)
    assert "nothing to compare yet" in get(f"{BOARD}/changes")


def test_methodology_states_formulas_and_compares_methods() -> None:
    make_board()
    page = get("/methodology")
    assert "Bradley–Terry: i beats j" in page
    assert "Davidson: ties as an outcome: no model changes its rank." in page
    assert "winless" not in get("/methodology", board="mode-text-to-image", method="elo:k=4")
    assert "the fit does not exist" in get("/methodology", board="mode-text-to-image", method="bradley-terry:prior=0")
    assert "Ties dropped:" in get("/methodology", method="ties:dropped")
    assert "Davidson" in get("/methodology", board="nowhere", method="nonsense")


def test_an_empty_site_has_all_of_these_pages() -> None:
    assert "No board has ranked models yet" in get("/methodology")
    assert Client().get(f"{BOARD}/charts").status_code == 404
    assert Client().get(f"{BOARD}/changes").status_code == 404


@pytest.mark.parametrize("path", [f"{BOARD}/charts", f"{BOARD}/changes", "/methodology"])
def test_queries_do_not_grow_with_rows(path: str, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    make_board(8, 4)
    with django_assert_max_num_queries(12):
        get(path)
