"""Whether the left image wins more often than it should: Bradley–Terry with one term for the left side.

One figure per board; ratings do not use it, because sides are drawn by coin.
"""

import math
from dataclasses import dataclass

import numpy as np

from arena.rating.bradley_terry import check_prior, climb
from arena.rating.chances import POINTS_PER_LOG_ODDS, chance, laplacian, prior_curvature, prior_slope, prior_variance
from arena.rating.intervals import STANDARD_ERRORS, sandwich
from arena.rating.tallies import Floats, Tallies


@dataclass(frozen=True)
class SideBias:
    """The left side's advantage in log odds, its standard error, and the battles behind it."""

    log_odds: float
    error: float
    battles: int

    @property
    def points(self) -> float:
        """The advantage on the Elo scale."""
        return POINTS_PER_LOG_ODDS * self.log_odds

    @property
    def left_wins(self) -> float:
        """The share of points that the left of two equals takes."""
        return 1 / (1 + math.exp(-self.log_odds))

    @property
    def lower(self) -> float:
        """Lower 95% bound in log odds."""
        return self.log_odds - STANDARD_ERRORS * self.error

    @property
    def upper(self) -> float:
        """Upper 95% bound in log odds."""
        return self.log_odds + STANDARD_ERRORS * self.error

    @property
    def shows(self) -> bool:
        """Whether the interval leaves 0 out."""
        return self.lower > 0 or self.upper < 0


def side_bias(tallies: Tallies, prior: float = 1.0) -> SideBias | None:
    """logit P(left wins) = x_left - x_right + b, ties half a win to each; None without a battle.

    Strengths have the prior of the ratings; b has `prior` games between equals, half won by either side.
    The standard error is the sandwich's. Raises BadPrior (the prior must be above 0) and NotConverged.
    """
    check_prior(prior, above_zero=True)
    if not tallies.battles:
        return None
    solved, _ = climb(lambda at: _system(tallies, prior, at), np.zeros(len(tallies.models) + 1))
    full = sandwich(_system(tallies, prior, solved)[1], _score_variance(tallies, prior, solved))
    return SideBias(float(solved[-1]), math.sqrt(full[-1, -1]), tallies.battles)


def _left_chances(at: Floats) -> Floats:
    return chance(at[:-1, None] - at[None, :-1] + at[-1])


def _bordered(by_pair: Floats) -> Floats:
    """Weights per ordered pair as the matrix of strengths and b: each battle is (e_left - e_right, 1)."""
    matrix = np.empty((len(by_pair) + 1, len(by_pair) + 1))
    matrix[:-1, :-1] = laplacian(by_pair + by_pair.T)
    matrix[-1, :-1] = matrix[:-1, -1] = by_pair.sum(axis=1) - by_pair.sum(axis=0)
    matrix[-1, -1] = by_pair.sum()
    return matrix


def _system(tallies: Tallies, prior: float, at: Floats) -> tuple[Floats, Floats]:
    p = _left_chances(at)
    undecided = tallies.undecided
    met = tallies.left + tallies.right + undecided
    gained = (tallies.left + undecided / 2) * (1 - p) - (tallies.right + undecided / 2) * p
    gradient = np.append(gained.sum(axis=1) - gained.sum(axis=0), gained.sum()) + prior_slope(prior, at)
    curvature = _bordered(met * p * (1 - p))
    np.einsum("ii->i", curvature)[:] += prior_curvature(prior, at)
    return gradient, curvature


def _score_variance(tallies: Tallies, prior: float, at: Floats) -> Floats:
    p = _left_chances(at)
    undecided = tallies.undecided
    squares = tallies.left * (1 - p) ** 2 + tallies.right * p**2 + undecided * (0.5 - p) ** 2
    variance = _bordered(squares)
    np.einsum("ii->i", variance)[:] += prior_variance(prior, at)
    return variance
