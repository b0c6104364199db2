"""The leaderboards index, each board, and the competition behind it."""

from dataclasses import dataclass, field
from typing import Any, cast

from csp.decorators import csp_update
from django.conf import settings
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from arena.boards.charts.timelines import votes_chart
from arena.boards.standings import (
    STRONGEST,
    BoardHead,
    BoardSummary,
    BoardTable,
    StandingRow,
    has_siblings,
    interval_scope,
    one_per_family,
)
from arena.boards.table import ListedBoards, board_table, list_boards, table_from, with_current
from arena.boards.verdicts import board_verdicts
from arena.models import Board, Competition, Entry, MergedCompetition, RaterFindings
from arena.models.boards import WIDE
from arena.models.visibility import EVERYONE, Viewer
from arena.parity.board import listed_parity_boards
from lumenboard.facts.rows import starting_prices
from lumenboard.formatting import mode_label
from lumenboard.pages.base import CHART_POLICY, Paginator, addressed, preview_badges
from lumenboard.pages.boards.charts import votes_by_day
from lumenboard.pages.boards.parts import board_lede, board_list, board_title, method_items, part_tabs
from lumenboard.pages.boards.voter_words import voter_items
from lumenboard.pages.pictures import picture_of
from providers.sheet import MODES

LEADERS = 5
PER_PAGE = 250
MOST_PARITY = 50


@dataclass
class Section:
    """The boards of one mode."""

    mode: str
    overall: BoardHead | None = None
    caption: str = ""
    leaders: list[StandingRow] = field(default_factory=list)
    categories: list[BoardSummary] = field(default_factory=list)
    competitions: list[BoardSummary] = field(default_factory=list)


def index(request: HttpRequest) -> HttpResponse:
    """Every board by mode, each mode with its leaders; competitions page by page."""
    page = Paginator(cast(Any, ListedBoards(kind="competition")), PER_PAGE).get_page(request.GET.get("page"))
    listed = [*list_boards(kind__in=WIDE), *page]
    sections = [_section(mode, [one for one in listed if one.board.mode == mode]) for mode in MODES]
    context = {
        "sections": [section for section in sections if section.overall],
        "page": page,
        "parity": list(listed_parity_boards(EVERYONE)[:MOST_PARITY]) if page.number == 1 else [],
        "lede": "Every ranking rests on blind votes between two images of the same prompt.",
    }
    return render(request, "boards/index.html", context)


def _section(mode: str, summaries: list[BoardSummary]) -> Section:
    section = Section(mode, caption=f"Leaders in {mode_label(mode)}")
    for summary in summaries:
        if summary.board.kind == "mode":
            section.overall = summary.board
            section.leaders = leaders_of(board_table(summary.board.id))
        elif summary.board.kind == "category":
            section.categories.append(summary)
        else:
            section.competitions.append(summary)
    return section


def leaders_of(table: BoardTable) -> list[StandingRow]:
    """The first few comparable rows."""
    return [row for row in table.rows if row.comparable][:LEADERS]


@addressed
def board(request: HttpRequest, key: str, *, viewer: Viewer) -> HttpResponse:
    """One board with its method, its figures to take along and the competitions behind it."""
    found = _board_or_what_stays(key, viewer)
    if found.key != key:
        return redirect(found, permanent=True)
    whole = table_from(found, getattr(found, "current", None))
    table = one_per_family(whole) if request.GET.get("families") == STRONGEST else whole
    competitions = _competitions_on(table.board, request.GET.get("competitions"))
    competition = _competition_of(table.board, viewer)
    page = Paginator([row for row in table.rows if row.comparable], PER_PAGE).get_page(request.GET.get("page"))
    prices = starting_prices([row.slug for row in page], table.board.mode)
    apart = [row for row in table.rows if not row.comparable]
    context = {
        "title": board_title(table.board),
        "lede": _lede(found, table),
        "crumbs": [
            {"label": "Leaderboards", "url": "/leaderboards"},
            {"label": mode_label(table.board.mode), "url": ""},
        ],
        "tabs": _tabs(table.board),
        "board": table.board,
        "picture": f"/embed/{table.board.id}/picture.png",
        "structured": _structured(table),
        "key": key,
        "is_public": viewer == EVERYONE,
        "badges": [*_board_badges(table), *preview_badges(viewer)],
        "rows": list(page),
        "prices": prices or None,
        "marks_demo": not all_demo(table),
        "families": _families(whole, table),
        "scope": interval_scope([row for row in table.rows if row.comparable]),
        "page": page,
        "apart": apart[:PER_PAGE],
        "apart_left_out": max(0, len(apart) - PER_PAGE),
        "snapshot": table.computation,
        "method": method_items(table.computation, whole.rows) if table.computation else [],
        "voters": _voters(found, whole),
        "parts": part_tabs(table.board, ""),
        "competition": competition,
        "competitions": competitions,
    }
    return render(request, "boards/board.html", context)


def _voters(board: Board, whole: BoardTable) -> list[dict[str, str]]:
    findings: RaterFindings | None = getattr(board, "rater_findings", None)
    if findings is None or whole.computation is None:
        return []
    names = {row.slug: row.model for row in whole.rows}
    return voter_items(findings.about(names.keys()), names)


def _board_badges(table: BoardTable) -> list[dict[str, str]]:
    return [{"kind": "demo", "text": "demo world: simulated votes"}] if all_demo(table) else []


def _board_or_what_stays(key: str, viewer: Viewer) -> Board:
    """The board, or that of the competition its own went into; raises Http404."""
    gone = MergedCompetition.objects.filter(public_id=key.removeprefix("competition-")).values("kept")
    either = Q(key=key) | Q(competition__in=gone)
    boards = with_current(Board.objects.visible_to(viewer)).select_related("rater_findings")
    found = boards.filter(either).order_by("id").first()
    if found is None:
        raise Http404(f"There is no board {key}.")
    return found


def _families(whole: BoardTable, shown: BoardTable) -> dict[str, Any] | None:
    """What the line over the table says and offers; None where no family has several models."""
    if not has_siblings(whole.rows):
        return None
    left_out = len(whole.rows) - len(shown.rows)
    return {"left_out": left_out, "url": whole.board.url if left_out else f"{whole.board.url}?families={STRONGEST}"}


def _structured(table: BoardTable) -> dict[str, Any]:
    ranked = [(row.model, f"{settings.SITE_URL}{row.url}") for row in table.rows if row.rank is not None]
    return board_list(board_title(table.board), f"{settings.SITE_URL}{table.board.url}", ranked[:PER_PAGE])


def all_demo(table: BoardTable) -> bool:
    """A board of the demo world alone says so once, not in every row."""
    return bool(table.rows) and all(row.is_demo for row in table.rows)


def _lede(board: Board, table: BoardTable) -> str:
    computation = table.computation
    named = [row for row in table.rows if row.comparable]
    lead = board_verdicts(board).lead(row.slug for row in named if row.rank is not None)
    votes, computed_at = (computation.votes, computation.computed_at) if computation else (0, None)
    return board_lede(named, votes, computed_at, lead)


def _tabs(head: BoardHead) -> list[dict[str, Any]]:
    wide = [one.board for one in list_boards(kind__in=WIDE, mode=head.mode)]
    return [
        {
            "label": "Overall" if one.kind == "mode" else one.title,
            "url": one.url,
            "current": one.id == head.id,
        }
        for one in (*wide, *([head] if head.kind == "competition" else []))
    ]


def _competition_of(head: BoardHead, viewer: Viewer) -> Competition | None:
    if head.kind != "competition":
        return None
    return Competition.objects.visible_to(viewer).select_related("source_image").get(public_id=head.competition_id)


def _competitions_on(head: BoardHead, number: str | None) -> Any:
    """Those that a wider board counts, a page of them."""
    if head.kind == "competition":
        return None
    of_category = {"competition__categories__public_id": head.category_id} if head.kind == "category" else {}
    listed = ListedBoards(kind="competition", mode=head.mode, **of_category)
    return Paginator(cast(Any, listed), PER_PAGE).get_page(number)


@csp_update(CHART_POLICY)
@addressed
def competition(request: HttpRequest, public_id: str, *, viewer: Viewer) -> HttpResponse:
    """The prompt, who took part, their pictures in board order, and votes by day."""
    competitions = Competition.objects.visible_to(viewer)
    found = competitions.select_related("source_image").filter(public_id=public_id).first()
    if found is None:
        return redirect(get_object_or_404(competitions, merged__public_id=public_id), permanent=True)
    entries = list(Entry.objects.visible_to(viewer).filter(competition=found).select_related("model__creator", "image"))
    head = with_current(Board.objects.visible_to(viewer)).filter(competition=found).first()
    table = table_from(head, getattr(head, "current", None)) if head else None
    ranks = {row.slug: row.rank for row in table.rows} if table else {}
    votes = table.computation.votes if table and table.computation else 0
    entries.sort(key=lambda entry: (ranks.get(entry.model.slug) or 10_000, entry.model.name))
    page = Paginator(entries, PER_PAGE).get_page(request.GET.get("page"))
    pictured = [(entry, picture_of(entry, ranks.get(entry.model.slug))) for entry in page]
    context = {
        "competition": found,
        "board": head,
        "categories": found.categories.all() if found.is_public else (),
        "lede": f"{len(entries)} entries, {votes:,} votes. {mode_label(found.mode)}.",
        "crumbs": [{"label": "Leaderboards", "url": "/leaderboards"}, {"label": "Competition", "url": ""}],
        "badges": [*([{"kind": "demo", "text": ""}] if found.is_demo else []), *preview_badges(viewer)],
        "page": page,
        "pictures": [picture for _, picture in pictured if picture],
        "unpictured": [entry for entry, picture in pictured if picture is None],
        "chart": votes_chart(votes_by_day(head)) if head else None,
    }
    return render(request, "competitions/competition.html", context)
