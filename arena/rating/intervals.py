"""Covariances about the mean of a board, the 95% intervals they give, and the ranks those leave open."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from arena.rating.tallies import Counts, Floats

STANDARD_ERRORS = 1.96  # 95% of a normal distribution


def centred_sandwich(curvature: Floats, score_variance: Floats) -> Floats:
    """H⁻¹BH⁻¹ seen from the mean of the board, C = I - 11ᵀ/n on both sides (P. J. Huber, 1967)."""
    return about_the_mean(sandwich(curvature, score_variance))


def sandwich(curvature: Floats, score_variance: Floats) -> Floats:
    """H⁻¹BH⁻¹, in the parameters as fitted."""
    bread = np.linalg.inv(curvature)
    filled: Floats = bread @ score_variance @ bread
    return filled


def about_the_mean(covariance: Floats) -> Floats:
    by_row = covariance - covariance.mean(axis=0, keepdims=True)
    centred = by_row - by_row.mean(axis=1, keepdims=True)
    symmetric: Floats = (centred + centred.T) / 2
    return symmetric


def standard_errors(covariance: Floats) -> Floats:
    # a variance that is exactly 0 may come out as -1e-20
    errors: Floats = np.sqrt(np.maximum(np.diagonal(covariance), 0.0))
    return errors


def bounds(ratings: Floats, errors: Floats) -> tuple[Floats, Floats]:
    """Lower and upper ends of the 95% intervals, in the unit of both arguments."""
    return ratings - STANDARD_ERRORS * errors, ratings + STANDARD_ERRORS * errors


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
