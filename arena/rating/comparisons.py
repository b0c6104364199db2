"""Questions about two models that the covariance answers; overlapping bars do not. Not a fit."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from arena.rating.bradley_terry import curvature_at
from arena.rating.chances import chance
from arena.rating.errors import UnknownModel
from arena.rating.fit import Estimate, PartialEstimate
from arena.rating.intervals import STANDARD_ERRORS, about_the_mean
from arena.rating.outcomes import ALL_OUTCOMES
from arena.rating.scale import to_elo
from arena.rating.tallies import Floats, Tallies

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
