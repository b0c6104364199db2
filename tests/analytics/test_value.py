"""Quality against cost: the frontier, who is beaten how surely, and strips of thirty days."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import plotly.graph_objects as go
import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from lumenboard.pages.analytics.words import HEIGHT_PX, strip_of
from lumenboard.pages.boards.frontier import MOST_DRAWN, Axis, Offer, frontier_chart, most_telling, placed
from providers.telemetry.figures import success_from, summarize
from providers.telemetry.series import Series, SeriesPoint
from providers.telemetry.tables import Subject
from tests.pages.test_board_pages import make_board_world

AXIS = Axis(name="price", title="USD", word="price", prefix="$")


def offer(slug: str, rating: float, cost: float) -> Offer:
    return Offer(slug=slug, name=slug.title(), rating=rating, lower=rating - 20, upper=rating + 20, cost=cost)


def by_rating(offers):
    ratings = {one.slug: one.rating for one in offers}

    def better(first, second):
        return ratings[first] - ratings[second] >= 50

    return better


def test_a_model_is_beaten_by_one_decided_better_whatever_the_ratings_say_now() -> None:
    cheap, dear = offer("cheap", 1000, 1), offer("dear", 1010, 3)
    found = placed([cheap, dear], lambda first, second: (first, second) == ("cheap", "dear"))
    assert [(one.place, one.by) for one in found] == [("frontier", ""), ("beaten", "Cheap")]


def test_a_model_is_beaten_by_a_better_one_that_costs_no_more() -> None:
    offers = [offer("cheap", 1000, 1), offer("good", 1100, 2), offer("dear", 1010, 3), offer("near", 1080, 3)]
    found = {one.offer.slug: (one.place, one.by) for one in placed(offers, by_rating(offers))}
    assert found == {
        "cheap": ("frontier", ""),
        "good": ("frontier", ""),
        "dear": ("beaten", "Good"),
        "near": ("below", "Good"),
    }


@given(st.lists(st.tuples(st.integers(800, 1200), st.integers(1, 99)), min_size=2, max_size=6))
def test_the_best_and_the_cheapest_best_are_always_on_the_frontier(rows) -> None:
    offers = [offer(f"m{n}", rating, cost) for n, (rating, cost) in enumerate(rows)]
    found = placed(offers, by_rating(offers))
    best = max(one.rating for one in offers)
    assert any(one.place == "frontier" for one in found if one.offer.rating == best)
    chart = frontier_chart(offers, by_rating(offers), AXIS, 0)
    assert chart
    assert len(chart.rows) == len(offers)
    go.Figure(
        {**chart.figure, "data": [{k: v for k, v in trace.items() if k != "meta"} for trace in chart.figure["data"]]}
    )


def test_one_offer_makes_no_chart() -> None:
    assert frontier_chart([offer("a", 1000, 1)], by_rating([]), AXIS, 3) is None


@pytest.mark.django_db
def test_the_value_page_says_how_many_are_left_out(django_assert_max_num_queries) -> None:
    make_board_world()
    with django_assert_max_num_queries(12):
        page = Client().get("/leaderboards/mode-text-to-image/value").content.decode()
    assert "4 models left out" in page
    assert "Nothing to compare yet" in page


def test_a_strip_says_in_words_what_it_shows() -> None:
    start = datetime(2026, 11, 1, tzinfo=UTC)
    points = tuple(SeriesPoint(starts_at=start + timedelta(days=n), figures=None) for n in range(30))
    strip = strip_of(Series(subject=Subject(provider_slug="fal", provider_name="fal"), points=points))
    assert (len(strip.cells), strip.state, strip.summary) == (30, "none", "No calls in 30 days")
    assert all(cell.top_px + cell.height_px == HEIGHT_PX for cell in strip.cells)
    assert summarize((), 1.0).calls == 0


@pytest.mark.parametrize(
    ("failed", "told"),
    [
        ((0, 1), "99.5% succeeded over 2 days, never below 98%"),
        ((3, 9), "94.0% succeeded over 2 days, below 98% on 2 of them"),
    ],
)
def test_a_strip_counts_the_weak_days(failed: tuple[int, int], told: str) -> None:
    start, none = datetime(2026, 11, 1, tzinfo=UTC), summarize((), 1.0)
    days = [replace(none, success=success_from(Counter(ok=100 - n, upstream=n))) for n in failed]
    points = tuple(SeriesPoint(starts_at=start + timedelta(days=n), figures=figures) for n, figures in enumerate(days))
    strip = strip_of(Series(subject=Subject(provider_slug="fal", provider_name="fal"), points=points))
    assert strip.summary == told


def test_of_many_offers_the_highest_rated_and_the_best_at_their_price_are_drawn() -> None:
    many = [offer(f"m{n:04}", 1000.0 + n, 1.0) for n in range(MOST_DRAWN + 50)]
    cheap, dear = offer("cheap", 900.0, 0.1), offer("dear", 950.0, 2.0)
    drawn = {one.slug for one in most_telling([*many, cheap, dear])}
    assert len(drawn) == MOST_DRAWN + 1
    assert "cheap" in drawn
    assert not drawn & {"dear", "m0000", "m0049"}
    chart = frontier_chart([*many, cheap, dear], by_rating([*many, cheap, dear]), AXIS, 0)
    assert chart is not None
    assert "51 models are not drawn" in chart.note
