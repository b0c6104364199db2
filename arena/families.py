"""A board with one model of each family, so that siblings neither fill its places nor push others down.

Ratings stay those of the whole board; only ranks and their ranges are counted anew, among the models that are left.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from arena.board_table import BoardTable, StandingRow
from arena.rating.ranks import rank_ranges, ranks

STRONGEST: Final = "strongest"  # how addresses ask for it


def one_per_family(table: BoardTable) -> BoardTable:
    """Of each family the model with the highest rating, ranked ones before unranked; models without family all stay."""
    strongest: dict[tuple[str, str, str], StandingRow] = {}
    for row in table.rows:
        best = strongest.setdefault(_line_of(row), row)
        if _strength(row) > _strength(best):
            strongest[_line_of(row)] = row
    rows = _ranked_anew([row for row in table.rows if strongest[_line_of(row)] is row])
    made = table.computation
    ranked = sum(row.rank is not None for row in rows)
    return replace(table, rows=rows, computation=made and replace(made, ranked_models=ranked))


def has_siblings(rows: Iterable[StandingRow]) -> bool:
    """Whether one family has several models on the board."""
    families = [_line_of(row) for row in rows if row.family]
    return len(families) > len(set(families))


def _line_of(row: StandingRow) -> tuple[str, str, str]:
    return (row.creator_slug, row.family, "" if row.family else row.slug)


def _strength(row: StandingRow) -> tuple[bool, bool, float]:
    return (row.comparable, row.rank is not None, row.rating if row.rating is not None else float("-inf"))


def _ranked_anew(rows: Sequence[StandingRow]) -> tuple[StandingRow, ...]:
    ranked = [row for row in rows if row.rank is not None]
    places = dict(zip((row.slug for row in ranked), ranks(_figures(ranked, "rating")).tolist(), strict=True))
    spans: dict[str, list[int]] = {}
    if all(row.lower is not None for row in ranked):  # replayed methods have no intervals
        best, worst = rank_ranges(_figures(ranked, "lower"), _figures(ranked, "upper"))
        spans = {row.slug: span for row, *span in zip(ranked, best.tolist(), worst.tolist(), strict=True)}
    return tuple(_placed(row, places.get(row.slug), *spans.get(row.slug, (None, None))) for row in rows)


def _figures(rows: Sequence[StandingRow], name: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array([getattr(row, name) for row in rows], dtype=np.float64)


def _placed(row: StandingRow, rank: int | None, best: int | None, worst: int | None) -> StandingRow:
    return replace(row, rank=rank, rank_best=best, rank_worst=worst)
