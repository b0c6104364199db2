"""Bradley–Terry by maximum likelihood with a weak prior, and its covariance. Ties are half a win to each.

Not here: the Elo scale, ranks and who is ranked.
"""

from __future__ import annotations

import math

import numpy as np

from arena.rating.components import connected_components, is_strongly_connected, places_of, scoring_groups
from arena.rating.errors import BadPrior, FitDoesNotExist
from arena.rating.fit import RatingFit
from arena.rating.intervals import centred_sandwich
from arena.rating.newton import climb
from arena.rating.tallies import Counts, Floats, Tallies

FARTHEST = 700.0  # log odds beyond which exp overflows


def fit_bradley_terry(tallies: Tallies, prior: float = 1.0) -> RatingFit:
    """Fit the largest component; every model also plays `prior` virtual games, half won, half lost, against strength 0.

    Raises BadPrior, NotConverged, and with prior 0 FitDoesNotExist.
    """
    if not (math.isfinite(prior) and prior >= 0):
        raise BadPrior(f"prior: {prior!r} is not allowed; it must be a finite number of virtual games, 0 or more")
    if not tallies.battles:
        return _nothing_fitted(tallies, prior)
    models, *others = connected_components(tallies)
    strong = is_strongly_connected(tallies, models)
    if prior == 0 and not strong:
        groups = scoring_groups(tallies, models)
        raise FitDoesNotExist(groups.outside, groups.undefeated, groups.winless)
    places = places_of(tallies, models)
    square = np.ix_(places, places)
    scores = tallies.scores[square]
    strengths, steps = climb(lambda x: _system(scores, prior, x), np.zeros(len(models)))
    # intervals are about the mean of the board, so for them the virtual opponent stands there too
    centred = strengths - strengths.mean()
    covariance = centred_sandwich(
        _system(scores, prior, centred)[1],
        _score_variance(tallies.wins[square], tallies.ties[square], prior, centred),
    )
    return RatingFit(models, strengths, covariance, prior, steps, strong, tuple(others))


def _nothing_fitted(tallies: Tallies, prior: float) -> RatingFit:
    return RatingFit((), np.zeros(0), np.zeros((0, 0)), prior, 0, True, connected_components(tallies))


def _chance(ahead: Floats) -> Floats:
    """The logistic function of log odds."""
    chance: Floats = 1 / (1 + np.exp(np.minimum(-ahead, FARTHEST)))
    return chance


def _chances(strengths: Floats) -> Floats:
    """p[i, j], the chance that i beats j; read 1 - p as p.T, which keeps its digits when p is nearly 1."""
    return _chance(strengths[:, None] - strengths[None, :])


def _system(scores: Floats, prior: float, strengths: Floats) -> tuple[Floats, Floats]:
    p = _chances(strengths)
    against_prior = _chance(strengths)
    # S(1-p) - Sᵀp instead of S - Np: exactly antisymmetric, so rounding cannot tilt the sum
    gained = scores * p.T
    gradient = (gained - gained.T).sum(axis=1) + prior * (0.5 - against_prior)
    curvature = _laplacian((scores + scores.T) * p * p.T)
    if prior == 0:
        # the mean is free; holding it changes no difference between models
        curvature += np.trace(curvature) / len(scores) ** 2
    else:
        np.einsum("ii->i", curvature)[:] += prior * against_prior * (1 - against_prior)
    return gradient, curvature


def _score_variance(wins: Counts, ties: Counts, prior: float, strengths: Floats) -> Floats:
    """The sum of squared scores per battle, the virtual games counted too."""
    p = _chances(strengths)
    against_prior = _chance(strengths)
    surprise = wins * p.T**2
    variance = _laplacian(surprise + surprise.T + ties * (0.5 - p) ** 2)
    np.einsum("ii->i", variance)[:] += prior * ((1 - against_prior) ** 2 + against_prior**2) / 2
    return variance


def _laplacian(weights: Floats) -> Floats:
    """Weights have a zero diagonal: no model meets itself."""
    laplacian: Floats = np.diag(weights.sum(axis=1)) - weights
    return laplacian
