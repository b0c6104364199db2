"""Bradley–Terry with raters of different care: P(i beats j) = σ(a_v (x_i - x_j)), a_v of voter v, 1 for a careful one.

One more method to compare, never the headline: whose votes count less is decided by the votes themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from arena.rating.bradley_terry import STEP_CAP, TOLERANCE, check_prior, fit_bradley_terry
from arena.rating.chances import diagonal, laplacian, prior_curvature, prior_slope, prior_variance
from arena.rating.errors import NotConverged
from arena.rating.fit import RatingFit, about_the_mean
from arena.rating.raters.answers import Answers, Codes, summed
from arena.rating.tallies import Floats, Tallies

# a is summed over these, never maximised: its scale and that of the strengths cannot be told apart by votes alone
GRID: Final[Floats] = np.array((0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.25, 1.6, 2.0))
CAREFUL: Final = int(np.flatnonzero(GRID == 1.0)[0])
LOG_SPREAD: Final = 0.2  # of ln a among careful voters
# among careless ones a is somewhere from 0 to 0.4
CARELESS: Final[Floats] = np.where(GRID <= 0.2, 0.4, np.where(GRID == 0.4, 0.2, 0.0))
# votes that the share of careless voters is given beforehand: one careless voter among ten
CARELESS_BEFORE: Final = (1.0, 9.0)
# a voter with fewer votes on the board counts as careful, and so do those beyond the number
LEAST_VOTES: Final = 10
MOST_VOTERS: Final = 20_000
MOST_STEPS: Final = 2_000
# elements of one array of gradients (voters × grid × models)
ELEMENTS_AT_ONCE: Final = 2_000_000


def _careful() -> Floats:
    """Log-normal about 1, in the middle of each span of the grid; a = 0 is no log-normal value."""
    above = GRID[1:]
    density = np.exp(-0.5 * (np.log(above) / LOG_SPREAD) ** 2) * np.gradient(np.log(above))
    weights: Floats = np.concatenate(((0.0,), density / density.sum()))
    return weights


CAREFUL_WEIGHTS: Final = _careful()


@dataclass(frozen=True, eq=False)
class RaterFit(RatingFit):
    """`discrimination` (V) is the mean of a given the votes, exactly 1 for those that were not `weighed` (V).

    `careless` is the share of careless voters, None where nobody was weighed. The covariance is a sandwich whose
    clusters are voters, votes of nobody known one by one.
    """

    discrimination: Floats
    weighed: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
    careless: float | None


@dataclass(frozen=True, eq=False)
class _Cells:
    """Votes summed by person and pair of models: `points` of `one`, and their `squares`, in `battles` of them.

    `who` ascends; persons from 1 to `people` are weighed voters, 0 is everybody else.
    """

    n: int
    who: Codes
    one: Codes
    other: Codes
    points: Floats
    squares: Floats
    battles: Floats
    people: int

    def by_person(self, values: Floats) -> Floats:
        starts = np.searchsorted(self.who, np.arange(self.people + 1))
        sums: Floats = np.add.reduceat(np.append(values, np.zeros((1, values.shape[1])), axis=0), starts, axis=0)
        # reduceat gives an empty span the value at its start
        sums[np.diff(np.append(starts, len(values))) == 0] = 0
        return sums

    def by_model(self, values: Floats) -> Floats:
        return summed(self.one, values, self.n) - summed(self.other, values, self.n)


def fit_raters(answers: Answers, prior: float = 1.0) -> RaterFit:
    """Fit strengths of the largest component, a summed over the grid for every voter of 10 or more votes.

    log L = Σ_v ln Σ_k w_k Π σ(a_k d)^s (1 - σ(a_k d))^(1 - s) over the voter's votes, s the points (a tie 1/2)
    + `prior` games against strength 0 as in Bradley–Terry. w mixes careful voters, ln a normal about 0, with careless
    ones, whose share is fitted under a Beta prior. By expectation and maximisation (A. P. Dempster, N. M. Laird, D. B.
    Rubin, 1977) with Newton steps. The item of this kind is M. Crosby's and X. Chen's: Pairwise ranking aggregation in
    a crowdsourced setting, 2013, there with a Beta prior and a ± flip. Without a weighed voter it is the Bradley–Terry
    fit. Raises BadPrior (the prior must be above 0) and NotConverged.
    """
    check_prior(prior, above_zero=True)
    plain = fit_bradley_terry(tallies_of(answers), prior)
    inside = np.isin(np.array(answers.models), np.array(plain.models))
    answers = answers.only(inside[answers.first[answers.pair]])
    chosen = _weighed(answers)
    care, weighed = np.ones(answers.voters), np.zeros(answers.voters, np.bool_)
    if not len(chosen):
        return RaterFit(**vars(plain), discrimination=care, weighed=weighed, careless=None)
    cells = _cells(answers, chosen, np.cumsum(inside) - 1, len(plain.models))
    strengths, share, posterior, steps = _climb(cells, prior, plain.strengths)
    care[chosen], weighed[chosen] = (posterior @ GRID)[1:], True
    fitted = {
        "strengths": strengths,
        "covariance": _sandwich(cells, posterior, strengths - strengths.mean(), prior),
        "steps": steps,
    }
    return RaterFit(**vars(plain) | fitted, discrimination=care, weighed=weighed, careless=share)


def tallies_of(answers: Answers) -> Tallies:
    """The votes of all voters together; sides are forgotten, and both_bad is a tie."""
    n = len(answers.models)
    one, other = answers.first[answers.pair], answers.second[answers.pair]
    won, lost, tied = (
        np.bincount((one * n + other)[answers.value == value], minlength=n * n).reshape(n, n) for value in (2, 0, 1)
    )
    none = np.zeros((n, n), dtype=np.int64)
    return Tallies(answers.models, won, lost, tied, none)


def _weighed(answers: Answers) -> Codes:
    """Codes of voters, those of most votes first where there are too many, and then in order of code."""
    votes = answers.votes_of_voters
    able = np.flatnonzero(votes >= LEAST_VOTES)
    return np.sort(able[np.argsort(-votes[able], kind="stable")][:MOST_VOTERS])


def _cells(answers: Answers, chosen: Codes, place: Codes, n: int) -> _Cells:
    person = np.zeros(answers.voters + 1, dtype=np.int64)  # the last is that of nobody known
    person[chosen] = np.arange(1, len(chosen) + 1)
    who = person[answers.voter]
    first, second = place[answers.first[answers.pair]], place[answers.second[answers.pair]]
    one, other = np.minimum(first, second), np.maximum(first, second)
    points = np.where(first < second, answers.points, 1 - answers.points)
    keys, cell = np.unique((who * n + one) * n + other, return_inverse=True)
    points_of, squares, battles = (
        summed(cell, value, len(keys)) for value in (points, points**2, np.ones_like(points))
    )
    return _Cells(n, keys // (n * n), keys // n % n, keys % n, points_of, squares, battles, len(chosen))


def _expected(cells: _Cells, strengths: Floats, share: float) -> tuple[Floats, float, Floats]:
    """What each a is worth to each person (people + 1 × grid, rows sum to 1), the new share, and chances by cell."""
    ahead = (strengths[cells.one] - strengths[cells.other])[:, None] * GRID
    likely = 1 / (1 + np.exp(-np.clip(ahead, -700, 700)))
    logs = cells.points[:, None] * ahead - cells.battles[:, None] * np.logaddexp(0, ahead)
    fits = cells.by_person(logs)
    fits = np.exp(fits - fits.max(axis=1, keepdims=True))
    careful, careless = (1 - share) * CAREFUL_WEIGHTS * fits, share * CARELESS * fits
    total = (careful + careless).sum(axis=1, keepdims=True)
    before, beside = CARELESS_BEFORE
    renewed = float((careless[1:].sum(axis=1) / total[1:, 0]).sum() + before) / (cells.people + before + beside)
    posterior = (careful + careless) / total
    posterior[0] = 0
    posterior[0, CAREFUL] = 1
    return posterior, renewed, likely


def _moves(cells: _Cells, posterior: Floats, likely: Floats) -> tuple[Floats, Floats]:
    """By cell, what it adds to the gradient of its two models, and to their curvature."""
    weight = posterior[cells.who] * GRID
    slope = (weight * (cells.points[:, None] - cells.battles[:, None] * likely)).sum(axis=1)
    bend = cells.battles * (weight * GRID * likely * (1 - likely)).sum(axis=1)
    return slope, bend


def _climb(cells: _Cells, prior: float, start: Floats) -> tuple[Floats, float, Floats, int]:
    strengths, share = start, CARELESS_BEFORE[0] / sum(CARELESS_BEFORE)
    for steps in range(1, MOST_STEPS + 1):
        posterior, renewed, likely = _expected(cells, strengths, share)
        gradient, curvature = _system(cells, posterior, likely, strengths, prior)
        step = np.linalg.solve(curvature, gradient)
        longest = float(np.abs(step).max())
        if not np.isfinite(longest):
            raise NotConverged("a Newton step is not finite")
        strengths = strengths + step * min(1.0, STEP_CAP / max(longest, STEP_CAP))
        if max(longest, abs(renewed - share)) < TOLERANCE:
            return strengths, renewed, posterior, steps
        share = renewed
    raise NotConverged(f"no convergence within {MOST_STEPS} steps")


def _square(cells: _Cells, bend: Floats) -> Floats:
    pairs = summed(cells.one * cells.n + cells.other, bend, cells.n**2).reshape(cells.n, cells.n)
    return laplacian(pairs + pairs.T)


def _system(cells: _Cells, posterior: Floats, likely: Floats, strengths: Floats, prior: float) -> tuple[Floats, Floats]:
    """Gradient and minus the second derivatives of the expected log likelihood."""
    slope, bend = _moves(cells, posterior, likely)
    curvature = _square(cells, bend)
    diagonal(curvature)[...] += prior_curvature(prior, strengths)
    return cells.by_model(slope) + prior_slope(prior, strengths), curvature


def _sandwich(cells: _Cells, posterior: Floats, centred: Floats, prior: float) -> Floats:
    """H⁻¹BH⁻¹ about the mean of the board, as for Bradley–Terry, the virtual opponent at the mean.

    H is that of the votes alone: the expected one less what not knowing a hides (T. A. Louis, 1982). B sums squared
    gradients of voters; those who are not weighed count vote by vote.
    """
    n = cells.n
    ahead = (centred[cells.one] - centred[cells.other])[:, None] * GRID
    likely = 1 / (1 + np.exp(-np.clip(ahead, -700, 700)))
    curvature = _square(cells, _moves(cells, posterior, likely)[1])
    diagonal(curvature)[...] += prior_curvature(prior, centred)
    p = likely[:, CAREFUL]
    surprise = cells.squares - 2 * p * cells.points + cells.battles * p**2
    middle = _square(cells, np.where(cells.who == 0, surprise, 0.0))
    step = max(1, ELEMENTS_AT_ONCE // (len(GRID) * n))
    for low in range(1, cells.people + 1, step):
        by_a, own = _gradients(cells, posterior, likely, low, min(low + step, cells.people + 1))
        middle += own.T @ own
        weights = posterior[low : low + step]
        curvature -= np.einsum("vk,vki,vkj->ij", weights, by_a, by_a, optimize=True) - own.T @ own
    diagonal(middle)[...] += prior_variance(prior, centred)
    bread = np.linalg.inv(curvature)
    return about_the_mean(bread @ middle @ bread)


def _gradients(cells: _Cells, posterior: Floats, likely: Floats, low: int, high: int) -> tuple[Floats, Floats]:
    """Of the voters from low to high: by each a (voters × grid × models), and their mean (voters × models)."""
    first, last = np.searchsorted(cells.who, (low, high))
    here = slice(int(first), int(last))
    slopes = GRID * (cells.points[here, None] - cells.battles[here, None] * likely[here])
    row = ((cells.who[here] - low)[:, None] * len(GRID) + np.arange(len(GRID))) * cells.n
    size = (high - low) * len(GRID) * cells.n
    gained = summed((row + cells.one[here, None]).ravel(), slopes.ravel(), size)
    lost = summed((row + cells.other[here, None]).ravel(), slopes.ravel(), size)
    by_a = (gained - lost).reshape(high - low, len(GRID), cells.n)
    return by_a, np.einsum("vk,vki->vi", posterior[low:high], by_a)
