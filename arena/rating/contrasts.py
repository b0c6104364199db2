"""How sure the differences of models are for prompts like those of a board, and what that adds to a verdict.

A verdict for prompts like these is given only where one on these prompts stands.
"""

import math
from statistics import NormalDist
from typing import Final

import numpy as np

from arena.rating.components import Mask
from arena.rating.prompts import Deletions, Spread, spread
from arena.rating.student import student_quantile
from arena.rating.tallies import Floats

# looked at again and again: a narrower chance than 5% keeps the words that are false at any look under 10%
OUTSIDE_OF_VERDICTS: Final = 0.03
MOST_PROMPTS: Final = 1_000


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


def prompts_until_decided(distance: float, half_width: float, competitions: int, power: float) -> int | None:
    """How many more competitions put the interval of a contrast off a bound `distance` away with this chance.

    `half_width` is that of the interval now, over so many competitions, in the unit of `distance`. If the contrast is
    as it seems, the mean over k' competitions is normal about it with variance s²(k' - k)/k'² given the k there are,
    and the interval's half-width becomes t s/√k'. 0: it is off now. None where MOST_PROMPTS are too few.
    """
    if competitions < 2 or distance <= 0:
        return None
    if distance > half_width:
        return 0
    scatter = half_width / student_quantile(competitions - 1, OUTSIDE_OF_VERDICTS) * math.sqrt(competitions)
    surely = NormalDist().inv_cdf(power)

    def is_off(more: int) -> bool:
        k = competitions + more
        width = student_quantile(k - 1, OUTSIDE_OF_VERDICTS) * scatter / math.sqrt(k)
        return distance > width + surely * scatter * math.sqrt(more) / k

    low, high = 0, 1
    while not is_off(high):
        low, high = high, 2 * high
        if high > MOST_PROMPTS:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_off(middle) else (middle, high)
    return high


def _squared_differences(moved: Floats, where: Floats) -> Floats:
    """Σ_c where_ci where_cj (moved_ci - moved_cj)² as n × n, without an array of P × n × n."""
    masked = moved * where
    squares = (masked * moved).T @ where
    summed: Floats = squares + squares.T - 2 * masked.T @ masked
    return summed
