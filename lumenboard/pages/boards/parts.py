"""What the pages of one board share: their tabs, crumbs and title, and its findings in words."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from arena.boards.standings import BoardHead, Computation
from arena.models import Board
from arena.rating.intervals import STANDARD_ERRORS
from arena.rating.scale import POINTS_PER_LOG_ODDS
from lumenboard.formatting import mode_label

View = Callable[..., HttpResponse]
PARTS = (
    *(("", "Board"), ("/charts", "Charts"), ("/value", "Value")),
    *(("/changes", "Rank changes"), ("/planner", "Votes needed")),
)


def known_board(view: View) -> View:
    """404 where the view's key names no board that its reader may see."""

    @wraps(view)
    def answer(request: HttpRequest, key: str, **options: Any) -> HttpResponse:
        try:
            return view(request, key, **options)
        except Board.DoesNotExist:
            raise Http404(f"There is no board {key}.") from None

    return answer


def part_tabs(head: BoardHead, current: str) -> list[dict[str, Any]]:
    """The pages of one board; `current` is the end of the address."""
    return [{"label": label, "url": head.url + end, "current": end == current} for end, label in PARTS]


def board_title(head: BoardHead) -> str:
    return mode_label(head.mode) if head.kind == "mode" else f"{head.title} · {mode_label(head.mode)}"


def crumbs(head: BoardHead, part: str) -> list[dict[str, str]]:
    return [
        {"label": "Leaderboards", "url": "/leaderboards"},
        {"label": board_title(head), "url": head.url},
        {"label": part, "url": ""},
    ]


def method_items(made: Computation, names: dict[str, str]) -> list[dict[str, str]]:
    """How the board was made and what its figures hide, for a definition list; `names` by slug."""
    return [
        {"term": "Method", "value": f"{made.method}, {made.variant}, version {made.version}"},
        {
            "term": "Votes counted",
            "value": f"{made.votes:,}",
            "note": f"and {made.excluded_votes:,} taken out" if made.excluded_votes else "none taken out",
        },
        {"term": "Last vote", "value": f"no. {made.last_vote_number:,}"},
        *_fragility(made.findings.get("fragility"), names),
        *_side_bias(made.findings.get("side_bias")),
        {"term": "Digest", "value": made.digest, "note": "SHA-256 of the tally lines: equal digests, equal digits"},
    ]


def _fragility(found: dict[str, Any] | None, names: dict[str, str]) -> list[dict[str, str]]:
    if not found:
        return []
    votes, successor = found["votes"], names.get(found["successor"], found["successor"])
    value = f"{votes:,} vote{'' if votes == 1 else 's'} from changing hands"
    note = f"without those of {found['battles']:,} votes {successor} is first; fewer may do"
    return [{"term": "First place", "value": value, "note": note}]


def _side_bias(found: dict[str, Any] | None) -> list[dict[str, str]]:
    if not found:
        return []
    margin = STANDARD_ERRORS * POINTS_PER_LOG_ODDS * found["error"]
    value = f"left {found['points']:+.0f} points ±{margin:.0f}"
    note = (
        "more than chance: sides are drawn by coin, so ratings stay fair" if found["shows"] else "no side is favoured"
    )
    return [{"term": "Side bias", "value": value, "note": note}]
