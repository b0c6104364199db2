"""A comparison in words and rows, from what was read of both models. No queries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from arena.boards.head_to_head import HeadToHead, Pair, SharedBoard
from arena.models import Entry
from lumenboard import formatting
from lumenboard.facts import rows
from lumenboard.facts.assembly import STANDARD_SIZE
from lumenboard.facts.figures import reported_performance
from lumenboard.pages.compare.radar import Skill
from lumenboard.pages.models.sections import fastest, origin_text, shown_size
from providers.models import ImageModel
from providers.modes import MODES
from providers.pricing import headline_price

Piece = dict[str, Any]
SURE: Final = 0.995


def board_words(board: SharedBoard) -> str:
    """`text to image`, or the title with its mode."""
    mode = formatting.mode_label(board.head.mode)
    return mode.lower() if board.head.kind == "mode" else f"{board.head.title} ({mode.lower()})"


def finding(models: Pair, boards: Sequence[SharedBoard]) -> str:
    """The sentence at the top, from the widest board that can tell; boards come widest first."""
    known = next((board for board in boards if board.probability is not None), None)
    if known is None or known.probability is None:
        return ""
    better, worse, chance = models[0].name, models[1].name, known.probability
    if chance < 1 / 2:
        better, worse, chance = worse, better, 1 - chance
    return f"{better} beats {worse} with probability {chance_words(chance)} on the {board_words(known)} board"


def chance_words(chance: float) -> str:
    """Whole per cent; never 0 or 100, which no number of votes can show."""
    if chance > SURE:
        return "over 99 %"
    return "under 1 %" if chance < 1 - SURE else f"{100 * chance:.0f} %"


def tally_rows(tallies: Sequence[HeadToHead], part: slice) -> list[Piece]:
    """All battles together, then each competition of the part; the outcomes with their shares."""
    if not tallies:
        return []
    total = HeadToHead(
        title="All shared competitions",
        url="",
        wins=sum(one.wins for one in tallies),
        ties=sum(one.ties for one in tallies),
        both_bad=sum(one.both_bad for one in tallies),
        losses=sum(one.losses for one in tallies),
        is_demo=all(one.is_demo for one in tallies),
    )
    return [_tally_row(one) for one in (total, *tallies[part])]


def _tally_row(one: HeadToHead) -> Piece:
    counts = {"wins": one.wins, "even": one.even, "bad": one.both_bad, "losses": one.losses}
    widths = {f"{name}_width": round(100 * n / one.battles, 2) for name, n in counts.items()}
    starts = {
        "even_x": widths["wins_width"],
        "bad_x": round(100 * (one.wins + one.even) / one.battles, 2),
        "losses_x": round(100 * (one.wins + one.ties) / one.battles, 2),
    }
    shares = {f"{name}_share": n / one.battles for name, n in counts.items()}
    named = {"title": one.title, "prompt": one.prompt, "url": one.url}
    return {**named, "battles": one.battles, **counts, **widths, **starts, **shares}


def board_rows(boards: Sequence[SharedBoard]) -> list[Piece]:
    """Both ratings with intervals, and the chance that the first is the stronger one."""
    return [
        {
            "title": board.head.title,
            "mode": board.head.mode,
            "kind": board.head.kind,
            "prompt": board.head.prompt,
            "url": board.head.url,
            "first": board.first,
            "second": board.second,
            "chance": chance_words(board.probability) if board.probability is not None else formatting.ABSENT,
        }
        for board in boards
    ]


def skills(boards: Sequence[SharedBoard]) -> list[Skill]:
    """Categories both are rated on; the mode with them, as one name may stand for a category of each mode."""
    return [
        Skill(board.head.title, board.first.rating, board.second.rating, formatting.mode_label(board.head.mode).lower())
        for board in boards
        if board.head.kind == "category" and board.first.rating is not None and board.second.rating is not None
    ]


def entry_pairs(pairs: Sequence[tuple[Entry, Entry]], models: Pair) -> list[Piece]:
    """Both pictures of one prompt, in the order of the models."""
    return [
        {
            "title": pair[0].competition.title,
            "url": pair[0].competition.get_absolute_url(),
            "prompt": pair[0].competition.prompt,
            "shown": [{"entry": entry, "model": model} for entry, model in zip(pair, models, strict=True)],
        }
        for pair in pairs
    ]


def fact_rows(models: Pair) -> list[Piece]:
    """Price and speed of both under each other's, one row per fact."""
    shared = [mode for mode in MODES if any(mode in model.modes for model in models)]
    found: list[Piece] = [
        {
            "term": f"{formatting.mode_label(mode)}, one {shown_size(STANDARD_SIZE)} image",
            "cells": [_price(m, mode) for m in models],
        }
        for mode in shared
    ]
    found.append({"term": "Fastest reliable provider, median", "cells": [_speed(model) for model in models]})
    found.append({"term": "Providers", "cells": [_providers(model) for model in models]})
    return found


def _price(model: ImageModel, mode: str) -> Piece:
    if mode not in model.modes:
        return {"value": formatting.ABSENT, "note": "not offered"}
    price = headline_price([rows.endpoint_sheet(row) for row in model.endpoints.all()], [mode])
    if price is None:
        return {"value": formatting.ABSENT, "note": "no price known"}
    return {"value": formatting.usd(price.amount_usd), "note": "at the cheapest provider"}


def _speed(model: ImageModel) -> Piece:
    row = fastest([reported_performance(one) for one in model.reported_performance.all()])
    if row is None:
        return {"value": formatting.ABSENT, "note": "nothing reported"}
    return {"value": formatting.ms(row.p50_ms), "note": f"{row.provider.name}, {origin_text(row.origin)}"}


def _providers(model: ImageModel) -> Piece:
    names = sorted({row.provider.name for row in model.endpoints.all()})
    return {"value": str(len(names)), "note": ", ".join(names)}
