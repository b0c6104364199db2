"""Every formula, and what another method or another treatment of ties would make of a chosen board."""

from contextlib import suppress
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from arena.boards.standings import BoardHead, BoardTable
from arena.boards.table import FitMissing, ListedBoards, board_head, board_table, find_board
from arena.models import Board
from lumenboard.handbook.outline import shown_as
from lumenboard.pages.base import select_field
from lumenboard.pages.boards.parts import board_title

# of thousands of competitions the first; any other is named by the address
MOST_OFFERED = 500
METHOD_LABELS = {
    ("bradley-terry", "prior=0"): "Bradley–Terry without prior",
    ("davidson", ""): "Davidson: ties as an outcome",
    ("elo", "k=4"): "Sequential Elo, K 4",
    ("elo", "k=32"): "Sequential Elo, K 32",
    ("trueskill", ""): "TrueSkill, lower bound",
    ("every-vote", ""): "Every vote, with those set aside",
    ("rater-weighted", ""): "Bradley–Terry, voters weighed by their care",
}
TIE_LABELS = {"dropped": "Ties dropped"}


@dataclass(frozen=True)
class Compared:
    """One model under the headline and under the chosen alternative; `rating` None where that has only ranks."""

    name: str
    url: str
    rank: int | None
    other: int | None
    rating: float | None

    @property
    def rose(self) -> int:
        return self.rank - self.other if self.rank and self.other else 0

    @property
    def fell(self) -> int:
        return -self.rose


def methodology(request: HttpRequest) -> HttpResponse:
    """`board` and `method` choose the comparison; anything unknown falls back to the first."""
    key = request.GET.get("board", "")
    boards = _offered(key)
    key = key if key in boards else next(iter(boards), "")
    method = request.GET.get("method", "")
    choices = {f"{name}:{variant}": label for (name, variant), label in METHOD_LABELS.items()}
    choices |= {f"ties:{policy}": label for policy, label in TIE_LABELS.items()}
    method = method if method in choices else "davidson:"
    context: dict[str, object] = {
        "page": shown_as("methodology"),
        "fields": [
            select_field("board", "Board", key, [(one, board_title(head)) for one, head in boards.items()]),
            select_field("method", "Instead of the headline", method, choices.items()),
        ],
        "label": choices[method],
    }
    if key:
        context |= _comparison(board_table(key), method)
    return render(request, "boards/methodology.html", context)


def _offered(key: str) -> dict[str, BoardHead]:
    """Those to choose from, and the one that is named."""
    boards = {one.board.id: one.board for one in ListedBoards()[:MOST_OFFERED]}
    if key and key not in boards:
        with suppress(Board.DoesNotExist):
            boards[key] = board_head(find_board(key))
    return boards


def _comparison(headline: BoardTable, method: str) -> dict[str, object]:
    try:
        ranks = _ranks(headline, method)
    except FitMissing as missing:
        return {"problem": f"On this board {missing}."}
    if not ranks:
        return {"problem": "This has not been computed for the board yet; it follows a recompute within minutes."}
    rows = [
        Compared(row.model, row.url, row.rank, *ranks.get(row.slug, (None, None)))
        for row in headline.rows
        if row.comparable
    ]
    moved = [row for row in rows if row.rank != row.other]
    return {"rows": rows, "moved": len(moved), "furthest": max((abs(row.rose) for row in rows), default=0)}


def _ranks(headline: BoardTable, method: str) -> dict[str, tuple[int | None, float | None]]:
    """Rank and rating by slug, from a snapshot or from the headline's findings."""
    name, _, variant = method.partition(":")
    if name == "ties":
        made = headline.computation
        policies = made.findings.get("tie_policies", {}) if made else {}
        return {slug: (ranks[variant], None) for slug, ranks in policies.items()}
    return {row.slug: (row.rank, row.rating) for row in board_table(headline.board.id, name, variant).rows}
