"""Ranks and rank ranges over models that are ranked; who is ranked is decided by the caller."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from arena.rating.tallies import Counts, Floats

MINIMUM_BATTLES = 4  # fewer, and a rating is shown without a rank


def ranks(ratings: Floats) -> Counts:
    """1 + models rated strictly higher; equals share a rank."""
    return 1 + _counted(ratings[None, :] > ratings[:, None])


def rank_ranges(lower: Floats, upper: Floats) -> tuple[Counts, Counts]:
    """Best = 1 + models whose lower bound is above my upper; worst = n - models whose upper bound is below my lower."""
    best = 1 + _counted(lower[None, :] > upper[:, None])
    worst = len(lower) - _counted(upper[None, :] < lower[:, None])
    return best, worst


def _counted(others: npt.NDArray[np.bool_]) -> Counts:
    counts: Counts = others.sum(axis=1, dtype=np.int64)
    return counts
