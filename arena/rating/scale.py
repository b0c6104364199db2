"""The Elo scale: mean 1000, 400/ln 10 points per unit of log odds. Ratings of different boards do not compare."""

from __future__ import annotations

import math

from arena.rating.tallies import Floats

MEAN = 1000.0
POINTS_PER_LOG_ODDS = 400 / math.log(10)
PUBLISHED_DECIMALS = 2


def to_elo(strengths: Floats) -> Floats:
    """Strengths in log odds, any zero, to ratings whose mean is 1000."""
    if not len(strengths):
        return strengths
    ratings: Floats = MEAN + POINTS_PER_LOG_ODDS * (strengths - strengths.mean())
    return ratings
