"""What one more vote would do to two ratings, before the board is computed again. An estimate, not a fit."""

from __future__ import annotations

import math
from dataclasses import dataclass

from arena.rating.scale import POINTS_PER_LOG_ODDS

Z_95 = 1.96


@dataclass(frozen=True)
class Rated:
    """A rating with its 95 % bounds, on the Elo scale."""

    rating: float
    lower: float
    upper: float


def preview(left: Rated, right: Rated, left_score: float) -> tuple[float, float]:
    """Both ratings after one Newton step; `left_score` is 1 for left, 0 for right, ½ for a tie.

    With p = σ(x_left − x_right), w = p(1−p) and variances v taken from the bounds as if independent, model i moves by
    ± v_i (score − p) / (1 + w (v_left + v_right)) in log odds: the Kalman form of one Bradley–Terry observation.
    """
    expected = 1 / (1 + math.exp((right.rating - left.rating) / POINTS_PER_LOG_ODDS))
    v_left, v_right = _variance(left), _variance(right)
    step = (left_score - expected) / (1 + expected * (1 - expected) * (v_left + v_right))
    return (
        left.rating + POINTS_PER_LOG_ODDS * v_left * step,
        right.rating - POINTS_PER_LOG_ODDS * v_right * step,
    )


def _variance(rated: Rated) -> float:
    error = (rated.upper - rated.lower) / (2 * Z_95 * POINTS_PER_LOG_ODDS)
    return error * error
