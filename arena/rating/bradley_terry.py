"""Bradley–Terry by maximum likelihood with a weak prior, and its covariance. Ties are half a win to each.

Not here: the Elo scale, ranks and who is ranked.
"""

from __future__ import annotations

import math

import numpy as np

from arena.rating.chances import chances, laplacian, prior_curvature, prior_slope, prior_variance
from arena.rating.components import connected_components, is_strongly_connected, places_of, scoring_groups
from arena.rating.errors import BadPrior, FitDoesNotExist
from arena.rating.fit import RatingFit
from arena.rating.intervals import centred_sandwich
from arena.rating.newton import climb
from arena.rating.tallies import Counts, Floats, Tallies


def fit_bradley_terry(tallies: Tallies, prior: float = 1.0) -> RatingFit:
    """Fit the largest component; every model also plays `prior` virtual games, half won, half lost, against strength 0.

    Raises BadPrior, NotConverged, and with prior 0 FitDoesNotExist.
    """
    check_prior(prior)
    if not tallies.battles:
        return _nothing_fitted(tallies, prior)
    models, *others = connected_components(tallies)
    strong = is_strongly_connected(tallies, models)
    if prior == 0 and not strong:
        groups = scoring_groups(tallies, models)
        raise FitDoesNotExist(groups.outside, groups.undefeated, groups.winless)
    strengths, covariance, steps = _fit(tallies, models, prior)
    return RatingFit(models, strengths, covariance, prior, steps, strong, tuple(others))


def fit_every_model(tallies: Tallies, prior: float = 1.0) -> RatingFit:
    """As above, but over all models, whoever was compared with whom: the prior alone holds the parts together.

    Not for boards. It says where votes are missing and serves few votes of one person. `prior` must be
    above 0; a model without battles stands at strength 0 with the prior's variance.
    """
    check_prior(prior, above_zero=True)
    if not tallies.models:
        return _nothing_fitted(tallies, prior)
    strengths, covariance, steps = _fit(tallies, tallies.models, prior)
    strong = is_strongly_connected(tallies, tallies.models)
    return RatingFit(tallies.models, strengths, covariance, prior, steps, strong, ())


def curvature_at(tallies: Tallies, models: tuple[str, ...], strengths: Floats, prior: float = 1.0) -> Floats:
    """Minus the second derivatives of the log likelihood, prior included, at these strengths of these models."""
    places = places_of(tallies, models)
    return _system(tallies.scores[np.ix_(places, places)], prior, strengths)[1]


def check_prior(prior: float, *, above_zero: bool = False) -> None:
    """Raises BadPrior."""
    if not (math.isfinite(prior) and prior >= 0) or (above_zero and prior == 0):
        allowed = "above 0" if above_zero else "0 or more"
        raise BadPrior(f"prior: {prior!r} is not allowed; it must be a finite number of virtual games, {allowed}")


def _fit(tallies: Tallies, models: tuple[str, ...], prior: float) -> tuple[Floats, Floats, int]:
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
    return strengths, covariance, steps


def _nothing_fitted(tallies: Tallies, prior: float) -> RatingFit:
    return RatingFit((), np.zeros(0), np.zeros((0, 0)), prior, 0, True, connected_components(tallies))


def _system(scores: Floats, prior: float, strengths: Floats) -> tuple[Floats, Floats]:
    p = chances(strengths)
    # S(1-p) - Sᵀp instead of S - Np: exactly antisymmetric, so rounding cannot tilt the sum
    gained = scores * p.T
    gradient = (gained - gained.T).sum(axis=1) + prior_slope(prior, strengths)
    curvature = laplacian((scores + scores.T) * p * p.T)
    if prior == 0:
        # the mean is free; holding it changes no difference between models
        curvature += np.trace(curvature) / len(scores) ** 2
    else:
        np.einsum("ii->i", curvature)[:] += prior_curvature(prior, strengths)
    return gradient, curvature


def _score_variance(wins: Counts, ties: Counts, prior: float, strengths: Floats) -> Floats:
    """The sum of squared scores per battle, the virtual games counted too."""
    p = chances(strengths)
    surprise = wins * p.T**2
    variance = laplacian(surprise + surprise.T + ties * (0.5 - p) ** 2)
    np.einsum("ii->i", variance)[:] += prior_variance(prior, strengths)
    return variance


def refit(scores: Floats, prior: float, start: Floats) -> tuple[Floats, Floats]:
    """Strengths and curvature for points S[i, j] that are only a little other than those `start` was fitted on."""
    strengths, _ = climb(lambda x: _system(scores, prior, x), start)
    return strengths, _system(scores, prior, strengths)[1]
