"""Bradley–Terry by maximum likelihood with a weak prior, and its covariance, by ascent over counted pairs.

Not here: the Elo scale, ranks and who is ranked.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from arena.rating.chances import (
    chance,
    chances,
    diagonal,
    laplacian,
    prior_curvature,
    prior_slope,
    prior_variance,
    to_elo,
)
from arena.rating.components import connected_components, is_strongly_connected, places_of, scoring_groups
from arena.rating.errors import BadPrior, FitDoesNotExist, NotConverged, UnknownModel
from arena.rating.fit import STANDARD_ERRORS, Estimate, PartialEstimate, RatingFit, about_the_mean, centred_sandwich
from arena.rating.tallies import ALL_OUTCOMES, Counts, Floats, Tallies

STEP_CAP = 2.0  # log units; farther than that the quadratic model says nothing
TOLERANCE = 1e-8
MAX_STEPS = 500

# parameters in, (gradient, minus the second derivatives, positive definite) out
System = Callable[[Floats], tuple[Floats, Floats]]


def climb(system: System, start: Floats) -> tuple[Floats, int]:
    """The maximum and the number of steps taken; raises NotConverged.

    One step is taken past the tolerance: convergence is quadratic there, so what is left is rounding
    and the published digits are the same everywhere. Several problems (..., n) climb together until all are there.
    """
    x = start
    for steps in range(1, MAX_STEPS + 1):
        step = _step(system, x)
        x = x + step
        if float(np.max(np.abs(step))) < TOLERANCE:
            return x + _step(system, x), steps + 1
    raise NotConverged(f"no convergence within {MAX_STEPS} Newton steps")


def _step(system: System, x: Floats) -> Floats:
    gradient, curvature = system(x)
    try:
        step: Floats = np.asarray(np.linalg.solve(curvature, gradient[..., None])[..., 0], dtype=np.float64)
    except np.linalg.LinAlgError as singular:
        raise NotConverged("the curvature is singular to working precision") from singular
    longest = np.max(np.abs(step), axis=-1, keepdims=True)
    if not np.isfinite(longest).all():
        raise NotConverged("a Newton step is not finite")
    capped: Floats = np.where(longest > STEP_CAP, step * (STEP_CAP / np.maximum(longest, STEP_CAP)), step)
    return capped


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
    parts = curvature_and_score_variance(tallies.wins[square], tallies.ties[square], prior, centred)
    covariance = centred_sandwich(*parts)
    return strengths, covariance, steps


def curvature_and_score_variance(wins: Counts, ties: Counts, prior: float, centred: Floats) -> tuple[Floats, Floats]:
    """H and B of the sandwich, (..., n, n), of W and T (..., n, n).

    Strengths (..., n) have their zero where the virtual opponent of the prior stands.
    """
    return _system(wins + ties / 2, prior, centred)[1], _score_variance(wins, ties, prior, centred)


def _nothing_fitted(tallies: Tallies, prior: float) -> RatingFit:
    return RatingFit((), np.zeros(0), np.zeros((0, 0)), prior, 0, True, connected_components(tallies))


def _system(scores: Floats, prior: float, strengths: Floats) -> tuple[Floats, Floats]:
    p = chances(strengths)
    # S(1-p) - Sᵀp instead of S - Np: exactly antisymmetric, so rounding cannot tilt the sum
    gained = scores * p.mT
    gradient = (gained - gained.mT).sum(axis=-1) + prior_slope(prior, strengths)
    curvature = laplacian((scores + scores.mT) * p * p.mT)
    if prior == 0:
        # the mean is free; holding it changes no difference between models
        held = diagonal(curvature).sum(axis=-1) / scores.shape[-1] ** 2
        curvature += held[..., None, None]
    else:
        diagonal(curvature)[...] += prior_curvature(prior, strengths)
    return gradient, curvature


def _score_variance(wins: Counts, ties: Counts, prior: float, strengths: Floats) -> Floats:
    """The sum of squared scores per battle, the virtual games counted too."""
    p = chances(strengths)
    surprise = wins * p.mT**2
    variance = laplacian(surprise + surprise.mT + ties * (0.5 - p) ** 2)
    diagonal(variance)[...] += prior_variance(prior, strengths)
    return variance


def refit(scores: Floats, prior: float, start: Floats) -> tuple[Floats, Floats]:
    """Strengths and curvature for points S[..., i, j] only a little other than those `start` (..., n) was fitted on."""
    strengths, _ = climb(lambda x: _system(scores, prior, x), start)
    return strengths, _system(scores, prior, strengths)[1]


LEFT_POINTS = {outcome.name: outcome.left_points for outcome in ALL_OUTCOMES}


@dataclass(frozen=True)
class RatingChange:
    """One model's rating on the Elo scale before and after one more vote; both unrounded."""

    model: str
    before: float
    after: float


def probability_better(fit: Estimate | PartialEstimate, first: str, second: str) -> float:
    """The chance that the first is the stronger one: the normal distribution at the difference over its standard error.

    1/2 where nothing is known. Raises UnknownModel.
    """
    ahead, variance = fit.ahead(first, second)
    if not variance:
        return 0.5 if not ahead else float(ahead > 0)
    return NormalDist().cdf(ahead / math.sqrt(variance))


def votes_needed(fit: Estimate | PartialEstimate, first: str, second: str) -> int | None:
    """How many more votes on this very pair put 1.96 standard errors between the two, if they differ as it seems now.

    With n more votes the variance V of the difference d becomes V/(1 + nwV), w = p(1 - p); the answer is the
    smallest n with |d| at least 1.96 standard errors. 0: told apart already; None: no difference, so never.
    Raises UnknownModel.
    """
    ahead, variance = fit.ahead(first, second)
    if abs(ahead) >= STANDARD_ERRORS * math.sqrt(variance):
        return 0 if ahead else None
    likely = float(chance(np.array(ahead)))
    needed = ((STANDARD_ERRORS / ahead) ** 2 - 1 / variance) / (likely * (1 - likely)) if ahead else math.inf
    return math.ceil(needed) if math.isfinite(needed) else None


def after_one_vote(fit: Estimate, left: str, right: str, outcome: str) -> tuple[RatingChange, RatingChange]:
    """An estimate of what one vote does to left and right: one Newton step, no refit.

    Ratings move by C(e_l - e_r)(s - p)/(1 + wd), C the covariance, d its quadratic form in e_l - e_r. Closest
    to a refit with the C of `by_curvature`; a sandwich will do. Raises UnknownModel, and KeyError for an outcome
    that is none of OUTCOMES.
    """
    i, j = fit.place(left), fit.place(right)
    ahead, variance = fit.ahead(left, right)
    likely = float(chance(np.array(ahead)))
    surprise = (LEFT_POINTS[outcome] - likely) / (1 + likely * (1 - likely) * variance)
    moved = fit.strengths + (fit.covariance[:, i] - fit.covariance[:, j]) * surprise
    before, after = to_elo(fit.strengths), to_elo(moved)
    first, second = (RatingChange(fit.models[k], float(before[k]), float(after[k])) for k in (i, j))
    return first, second


def by_curvature(tallies: Tallies, models: tuple[str, ...], strengths: Floats, prior: float = 1.0) -> Estimate:
    """Models at strengths that a Bradley–Terry fit of these tallies gave, with the inverse curvature as covariance.

    About the mean, in place of the sandwich; `prior` must be above 0. Raises UnknownModel where there is no model.
    """
    if not models:
        raise UnknownModel("no model has a rating here")
    curvature = curvature_at(tallies, models, strengths, prior)
    inverse: Floats = np.asarray(np.linalg.inv(curvature), dtype=np.float64)
    return Estimate(models, strengths, about_the_mean(inverse))
