"""One model at several providers: how good their pictures of the same prompts and seeds are, price and speed beside."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from arena.models.parity import PREFIX
from arena.models.visibility import Viewer
from arena.parity.board import ParityTable, find_parity_board
from lumenboard.facts.parity import ParityFacts, parity_facts
from lumenboard.formatting import count, mode_label
from lumenboard.pages.base import preview_badges, previewed

# further sentences stand below the table
CLAIMS = 1


@previewed
def parity_board(request: HttpRequest, name: str, *, viewer: Viewer) -> HttpResponse:
    """`name` is the key without its first word."""
    board = find_parity_board(f"{PREFIX}{name}", viewer)
    if board is None:
        raise Http404(f"There is no board {PREFIX}{name}.")
    facts = parity_facts(board)
    model = board.model
    context = {
        "title": f"{model.name}: same model, different providers",
        "lede": _lede(facts.table),
        "crumbs": [
            {"label": "Leaderboards", "url": "/leaderboards"},
            {"label": model.name, "url": model.get_absolute_url()},
            {"label": mode_label(board.mode), "url": ""},
        ],
        "badges": [*_badges(facts), *preview_badges(viewer)],
        "facts": facts,
        "model": model,
        "board": board,
        "method": _method(facts.table),
    }
    return render(request, "boards/parity.html", context)


def _lede(table: ParityTable) -> str:
    if not table.votes:
        return "Nobody has voted on these pairs yet."
    claims = [verdict.sentence for verdict in table.verdicts]
    return " ".join(claims[:CLAIMS])


def _badges(facts: ParityFacts) -> list[dict[str, str]]:
    if facts.board.is_demo:
        return [{"kind": "demo", "text": "demo world: simulated votes and pictures"}]
    return [{"kind": "simulated", "text": "some pictures are simulated"}] if facts.table.is_simulated else []


def _method(table: ParityTable) -> list[dict[str, Any]]:
    computed = table.computation
    items = [
        {"term": "Votes", "value": count(table.votes)},
        {"term": "Set aside", "value": count(computed.set_aside_votes) if computed else ""},
        {"term": "Prompts", "value": count(table.prompts)},
        {"term": "Seeds", "value": count(table.seeds)},
        {"term": "Digest", "value": computed.digest[:16] if computed else ""},
    ]
    return [item for item in items if item["value"]]
