"""Davidson's model: ties as an outcome of their own, with one tie parameter per board. Not the Elo scale, not ranks.

With d = x_i - x_j the outcomes win, loss, tie of i against j have the weights e^(d/2), e^(-d/2), v.
"""

import math
from dataclasses import dataclass, replace

import numpy as np

from arena.rating.bradley_terry import check_prior, climb, fit_bradley_terry
from arena.rating.chances import FARTHEST, laplacian, prior_curvature, prior_slope, prior_variance
from arena.rating.components import places_of
from arena.rating.fit import RatingFit, about_the_mean, sandwich
from arena.rating.tallies import Counts, Floats, Tallies


@dataclass(frozen=True, eq=False)
class DavidsonFit(RatingFit):
    """`tie` is v: 0 without a tie, infinite without a decided battle.

    `joint` ((n + 1) × (n + 1)) is the covariance of the strengths about their mean and of ln v; its last row
    and column are 0 where v is 0 or infinite.
    """

    tie: float
    joint: Floats


@dataclass(frozen=True, eq=False)
class _Counted:
    wins: Counts
    ties: Counts
    prior: float


def fit_davidson(tallies: Tallies, prior: float = 1.0) -> DavidsonFit:
    """Fit strengths and the tie parameter of the largest component; `both_bad` counts as a tie.

    log L = sum of the log chances of all battles (R. R. Davidson, 1970)
    + `prior` × sum over models of (ln s(x) + ln s(-x))/2, s the logistic function: the prior of the
      Bradley–Terry fit, that many games against strength 0, half won and half lost, which say nothing of ties.
    The tie parameter has no prior: without a tie it is 0, and the fit is the Bradley–Terry one to the last digit.
    Raises BadPrior (the prior must be above 0) and NotConverged.
    """
    check_prior(prior, above_zero=True)
    plain = fit_bradley_terry(tallies, prior)
    places = places_of(tallies, plain.models)
    square = np.ix_(places, places)
    counted = _Counted(tallies.wins[square], tallies.ties[square], prior)
    ties, decided = int(counted.ties.sum()) // 2, int(counted.wins.sum())
    if not ties:
        return _with_ties(plain, plain.strengths, plain.covariance, 0.0)
    if not decided:
        # nothing but the prior speaks of strengths
        known = about_the_mean(np.eye(len(places)) * 4 / prior)
        return _with_ties(plain, np.zeros(len(places)), known, math.inf)
    start = np.append(np.zeros(len(places)), math.log(2 * ties / decided))
    solved, steps = climb(lambda x: _system(counted, x), start)
    # intervals are about the mean of the board, as in the Bradley–Terry fit
    centred = np.append(solved[:-1] - solved[:-1].mean(), solved[-1])
    joint = _about_the_mean(sandwich(_system(counted, centred)[1], _score_variance(counted, centred)))
    basis = replace(plain, steps=steps)
    return _with_ties(basis, solved[:-1], joint[:-1, :-1], math.exp(solved[-1]), joint)


def outcome_chances(ahead: Floats, tie: float) -> tuple[Floats, Floats, Floats]:
    """The chances of win, loss and tie of who is ahead by that many log odds; any shape."""
    if math.isinf(tie):
        return np.zeros_like(ahead), np.zeros_like(ahead), np.ones_like(ahead)
    half = np.clip(ahead, -FARTHEST, FARTHEST) / 2
    # weights over the larger of win and loss, so that none overflows
    ebb = np.exp(-np.abs(half))
    win, loss = np.where(half >= 0, 1.0, ebb * ebb), np.where(half >= 0, ebb * ebb, 1.0)
    total = win + loss + tie * ebb
    return win / total, loss / total, tie * ebb / total


def _with_ties(
    plain: RatingFit, strengths: Floats, covariance: Floats, tie: float, joint: Floats | None = None
) -> DavidsonFit:
    if joint is None:
        joint = np.pad(covariance, (0, 1))
    groups = (plain.strongly_connected, plain.not_comparable)
    return DavidsonFit(plain.models, strengths, covariance, plain.prior, plain.steps, *groups, tie, joint)


def _about_the_mean(joint: Floats) -> Floats:
    """As `about_the_mean`, the tie parameter apart, which has no part in the mean."""
    joint[:-1, :-1] = about_the_mean(joint[:-1, :-1])
    joint[-1, :-1] -= joint[-1, :-1].mean()
    joint[:-1, -1] = joint[-1, :-1]
    return joint


def _system(counted: _Counted, at: Floats) -> tuple[Floats, Floats]:
    strengths, prior = at[:-1], counted.prior
    win, loss, tied = outcome_chances(strengths[:, None] - strengths[None, :], math.exp(at[-1]))
    met = counted.wins + counted.wins.T + counted.ties
    lead = (win - loss) / 2
    gradient, curvature = np.empty(len(at)), np.empty((len(at), len(at)))
    slope = (counted.wins - counted.wins.T) / 2 - met * lead
    gradient[:-1] = slope.sum(axis=1) + prior_slope(prior, strengths)
    gradient[-1] = (counted.ties - met * tied).sum() / 2
    curvature[:-1, :-1] = laplacian(met * ((win + loss) / 4 - lead**2))
    np.einsum("ii->i", curvature[:-1, :-1])[:] += prior_curvature(prior, strengths)
    curvature[-1, :-1] = curvature[:-1, -1] = -(met * lead * tied).sum(axis=1)
    curvature[-1, -1] = (met * tied * (win + loss)).sum() / 2
    return gradient, curvature


def _score_variance(counted: _Counted, at: Floats) -> Floats:
    """The sum over battles of the outer product of the gradient, the virtual games counted too."""
    strengths, prior = at[:-1], counted.prior
    win, loss, tied = outcome_chances(strengths[:, None] - strengths[None, :], math.exp(at[-1]))
    lead = (win - loss) / 2
    variance = np.empty((len(at), len(at)))
    by_win = counted.wins * (0.5 - lead) ** 2
    variance[:-1, :-1] = laplacian(by_win + by_win.T + counted.ties * lead**2)
    np.einsum("ii->i", variance[:-1, :-1])[:] += prior_variance(prior, strengths)
    # a win moves ln v by -t, a tie by 1 - t; both together with the winner, against the loser
    together = -counted.wins * (0.5 - lead) * tied
    shared = together - together.T - counted.ties * lead * (win + loss)
    variance[-1, :-1] = variance[:-1, -1] = shared.sum(axis=1)
    squares = counted.wins * tied**2 + counted.ties * (win + loss) ** 2 / 2
    variance[-1, -1] = squares.sum()
    return variance
