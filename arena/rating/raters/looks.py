"""Whether looks explain a lead: automatic figures of pictures beside strengths of models in one logistic fit. Pure.

Not how a picture is measured. A share says what goes together in these votes, not what would become of other pictures.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from arena.rating.bradley_terry import climb
from arena.rating.chances import POINTS_PER_LOG_ODDS, chance, laplacian, prior_curvature, prior_slope
from arena.rating.errors import NotConverged
from arena.rating.raters.answers import Answers, Codes, summed
from arena.rating.student import student_quantile
from arena.rating.tallies import Floats

COVARIATES: Final = ("sharpness", "saturation", "contrast", "size", "aspect")
LEAST_COMPETITIONS: Final = 5
# one at a time is left out up to here; beyond, competitions are left out in so many groups
MOST_GROUPS: Final = 50
# of an effect per standard deviation, beforehand, in log odds
EFFECT_SPREAD: Final = 1.0
# an interval of the lead that reaches below this part of it: a share of next to nothing would mean nothing
LEAST_LEAD: Final = 0.25

# why there is no share; "" where there is one
FEW_PICTURES: Final = "few_pictures"
NO_LEAD: Final = "no_lead"
NOT_CONVERGED: Final = "not_converged"


@dataclass(frozen=True)
class Effect:
    """Elo points that one standard deviation more of a covariate goes with, and its 95% bounds."""

    covariate: str
    points: float
    lower: float
    upper: float


@dataclass(frozen=True)
class Looks:
    """`share` of the lead of `leader` over the average of the other models that the covariates explain, with bounds.

    It may be below 0 (looks work against the leader) or above 1. `lead` is in Elo points on the same votes.
    `withheld` says why there is no share; `competitions` and `entries` are those with measured pictures and votes.
    """

    leader: str
    withheld: str
    competitions: int
    entries: int
    lead: float | None = None
    share: float | None = None
    lower: float | None = None
    upper: float | None = None
    effects: tuple[Effect, ...] = ()


@dataclass(frozen=True, eq=False)
class _Duels:
    """Votes summed by pair of entries: models, points of the first, battles, the competition, and how much more of
    each covariate the first picture has, in standard deviations of all pictures."""

    models: int
    first: Codes
    second: Codes
    points: Floats
    battles: Floats
    competition: Codes
    more: Floats


def explain_lead(answers: Answers, competition: Codes, measured: Floats, leader: str, prior: float = 1.0) -> Looks:
    """Of pairs of entries `competition` (P) says whose they are, and `measured` (P × 2 × covariates) how both pictures
    measure; NaN where one was not, and such pairs are left out.

    The fit is σ(x_i - x_j + Σ_c β_c (z_ic - z_jc)), x with the prior of Bradley–Terry, β normal about 0 with a spread
    of 1; share = 1 - lead with β / lead without. β is known from pictures of one model that differ, so a board of one
    competition has no share. Bounds by leaving out competitions (at most 50 groups of them): the delete-one jackknife
    (J. W. Tukey, 1958) with Student's t.
    """
    known = np.isfinite(measured).all(axis=(1, 2))
    votes = np.bincount(answers.pair, minlength=answers.pairs)
    used = np.flatnonzero(known & (votes > 0))
    entries = len(np.unique(answers.entries[used]))
    several = len(np.unique(competition[used]))
    counted = Looks(leader, FEW_PICTURES, several, entries)
    if leader not in answers.models or not len(used):
        return counted
    place = answers.models.index(leader)
    own = (answers.first[used] == place) | (answers.second[used] == place)
    present = np.unique(np.concatenate((answers.first[used], answers.second[used])))
    if len(np.unique(competition[used[own]])) < LEAST_COMPETITIONS or len(present) < 3:
        return counted
    duels, kept = _duels(answers, competition, measured, used, present)
    try:
        return _shared(duels, kept, int(np.searchsorted(present, place)), counted, prior)
    except NotConverged:
        return Looks(leader, NOT_CONVERGED, several, entries)


def _duels(
    answers: Answers, competition: Codes, measured: Floats, used: Codes, present: Codes
) -> tuple[_Duels, tuple[str, ...]]:
    """And which covariates vary."""
    _, place = np.unique(answers.entries[used], return_index=True)
    pictures = measured[used].reshape(-1, measured.shape[2])[place]
    spread = pictures.std(axis=0)
    varies = spread > 1e-9 * (1 + np.abs(pictures).max(axis=0))
    more = (measured[used, 0] - measured[used, 1])[:, varies] / spread[varies]
    points = summed(answers.pair, answers.points, answers.pairs)
    battles = np.bincount(answers.pair, minlength=answers.pairs).astype(np.float64)
    duels = _Duels(
        len(present),
        np.searchsorted(present, answers.first[used]),
        np.searchsorted(present, answers.second[used]),
        points[used],
        battles[used],
        np.unique(competition[used], return_inverse=True)[1],
        more,
    )
    return duels, tuple(name for name, one in zip(COVARIATES, varies.tolist(), strict=True) if one)


def _shared(duels: _Duels, names: tuple[str, ...], leader: int, counted: Looks, prior: float) -> Looks:
    groups = min(counted.competitions, MOST_GROUPS)
    group = duels.competition % groups
    fits = _fits(duels, np.ones(len(group)), prior)
    whole = _figures(fits, duels.models, leader)
    left_out = (_fits(duels, (group != one).astype(np.float64), prior, fits) for one in range(groups))
    without = np.stack([_figures(found, duels.models, leader) for found in left_out])
    errors = np.sqrt((1 - 1 / groups) * ((without - without.mean(axis=0)) ** 2).sum(axis=0))
    half = student_quantile(groups - 1) * errors
    lead, share, *effects = whole.tolist()
    effects_of = tuple(
        Effect(name, *(POINTS_PER_LOG_ODDS * np.array((effect, effect - width, effect + width))).tolist())
        for name, effect, width in zip(names, effects, half[2:].tolist(), strict=True)
    )
    basis = (counted.leader, counted.competitions, counted.entries, POINTS_PER_LOG_ODDS * lead)
    if lead - float(half[0]) < LEAST_LEAD * lead or lead <= 0:
        return Looks(basis[0], NO_LEAD, *basis[1:], effects=effects_of)
    return Looks(basis[0], "", *basis[1:], share, share - float(half[1]), share + float(half[1]), effects_of)


def _fits(
    duels: _Duels, weights: Floats, prior: float, start: tuple[Floats, Floats] | None = None
) -> tuple[Floats, Floats]:
    """Without covariates and with them: strengths, then effects. From fits of nearly the same votes it takes less."""
    n, own = duels.models, duels.more.shape[1]
    plain, beside = start or (np.zeros(n), np.zeros(n + own))
    return _fitted(duels, duels.more[:, :0], weights, prior, plain), _fitted(duels, duels.more, weights, prior, beside)


def _figures(fits: tuple[Floats, Floats], models: int, leader: int) -> Floats:
    """The lead without covariates, the share that they explain, then their effects."""
    leads = [_lead(fit[:models], leader) for fit in fits]
    share = 1 - leads[1] / leads[0] if leads[0] else math.nan
    figures: Floats = np.concatenate(((leads[0], share), fits[1][models:]))
    return figures


def _lead(strengths: Floats, leader: int) -> float:
    return float(strengths[leader] - np.delete(strengths, leader).mean())


def _fitted(duels: _Duels, more: Floats, weights: Floats, prior: float, start: Floats) -> Floats:
    """Sums over pairs of entries: no array of pairs by models, which would be gigabytes on a large board."""
    n, own = duels.models, more.shape[1]
    points, battles = duels.points * weights, duels.battles * weights

    def system(x: Floats) -> tuple[Floats, Floats]:
        likely = chance(x[duels.first] - x[duels.second] + more @ x[n:])
        surprise, weight = points - battles * likely, battles * likely * (1 - likely)
        gradient = np.concatenate((_by_model(duels, surprise), more.T @ surprise))
        gradient[:n] += prior_slope(prior, x[:n])
        gradient[n:] -= x[n:] / EFFECT_SPREAD**2
        curvature = np.zeros((n + own, n + own))
        met = summed(duels.first * n + duels.second, weight, n * n).reshape(n, n)
        curvature[:n, :n] = laplacian(met + met.T)
        for place in range(own):
            curvature[:n, n + place] = curvature[n + place, :n] = _by_model(duels, weight * more[:, place])
            curvature[n:, n + place] = more.T @ (weight * more[:, place])
        bend = np.concatenate((prior_curvature(prior, x[:n]), np.full(own, 1 / EFFECT_SPREAD**2)))
        return gradient, curvature + np.diag(bend)

    return climb(system, start)[0]


def _by_model(duels: _Duels, values: Floats) -> Floats:
    """Of the first models, less of the second."""
    return summed(duels.first, values, duels.models) - summed(duels.second, values, duels.models)
