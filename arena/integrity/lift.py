"""Which cohorts of votes push one model up together, beyond what chance and tastes of their own explain. Pure.

The tests of `fraud.py` ask whether outcomes are odd; this one asks for the one thing a ring is made for, and so finds
it in fewer votes. Its null leaves a voter a taste, so an honest voter of many votes is none.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from operator import itemgetter
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from arena.integrity.fraud import (
    LEAVE_OUT_FROM,
    MINIMUM_VOTES,
    Codes,
    Cohort,
    CohortFlag,
    JudgedVote,
    Tested,
    null_parts,
    tails,
    variances,
    without,
)
from arena.rating.chances import POINTS_PER_LOG_ODDS
from arena.rating.davidson import DavidsonFit, fit_davidson
from arena.rating.tallies import Floats, Tallies

LIFT: Final = "lift"
ACCOMPLICE_ALPHA: Final = 0.01  # of cohorts beside one that was found, for the same model
LIFT_ALPHA: Final = 0.001  # of an honest cohort each night, after Bonferroni over models and ways
TASTE: Final = 100 / POINTS_PER_LOG_ODDS  # SD of an honest voter's own opinion of a model, in log odds
GLANCE: Final = 0.1  # share of a board from which a cohort is at once tested against the others
WORKED_OUT: Final = 3  # of the highest scores of a cohort
SUSPECT: Final = 2.5  # standard errors from which the exact chance is worked out
MOST_MODELS: Final = 128  # of a board; beyond, lifting is not looked for
KINDS: Final = ("voter", "network", "new_voters")
# for the model where it is shown; and elsewhere against the better one, if that is ahead of it; or of the better half
WAYS: Final = 3

Signs = npt.NDArray[np.int8]


def find_lifts(votes: Iterable[JudgedVote], boards: Mapping[str, Tallies]) -> tuple[CohortFlag, ...]:
    """Test every cohort of at least 10 votes, but hours of the clock; the least likely first.

    For every model m: do the votes on m, and with them those on pairs without m whose better model stands in m's way,
    favour it? The points gained are a sum of independent votes under Davidson's model, convolved exactly and widened
    by a normal distribution for what the fit does not know and for tastes of SD 100 points per model. `p_value` is
    after Bonferroni over models and three ways. Voters come first, then networks and newcomers by the votes that are
    left; where one is found, others who lift the same model are asked about that model alone, at a hundredth.
    """
    members: dict[Cohort, list[JudgedVote]] = defaultdict(list)
    for vote in votes:
        for cohort in vote.cohorts:
            members[cohort].append(vote)
    flags: dict[Cohort, CohortFlag] = {}
    taken: dict[int, JudgedVote] = {}
    for kind in KINDS:
        nulls = _Nulls.of(boards, taken.values())
        left = {
            cohort: [vote for vote in own if vote.number not in taken]
            for cohort, own in members.items()
            if cohort.kind == kind
        }
        found = _flags(left, nulls, LIFT_ALPHA)
        lifted = {flag.model for flag in (flags | found).values() if flag.model}
        if lifted and kind != KINDS[-1]:
            others = {cohort: own for cohort, own in left.items() if cohort not in found}
            found |= _flags(others, nulls, ACCOMPLICE_ALPHA, lifted)
        flags |= found
        taken |= {vote.number: vote for cohort in found for vote in left[cohort]}
    return tuple(sorted(flags.values(), key=lambda flag: (flag.p_value, flag.cohort.kind, flag.cohort.subject)))


@dataclass(frozen=True, eq=False)
class _Nulls:
    """The boards without votes already found, and a fit of each."""

    boards: dict[str, Tallies]
    fits: dict[str, DavidsonFit]

    @classmethod
    def of(cls, boards: Mapping[str, Tallies], taken: Iterable[JudgedVote]) -> Self:
        by_board: dict[str, list[JudgedVote]] = defaultdict(list)
        for vote in taken:
            by_board[vote.board].append(vote)
        left = {key: without(tallies, by_board[key]) for key, tallies in boards.items()}
        return cls(left, {key: fit_davidson(tallies) for key, tallies in left.items()})

    def parts(self, own: list[JudgedVote], leave_out_from: float) -> list[Tested]:
        tested = null_parts(own, self.boards, self.fits, leave_out_from)
        return [part for part in tested if 0 < len(part.null.models) <= MOST_MODELS]


def _flags(
    cohorts: Mapping[Cohort, list[JudgedVote]], nulls: _Nulls, alpha: float, among: Set[str] = frozenset()
) -> dict[Cohort, CohortFlag]:
    """Of those with enough votes; `among` narrows which models they may lift."""
    flags = {}
    for cohort, own in cohorts.items():
        if len(own) < MINIMUM_VOTES:
            continue
        # a null of its own is a fit; few are so odd that they need one
        if _scores(nulls.parts(own, GLANCE), among)[1].max(initial=0.0) < SUSPECT:
            continue
        parts = nulls.parts(own, LEAVE_OUT_FROM)
        model, p_value = lift_of(parts, among)
        if p_value < alpha:
            numbers = [vote.number for vote in own]
            tested = sum(len(part.outcome) for part in parts)
            flags[cohort] = CohortFlag(cohort, LIFT, p_value, tested, min(numbers), max(numbers), model, 1)
    return flags


def signs_of(null: DavidsonFit, left: Codes, right: Codes) -> Signs:
    """[way, m, vote], votes by places of their models: 1 where a win of the left one helps m, -1 where it harms it, 0
    where it is not looked at. A cohort has few votes beside the pairs of a large board."""
    strengths = null.strengths
    size = len(strengths)
    model = np.arange(size)[:, None]
    ahead = strengths[left] > strengths[right]
    against = np.where(ahead, -1, np.where(strengths[left] < strengths[right], 1, 0)).astype(np.int8)
    better = np.where(ahead, left, right)
    top = np.zeros(size, dtype=np.bool_)
    top[np.argsort(-strengths, kind="stable")[: (size + 1) // 2]] = True
    signs = np.zeros((WAYS, size, len(left)), dtype=np.int8)
    # the better of both stands in the way
    signs[1] = np.where(strengths[better] > strengths[:, None], against, 0)
    signs[2] = np.where(top[better], against, 0)
    signs[:, left == model] = 1
    signs[:, right == model] = -1
    return signs


@dataclass(frozen=True, eq=False)
class _Sums:
    """Of one board's votes by [way, model]: points beyond expectation, variance, what tastes and the fit add."""

    over: Floats
    variance: Floats
    gains: Floats  # [way, model, other]: how the expected points grow with the other's strength
    doubt: Floats


def lift_of(parts: Sequence[Tested], among: Set[str] = frozenset()) -> tuple[str, float]:
    """The model that the votes lift most surely, and the chance of that after Bonferroni; 1.0 stands for every chance
    that is not small. `among` names the models that are asked about, all where it is empty."""
    models, scores, doubt = _scores(parts, among)
    asked = sum(slug in among for slug in models) if among else len(models)
    best = ("", 1.0)
    for place in np.argsort(-scores, axis=None, kind="stable")[:WORKED_OUT].tolist():
        way, model = divmod(place, len(models))
        if scores[way, model] > SUSPECT:
            chance = _chance(parts, way, models[model], math.sqrt(doubt[way, model]))
            best = min(best, (models[model], chance * WAYS * asked), key=itemgetter(1))
    return best


def _scores(parts: Sequence[Tested], among: Set[str]) -> tuple[list[str], Floats, Floats]:
    """The models; by [way, model] standard errors beyond expectation, 0 where not asked, and variance beside that of
    the votes themselves."""
    models = sorted({slug for part in parts for slug in part.null.models})
    place = {slug: number for number, slug in enumerate(models)}
    over, variance, doubt = (np.zeros((WAYS, len(models))) for _ in range(3))
    gains = np.zeros((WAYS, len(models), len(models)))
    for part in parts:
        at = np.array([place[slug] for slug in part.null.models], dtype=np.intp)
        sums = _sums(part)
        over[:, at] += sums.over
        variance[:, at] += sums.variance
        doubt[:, at] += sums.doubt
        gains[:, at[:, None], at[None, :]] += sums.gains
    doubt += TASTE**2 * (gains**2).sum(axis=2)
    spread = np.sqrt(variance + doubt)
    scores = np.divide(over, spread, out=np.zeros_like(over), where=spread > 0)
    if among:
        scores[:, [slug not in among for slug in models]] = 0
    return models, scores, doubt


def _sums(part: Tested) -> _Sums:
    """Over the pairs that were voted on: nothing here grows with all pairs of the board."""
    size = len(part.null.models)
    expected = part.chances[:, 0] + part.chances[:, 2] / 2
    vary = variances(part.chances)
    cells, cell = np.unique(part.left * size + part.right, return_inverse=True)
    left, right = np.divmod(cells, size)
    residual, varied, tied = (
        np.bincount(cell, weights, len(cells))
        for weights in (part.points - expected, vary, part.chances[:, 2] * (part.chances[:, 0] - part.chances[:, 1]))
    )
    flat = signs_of(part.null, left, right).reshape(WAYS * size, len(cells)).astype(np.float64)
    by_cell = (flat * varied).ravel()
    row = size * np.arange(WAYS * size)[:, None]
    every = WAYS * size * size
    gains: Floats = np.bincount((row + left).ravel(), by_cell, every).astype(np.float64)
    gains -= np.bincount((row + right).ravel(), by_cell, every)
    gains = gains.reshape(WAYS * size, size)
    slope = np.concatenate((gains, -(flat @ tied)[:, None] / 2), axis=1)
    doubt = ((slope @ part.null.joint) * slope).sum(axis=1)
    shape = (WAYS, size)
    return _Sums(
        (flat @ residual).reshape(shape),
        (flat**2 @ varied).reshape(shape),
        gains.reshape(*shape, size),
        np.maximum(doubt, 0).reshape(shape),
    )


def _chance(parts: Sequence[Tested], way: int, model: str, doubt: float) -> float:
    """Of at least as many points for the sides that help the model."""
    chances, points = [], 0.0
    for part in parts:
        if model in part.null.models:
            side = signs_of(part.null, part.left, part.right)[way, part.null.models.index(model)]
            chances += [part.chances[side == 1], part.chances[side == -1][:, [1, 0, 2]]]
            points += float(part.points[side == 1].sum() + (1 - part.points[side == -1]).sum())
    return tails(np.concatenate(chances), points, doubt)[0]
