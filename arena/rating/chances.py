"""The logistic chances that the fitted methods share, the weak prior on strengths, the Elo scale, and Laplacians.

Not about what was counted: that is in the tallies.
"""

from __future__ import annotations

import math

import numpy as np

from arena.rating.tallies import Floats

FARTHEST = 700.0  # log odds beyond which exp overflows


def chance(ahead: Floats) -> Floats:
    """The logistic function of log odds."""
    likely: Floats = 1 / (1 + np.exp(np.minimum(-ahead, FARTHEST)))
    return likely


def chances(strengths: Floats) -> Floats:
    """p[..., i, j], the chance that i beats j, of strengths (..., n).

    Read 1 - p as the matrix transpose, which keeps its digits when p is nearly 1.
    """
    return chance(strengths[..., :, None] - strengths[..., None, :])


def laplacian(weights: Floats) -> Floats:
    """Weights (..., n, n) have a zero diagonal: no model meets itself."""
    by_pair: Floats = -weights
    diagonal(by_pair)[...] += weights.sum(axis=-1)
    return by_pair


def diagonal(matrices: Floats) -> Floats:
    """A view of the diagonals (..., n) of matrices (..., n, n), to be written to."""
    view: Floats = np.einsum("...ii->...i", matrices)
    return view


def prior_slope(prior: float, strengths: Floats) -> Floats:
    """What `prior` games against strength 0, half won and half lost, add to the gradient."""
    slope: Floats = prior * (0.5 - chance(strengths))
    return slope


def prior_curvature(prior: float, strengths: Floats) -> Floats:
    """What they add to the diagonal of the curvature."""
    p = chance(strengths)
    curvature: Floats = prior * p * (1 - p)
    return curvature


def prior_variance(prior: float, strengths: Floats) -> Floats:
    """What they add to the diagonal of the sum of squared scores."""
    p = chance(strengths)
    variance: Floats = prior * ((1 - p) ** 2 + p**2) / 2
    return variance


MEAN = 1000.0
POINTS_PER_LOG_ODDS = 400 / math.log(10)
PUBLISHED_DECIMALS = 2


def to_elo(strengths: Floats) -> Floats:
    """Strengths in log odds, any zero, to ratings whose mean is 1000."""
    if not len(strengths):
        return strengths
    ratings: Floats = MEAN + POINTS_PER_LOG_ODDS * (strengths - strengths.mean())
    return ratings
