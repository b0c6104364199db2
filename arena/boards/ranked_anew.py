"""Ranks and their ranges counted among the models that are left of a board; ratings stay those of the whole. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from arena.rating.ranks import rank_ranges, ranks

if TYPE_CHECKING:
    from arena.boards.table import StandingRow


def ranked_anew(rows: Sequence[StandingRow]) -> tuple[StandingRow, ...]:
    """Rows in the order of the board, each with its place among these."""
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
