"""The charts of one board, each with its numbers."""

from dataclasses import replace

from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from arena.boards.charts.chart import Chart, short_labels
from arena.boards.charts.intervals import intervals_chart
from arena.boards.charts.matrices import battles_chart, win_rate_chart
from arena.boards.charts.timelines import history_chart, votes_chart
from arena.boards.history import history
from arena.boards.replay import DAYS
from arena.boards.standings import BoardTable, StandingRow
from arena.boards.table import board_table, find_board
from arena.models import Board, SequentialState
from arena.models.visibility import Viewer
from arena.votes.log import read_tallies
from lumenboard.pages.base import CHART_POLICY, Paginator, addressed, known_board
from lumenboard.pages.boards.parts import board_title, crumbs, part_tabs

HISTORY_DAYS = 90
# A square map of so many models is a few hundred kilobytes with its table.
PER_PAGE = 50


@csp_update(CHART_POLICY)
@addressed
@known_board
def charts(request: HttpRequest, key: str, *, viewer: Viewer) -> HttpResponse:
    """Intervals, win rates, battle counts, rating history, votes by day."""
    board, table = find_board(key, viewer), board_table(key, viewer=viewer)
    rated = [row for row in table.rows if row.rating is not None]
    page = Paginator(rated, PER_PAGE).get_page(request.GET.get("page"))
    drawn = _charts(board, table, list(page))
    context = {
        "title": f"{board_title(table.board)}: charts",
        "lede": drawn[0].title + "." if drawn else "There is nothing to draw before the first battle.",
        "crumbs": crumbs(table.board, "Charts"),
        "parts": part_tabs(table.board, "/charts"),
        "charts": drawn,
        "page": page,
    }
    return render(request, "boards/charts.html", context)


def _charts(board: Board, table: BoardTable, shown: list[StandingRow]) -> list[Chart]:
    names = short_labels({row.slug: row.model for row in table.rows})
    shown = [replace(row, model=names[row.slug]) for row in shown]
    rated = [row.slug for row in shown if row.comparable]
    tallies = read_tallies(board).tallies
    # tallies may already know a model that the snapshot does not, and the other way about
    order = [slug for slug in rated if slug in tallies.models]
    drawn = (
        intervals_chart(shown),
        win_rate_chart(tallies, order, names),
        battles_chart(tallies, order, names),
        history_chart(history(board, HISTORY_DAYS, timezone.now()), names),
        votes_chart(votes_by_day(board)),
    )
    return [chart for chart in drawn if chart]


def votes_by_day(board: Board) -> dict[str, int]:
    """Counted votes by ISO date in UTC, as the replaying methods last counted them; empty before that. One query."""
    found = SequentialState.objects.filter(board=board, method=DAYS[0], variant=DAYS[1]).first()
    return dict(found.state["state"]["days"]) if found else {}
