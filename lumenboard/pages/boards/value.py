"""A board's models by what they cost: quality against price and latency, best by price, best by speed."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any, Final

from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from arena.boards.charts.chart import short_labels
from arena.boards.claims import headline_scope
from arena.boards.standings import BoardTable, StandingRow
from arena.boards.table import table_from, with_current
from arena.boards.verdicts import board_verdicts
from arena.models import Board
from arena.models.visibility import Viewer
from arena.rating.verdicts import BETTER
from lumenboard.facts.claims import fastest_reliable
from lumenboard.facts.rows import starting_prices
from lumenboard.facts.speeds import performance_of_slugs
from lumenboard.facts.types import PerformanceFacts
from lumenboard.formatting import seconds, usd
from lumenboard.pages.analytics.latency_charts import drawn_s
from lumenboard.pages.base import CHART_POLICY, addressed, known_board
from lumenboard.pages.boards.frontier import Axis, Better, Offer, frontier_chart, most_telling
from lumenboard.pages.boards.parts import board_title, crumbs, part_tabs

LISTED: Final = 5
PRICE: Final = Axis(
    name="price",
    title="USD per picture of 1024×1024",
    word="price",
    prefix="$",
    note="Prices are the cheapest endpoint's.",
)


@csp_update(CHART_POLICY)
@addressed
@known_board
def value(request: HttpRequest, key: str, *, viewer: Viewer) -> HttpResponse:
    """Reads snapshots, prices and rollups; fits nothing."""
    board = with_current(Board.objects.visible_to(viewer)).get(key=key)
    table = table_from(board, getattr(board, "current", None))
    rated = [row for row in table.rows if row.comparable and row.rating is not None]
    prices = starting_prices([row.slug for row in rated], table.board.mode)
    costs = {slug: float(price.amount_usd) for slug, price in prices.items()}
    speeds = _speeds([row.slug for row in rated], table.board.mode)
    latency = Axis(
        name="latency",
        title="Median seconds per picture",
        word="speed",
        suffix=" s",
        note="Of the fastest reliable provider, over 30 days."
        + (" All of it is simulated." if speeds and all(row.simulated for row in speeds.values()) else ""),
    )
    medians = {slug: row.p50_ms or 0 for slug, row in speeds.items()}
    labels = _labels(speeds)
    of_speed = {slug: drawn_s(ms) for slug, ms in medians.items()}
    axes = {
        PRICE: _offers(rated, {slug: cost for slug, cost in costs.items() if cost}),
        latency: _offers(rated, of_speed, labels),
    }
    better = _better(board, axes.values())
    scope = headline_scope(board.kind != "competition")
    charts = [frontier_chart(offers, better, axis, len(rated) - len(offers), scope) for axis, offers in axes.items()]
    context: dict[str, Any] = {
        "title": f"{board_title(table.board)}: value",
        "lede": "What a place on the board costs, in dollars and in seconds.",
        "crumbs": crumbs(table.board, "Value"),
        "parts": part_tabs(table.board, "/value"),
        "charts": [chart for chart in charts if chart],
        "lists": [
            _list(table, "Cheapest", {slug: (cost, usd(prices[slug].amount_usd)) for slug, cost in costs.items()}),
            _list(table, "Fastest", {slug: (ms, seconds(ms) + labels.get(slug, "")) for slug, ms in medians.items()}),
        ],
    }
    return render(request, "boards/value.html", context)


def _speeds(slugs: Sequence[str], mode: str) -> dict[str, PerformanceFacts]:
    """Of each model its fastest reliable provider, as its own page has it."""
    found = {slug: fastest_reliable(rows) for slug, rows in performance_of_slugs(slugs, mode).items()}
    return {slug: row for slug, row in found.items() if row}


def _labels(rows: Mapping[str, PerformanceFacts]) -> dict[str, str]:
    """Where figures of several origins stand together, each that was not measured here says so."""
    mixed = len({row.label for row in rows.values()}) > 1
    return {slug: f" ({row.label})" for slug, row in rows.items() if mixed and row.label}


def _better(board: Board, drawn: Iterable[Sequence[Offer]]) -> Better:
    """Of any two models that one chart draws."""
    verdicts = board_verdicts(board)
    known = set(() if verdicts.withheld else verdicts.order)
    shown = [[one.slug for one in most_telling(offers) if one.slug in known] for offers in drawn]
    found = verdicts.of({pair for slugs in shown for pair in combinations(sorted(slugs), 2)})
    decided = {(one.winner, one.other(one.winner)) for one in found if one.kind == BETTER}
    return lambda first, second: (first, second) in decided


def _offers(
    rated: Sequence[StandingRow], costs: Mapping[str, float], labels: Mapping[str, str] | None = None
) -> list[Offer]:
    """Those with a figure on the axis; `labels` say of a figure where it comes from."""
    names = short_labels({row.slug: row.model + (labels or {}).get(row.slug, "") for row in rated})
    return [
        Offer(
            slug=row.slug,
            name=names[row.slug],
            rating=row.rating or 0.0,
            lower=row.lower if row.lower is not None else row.rating or 0.0,
            upper=row.upper if row.upper is not None else row.rating or 0.0,
            cost=costs[row.slug],
        )
        for row in rated
        if row.slug in costs
    ]


def _list(table: BoardTable, title: str, figures: Mapping[str, tuple[float, str]]) -> dict[str, Any]:
    """The first few by the figure, and how many of the board's models have none."""
    known = [row for row in table.rows if row.slug in figures]
    known.sort(key=lambda row: (figures[row.slug][0], -(row.rating or 0.0)))
    rows = [
        {"name": row.model, "url": row.url, "rank": row.rank, "figure": figures[row.slug][1]} for row in known[:LISTED]
    ]
    return {"title": title, "rows": rows, "left_out": len(table.rows) - len(known)}
