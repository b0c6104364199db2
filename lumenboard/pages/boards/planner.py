"""How many more votes tell two models of a board apart: any pair asked for, and every pair of neighbours."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from arena.boards.pairs import BoardPairs, PairOdds, board_pairs
from arena.boards.table import board_head, find_board
from arena.models.visibility import Viewer
from lumenboard.formatting import count, percent
from lumenboard.pages.base import Paginator, addressed, known_board, select_field
from lumenboard.pages.boards.parts import board_title, crumbs, part_tabs
from providers.models import ImageModel

PER_PAGE: Final = 100


@dataclass(frozen=True)
class PlannedPair:
    """Names and addresses of two models, the higher rated first, and what is known of them."""

    first: str
    second: str
    compare_url: str
    probability: float
    votes: str
    is_settled: bool


@require_safe
@addressed
@known_board
def planner(request: HttpRequest, key: str, *, viewer: Viewer) -> HttpResponse:
    """`a` and `b` name models by slug."""
    board = find_board(key, viewer)
    head, pairs = board_head(board), board_pairs(board)
    order = pairs.order
    page = Paginator(list(pairwise(order)), PER_PAGE).get_page(request.GET.get("page"))
    names = dict(ImageModel.objects.filter(slug__in=order).values_list("slug", "name"))
    chosen = [request.GET.get(name, "") for name in ("a", "b")]
    asked = _asked(pairs, chosen)
    choices = [(slug, names.get(slug, slug)) for slug in order]
    neighbours = [_planned(odds, names) for odds in pairs.odds(page)]
    context: dict[str, Any] = {
        "title": f"{board_title(head)}: votes needed",
        "crumbs": crumbs(head, "Votes needed"),
        "parts": part_tabs(head, "/planner"),
        "action": f"{head.url}/planner",
        "fields": [
            select_field(*field, choices, unset="choose")
            for field in zip("ab", ("Model", "Other model"), chosen, strict=True)
        ],
        "lede": _lede(_planned(asked, names)) if asked else _neighbours_lede(neighbours),
        "neighbours": neighbours,
        "page": page,
        "vote_url": f"/vote/{head.competition_id}" if head.kind == "competition" else "/vote",
    }
    return render(request, "boards/planner.html", context)


def _asked(pairs: BoardPairs, chosen: list[str]) -> PairOdds | None:
    """Two different models of the board; None for anything else."""
    place = {slug: index for index, slug in enumerate(pairs.order)}
    if len(set(chosen) & place.keys()) < 2:
        return None
    first, second = sorted(chosen, key=place.__getitem__)
    return pairs.odds([(first, second)])[0]


def _planned(odds: PairOdds, names: dict[str, str]) -> PlannedPair:
    settled = odds.votes_needed == 0
    votes = "told apart" if settled else "level" if odds.votes_needed is None else count(odds.votes_needed)
    slugs = sorted((odds.first, odds.second))
    return PlannedPair(
        first=names.get(odds.first, odds.first),
        second=names.get(odds.second, odds.second),
        compare_url=f"/compare/{slugs[0]}/{slugs[1]}",
        probability=odds.probability,
        votes=votes,
        is_settled=settled,
    )


def _lede(pair: PlannedPair) -> str:
    better = f"{pair.first} is the better one with {percent(pair.probability)}"
    if pair.is_settled:
        return f"{pair.first} and {pair.second} are told apart: {better}."
    if pair.votes == "level":
        return f"{pair.first} and {pair.second} are level; no number of votes tells equals apart."
    return f"{pair.votes} more votes on {pair.first} against {pair.second} would tell them apart. So far {better}."


def _neighbours_lede(neighbours: list[PlannedPair]) -> str:
    if not neighbours:
        return "The board has no two models to tell apart yet."
    settled = sum(pair.is_settled for pair in neighbours)
    return f"{settled} of {len(neighbours)} pairs of neighbours are told apart."
