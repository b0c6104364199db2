"""How sure the differences of models are for prompts like those of a board, and what that adds to a verdict.

A verdict for prompts like these is given only where one on these prompts stands.
"""

from typing import Final

import numpy as np

from arena.rating.components import Mask
from arena.rating.prompts import Deletions, Spread, spread
from arena.rating.tallies import Floats

# looked at again and again: a narrower chance than 5% keeps the words that are false at any look under 10%
OUTSIDE_OF_VERDICTS: Final = 0.03


def contrasts(deletions: Deletions) -> Spread:
    """Of each strength less each other (n × n), as `Deletions.ratings`; k counts the competitions with both.

    `deletions` hold competitions with battles alone.
    """
    met = deletions.met
    moved = deletions.without - deletions.strengths
    shared = met.T.astype(np.int64) @ met.astype(np.int64)
    of_all = 1 / max(len(met), 1)
    everywhere = _squared_differences(moved, np.ones_like(moved))
    where_both = _squared_differences(moved, met.astype(np.float64))
    variance = (1 - of_all) * everywhere - (1 / np.maximum(shared, 1) - of_all) * where_both
    cut = deletions.cut_off[:, None] | deletions.cut_off[None, :]
    return spread(deletions.strengths[:, None] - deletions.strengths[None, :], variance, shared, cut)


def better_for_prompts(of_pairs: Spread) -> Mask:
    """Where the row's model (n × n) is better for prompts like these."""
    better: Mask = of_pairs.figures > of_pairs.half_widths(OUTSIDE_OF_VERDICTS)
    return better


def equivalent_for_prompts(of_pairs: Spread, margin: float) -> Mask:
    """Where two models (n × n) differ by less than `margin` (log odds) for prompts like these."""
    equivalent: Mask = np.abs(of_pairs.figures) + of_pairs.half_widths(OUTSIDE_OF_VERDICTS) < margin
    return equivalent


def _squared_differences(moved: Floats, where: Floats) -> Floats:
    """Σ_c where_ci where_cj (moved_ci - moved_cj)² as n × n, without an array of P × n × n."""
    masked = moved * where
    squares = (masked * moved).T @ where
    summed: Floats = squares + squares.T - 2 * masked.T @ masked
    return summed
