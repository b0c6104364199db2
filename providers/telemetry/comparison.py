"""Two sets of calls compared: the difference of a duration or of a success rate, with a 95% interval. Pure.

Intervals of a percentile come from order statistics; those of differences are put together by the square-and-add rule
(Zou and Donner, 2008; for proportions it is Newcombe's of 1998).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, hypot, sqrt

import numpy as np

from providers.telemetry.figures import FEWEST_FOR_PERCENTILES, Success, Z
from providers.telemetry.histogram import BIN_VALUES, Histogram


@dataclass(frozen=True)
class IntervalEstimate:
    """A figure with the ends of its 95% interval, all in one unit."""

    value: float
    lower: float
    upper: float


@dataclass(frozen=True)
class Difference:
    """First minus second."""

    value: float
    lower: float
    upper: float

    @property
    def is_clear(self) -> bool:
        """Whether zero lies outside the interval."""
        return self.lower > 0 or self.upper < 0


def percentile_interval(histogram: Histogram, percent: int) -> IntervalEstimate | None:
    """Milliseconds; None with fewer calls than a percentile needs."""
    count = histogram.count
    if count < FEWEST_FOR_PERCENTILES:
        return None
    share = percent / 100
    half = Z * sqrt(count * share * (1 - share))
    ranks = (ceil(count * share), floor(count * share - half), ceil(count * share + half) + 1)
    value, lower, upper = (_at_rank(histogram, min(count, max(1, rank))) for rank in ranks)
    return IntervalEstimate(value, lower, upper)


def success_interval(success: Success | None) -> IntervalEstimate | None:
    """Fractions, Wilson's interval."""
    if success is None:
        return None
    return IntervalEstimate(float(success.rate), float(success.lower), float(success.upper))


def difference(first: IntervalEstimate | None, second: IntervalEstimate | None) -> Difference | None:
    """None where either is missing."""
    if first is None or second is None:
        return None
    value = first.value - second.value
    down = hypot(first.value - first.lower, second.upper - second.value)
    up = hypot(first.upper - first.value, second.value - second.lower)
    return Difference(value, value - down, value + up)


def _at_rank(histogram: Histogram, rank: int) -> float:
    return float(BIN_VALUES[np.searchsorted(np.cumsum(histogram.counts), rank)])
