"""Charts are figures Plotly takes, name their finding, and say the same in figure and table."""

import itertools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import plotly.graph_objects as go

from arena.boards.charts.chart import Chart, short_labels
from arena.boards.charts.intervals import intervals_chart
from arena.boards.charts.matrices import battles_chart, win_rate_chart
from arena.boards.charts.timelines import history_chart, votes_chart
from arena.rating.board import rank_board
from arena.rating.tallies import Tallies

NAMES = {"a": "Alder", "b": "Birch", "c": "Cedar"}
TALLIES = Tallies.from_rows([("a", "b", 12, 3, 1, 0), ("b", "a", 2, 6, 0, 2), ("b", "c", 3, 1, 0, 0)])
NOW = datetime(2026, 11, 23, tzinfo=UTC)


@dataclass(frozen=True)
class Row:
    model: str
    rating: float | None
    lower: float | None = None
    upper: float | None = None
    rank: int | None = None
    rank_best: int | None = None
    rank_worst: int | None = None
    competitions: int | None = None
    on_these_prompts_only: bool = False


@dataclass(frozen=True)
class Point:
    slug: str
    rating: float
    lower: float | None = None
    upper: float | None = None


@dataclass(frozen=True)
class Past:
    computed_at: datetime
    votes: int
    standings: tuple[Point, ...]


def drawable(chart: Chart | None) -> Chart:
    """What Plotly itself takes, and no colour in it: those are the page's."""
    assert chart is not None
    go.Figure(chart.figure)
    assert "#" not in str(chart.figure)
    assert all(len(row) == len(chart.columns) for row in chart.rows)
    return chart


def board_rows() -> list[Row]:
    return [
        Row(NAMES[r.model], r.rating, r.lower, r.upper, r.rank, r.rank_best, r.rank_worst)
        for r in rank_board(TALLIES).rows
    ]


def test_intervals_of_a_board() -> None:
    rows = board_rows()
    chart = drawable(intervals_chart(rows))
    trace = chart.figure["data"][0]
    assert trace["y"] == [row.model for row in rows]
    ends = np.array(trace["x"]) + np.array(trace["error_x"]["array"])
    assert np.allclose(ends, [row.upper for row in rows], atol=0.011)
    assert chart.rows[0] == ("Alder", *(getattr(rows[0], c) for c in ("rating", "lower", "upper")), 1, 1, 3)
    assert chart.title == "Alder is rated highest; 2 others reach that of the highest"


def test_intervals_without_bounds_or_ranks() -> None:
    chart = drawable(intervals_chart([Row("Alder", 1010.0, rank=1), Row("Birch", 990.0)]))
    assert chart.figure["data"][0]["error_x"]["array"] == [0.0, 0.0]
    assert chart.figure["data"][0]["customdata"] == ["1", "unranked"]
    assert intervals_chart([Row("Lonely", None)]) is None


def test_win_rates_are_shares_of_points() -> None:
    chart = drawable(win_rate_chart(TALLIES, ["a", "b", "c"], NAMES))
    assert chart.figure["data"][0]["z"][0][:2] == [None, round((18 + 1.5) / 26, 4)]
    assert ("Birch", "Alder", round((5 + 1.5) / 26, 4), 26) in chart.rows
    assert chart.title == "The clearest pair: Alder took 75% of 26 battles with Birch"


def test_battles_say_how_many_pairs_have_met() -> None:
    chart = drawable(battles_chart(TALLIES, ["a", "b", "c"], NAMES))
    assert chart.title == "2 of 3 pairs have met"
    assert ("Alder", "Cedar", 0) in chart.rows
    assert battles_chart(Tallies.from_rows([]), [], {}) is None


def test_history_draws_who_leads_now() -> None:
    first = Past(NOW - timedelta(days=3), 10, (Point("a", 1010, 950, 1070), Point("b", 990, 940, 1040)))
    last = Past(NOW, 30, (Point("b", 1040, 1010, 1070), Point("a", 1000, 970, 1030), Point("c", 999, 960, 1040)))
    chart = drawable(history_chart([first, last], NAMES))
    assert [trace["name"] for trace in chart.figure["data"]] == ["Birch", "Alder", "Cedar"]
    assert chart.title == "Over 2 computations Birch moved furthest: +50 points"
    assert len(chart.rows) == 5
    places = [label["y"] + label["yshift"] / (320 / 130) for label in chart.figure["layout"]["annotations"]]
    assert all(above - below >= 12.5 / (320 / 130) for above, below in itertools.pairwise(places))


def test_history_of_one_computation_or_none() -> None:
    chart = drawable(history_chart([Past(NOW, 1, (Point("a", 1000),))], NAMES))
    assert chart.title == "One computation so far: the history begins here"
    assert history_chart([], NAMES) is None


def test_votes_by_day_leave_unknown_days_to_the_note() -> None:
    chart = drawable(votes_chart({"": 5, "2026-11-22": 2, "2026-11-21": 9}))
    assert chart.rows == (("2026-11-21", 9), ("2026-11-22", 2))
    assert chart.title == "11 votes in 2 days, most of them on 2026-11-21 (9)"
    assert "5 imported votes" in chart.note
    assert votes_chart({"": 5}) is None


def test_long_names_become_different_short_labels() -> None:
    labels = short_labels({"a": "x" * 200, "b": "x" * 200, "c": "short"})
    assert labels["c"] == "short"
    assert len(set(labels.values())) == 3
    assert all(len(label) <= 40 for label in labels.values())
