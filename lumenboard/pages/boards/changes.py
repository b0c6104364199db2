"""Why ranks moved between two computations of a board."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from arena.boards.history import NoSuchSnapshot, snapshot_view, stored_snapshots, usual_pair
from arena.boards.rank_changes import ModelChange, View, board_reasons, model_changes
from arena.boards.standings import PastBoard
from arena.boards.table import board_head, find_board
from arena.models import Board
from arena.models.visibility import Viewer
from lumenboard.pages.base import Paginator, addressed, known_board, select_field
from lumenboard.pages.boards.parts import board_title, crumbs, part_tabs
from providers.plain_values import whole_number

MOST_CHOICES = 100
PER_PAGE = 250


@addressed
@known_board
def changes(request: HttpRequest, key: str, *, viewer: Viewer) -> HttpResponse:
    """`from` and `to` name snapshots; without them the newest and the last one at least a day older."""
    board = find_board(key, viewer)
    head, snapshots = board_head(board), stored_snapshots(board)
    context: dict[str, object] = {
        "title": f"{board_title(head)}: rank changes",
        "crumbs": crumbs(head, "Rank changes"),
        "parts": part_tabs(head, "/changes"),
        "lede": "The board has been computed once so far, so there is nothing to compare yet.",
    }
    usual = usual_pair(snapshots)
    if usual:
        before = view_of_choice(board, request.GET.get("from", ""), usual[0])
        after = view_of_choice(board, request.GET.get("to", ""), usual[1])
        context |= _comparison(before, after, request.GET.get("page", "")) | {
            "action": f"{head.url}/changes",
            "fields": [
                _choice("from", "From", snapshots, request.GET.get("from", ""), usual[0]),
                _choice("to", "To", snapshots, request.GET.get("to", ""), usual[1]),
            ],
        }
    return render(request, "boards/changes.html", context)


def view_of_choice(board: Board, chosen: str, usual: PastBoard) -> View:
    """The snapshot asked for, or the usual one; 404 when the board has none of that number."""
    number = whole_number(chosen)
    try:
        return snapshot_view(board, usual.id if number is None else number)
    except NoSuchSnapshot:
        raise Http404("The board has no such computation.") from None


def _comparison(before: View, after: View, page: str) -> dict[str, object]:
    everyone = model_changes(before, after)
    moved = [change for change in everyone if change.moved]
    return {
        "lede": _lede(moved, len(everyone)),
        "before": before,
        "after": after,
        "reasons": board_reasons(before, after),
        "page": Paginator(moved, PER_PAGE).get_page(page),
    }


def _lede(moved: list[ModelChange], models: int) -> str:
    if not moved:
        return f"None of {models} models changed its rank."
    furthest = max(moved, key=lambda change: abs(change.rose))
    if not furthest.rose:
        return f"{len(moved)} of {models} models entered or left the ranking."
    way = "rose" if furthest.rose > 0 else "fell"
    ranks = f"{abs(furthest.rose)} rank{'' if abs(furthest.rose) == 1 else 's'}"
    return f"{len(moved)} of {models} models changed rank; {furthest.name} {way} furthest, by {ranks}."


def _choice(name: str, label: str, snapshots: list[PastBoard], chosen: str, usual: PastBoard) -> dict[str, object]:
    shown = snapshots[-MOST_CHOICES:]
    options = [(str(past.id), f"{past.computed_at:%Y-%m-%d %H:%M} UTC, {past.votes:,} votes") for past in shown[::-1]]
    return select_field(name, label, chosen or str(usual.id), options)
