"""Which cohorts of votes do not look like honest ones: rows in, frozen flags out, for a person to judge.

Pure. Not here: how votes are put into cohorts, and what follows from a flag. Bounded influence comes from caps,
not from these tests: a few votes for one model alone are not told from an honest opinion.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from arena.rating.davidson import DavidsonFit, fit_davidson, outcome_chances
from arena.rating.tallies import OUTCOMES, Floats, Tallies

FISHER, RESIDUAL = "fisher", "residual"
FISHER_ALPHA = 0.002  # of an honest voter each night: at a hundredth, operators would look at little else
RESIDUAL_ALPHA = 0.001  # after Bonferroni over the models of the cohort
MINIMUM_VOTES = 10  # of a cohort; fewer say nothing
# battles of a board beside the cohort's, and no fewer than the cohort has: the majority is what honest votes look like
MINIMUM_NULL = 200
LEAVE_OUT_FROM = 0.01  # share of a board's battles from which the cohort's own votes are left out of its null

REPLICATES = 10_000
BATCH = 250
ENOUGH = 25  # replicates as surprising as the votes, after which the p-value is clear (J. Besag, P. Clifford, 1991)
EXACT_UP_TO = 1_000  # votes; beyond, sums are normal to the last digit that matters

Codes = npt.NDArray[np.intp]
POINTS: Floats = np.array((1.0, 0.0, 0.5))  # of the left model, by outcome: left, right, tie


@dataclass(frozen=True)
class Cohort:
    """A kind, for example `voter`, `network`, `new_voters` or `hour`, and which one."""

    kind: str
    subject: str


@dataclass(frozen=True)
class JudgedVote:
    """One counted vote, the key of the board whose tallies hold it, and the cohorts it belongs to."""

    number: int
    board: str
    left: str
    right: str
    outcome: str
    cohorts: tuple[Cohort, ...]


@dataclass(frozen=True)
class CohortFlag:
    """A test that a cohort failed. For `residual` the model, and whether it got too many points (1) or too few (-1).

    `p_value` of `residual` is after Bonferroni. `votes` were tested, from `first_number` to `last_number`.
    """

    cohort: Cohort
    test: str
    p_value: float
    votes: int
    first_number: int
    last_number: int
    model: str | None = None
    direction: int = 0


@dataclass(frozen=True, eq=False)
class Tested:
    """Votes of a cohort on one board: positions in the null, the outcome (0 left, 1 right, 2 tie) and its chances."""

    null: DavidsonFit
    left: Codes
    right: Codes
    outcome: Codes
    chances: Floats = field(repr=False)  # votes × 3

    @property
    def points(self) -> Floats:
        """What the left model got."""
        earned: Floats = POINTS[self.outcome]
        return earned


def find_flags(
    votes: Iterable[JudgedVote], boards: Mapping[str, Tallies], generator: np.random.Generator
) -> tuple[CohortFlag, ...]:
    """Test every cohort of at least 10 votes against the boards it voted on; smallest p-value first.

    The null is Davidson's model, fitted on the board without the cohort's own votes where they weigh enough to
    matter, so ties are part of it. `fisher`: are the outcomes too surprising, whoever they favour? `residual`:
    does one model get too many or too few points? Votes on models that a null does not rate, and on boards of
    which the cohort has the most part, are left out.
    """
    members: dict[Cohort, list[JudgedVote]] = defaultdict(list)
    for vote in votes:
        for cohort in vote.cohorts:
            members[cohort].append(vote)
    whole = {key: fit_davidson(tallies) for key, tallies in boards.items()}
    flags: list[CohortFlag] = []
    for cohort, own in members.items():
        if len(own) >= MINIMUM_VOTES:
            # of its own, so that how many numbers one cohort takes changes nothing for the others
            flags += _flags_of(cohort, own, boards, whole, generator.spawn(1)[0])
    return tuple(sorted(flags, key=lambda flag: (flag.p_value, flag.cohort.kind, flag.cohort.subject, flag.test)))


def _flags_of(
    cohort: Cohort,
    votes: list[JudgedVote],
    boards: Mapping[str, Tallies],
    whole: Mapping[str, DavidsonFit],
    generator: np.random.Generator,
) -> list[CohortFlag]:
    parts = null_parts(votes, boards, whole)
    tested = sum(len(part.outcome) for part in parts)
    if tested < MINIMUM_VOTES:
        return []
    numbers = [vote.number for vote in votes]
    seen = (tested, min(numbers), max(numbers))
    surprise = surprise_p_value(parts, generator)
    flags = [CohortFlag(cohort, FISHER, surprise, *seen)] if surprise < FISHER_ALPHA else []
    worst = min(residual_p_values(parts), key=lambda found: found[2])
    if worst[2] < RESIDUAL_ALPHA:
        flags.append(CohortFlag(cohort, RESIDUAL, worst[2], *seen, model=worst[0], direction=worst[1]))
    return flags


def null_parts(
    votes: list[JudgedVote],
    boards: Mapping[str, Tallies],
    whole: Mapping[str, DavidsonFit],
    leave_out_from: float = LEAVE_OUT_FROM,
) -> list[Tested]:
    """A cohort's votes by board, each against a null of enough other votes; its own are left out of it where they are
    this share of it or more."""
    by_board: dict[str, list[JudgedVote]] = defaultdict(list)
    for vote in votes:
        by_board[vote.board].append(vote)
    parts = []
    for key, own in by_board.items():
        if boards[key].battles - len(own) >= max(MINIMUM_NULL, len(own)):
            heavy = len(own) >= leave_out_from * boards[key].battles
            parts.append(_tested(own, fit_davidson(without(boards[key], own)) if heavy else whole[key]))
    return parts


def surprise_p_value(parts: Sequence[Tested], generator: np.random.Generator) -> float:
    """Monte-Carlo Fisher: the sum of -2 ln p over the votes against the same pairs voted on honestly.

    p of a vote is the chance of points no nearer to their expectation. Three outcomes are far from the uniform
    p-values that Fisher's chi-squared needs, so replicates are drawn; (h + 1)/(n + 1) for h of n as surprising.
    That the null is itself estimated widens them by a normal distribution.
    """
    chances = np.concatenate([part.chances for part in parts])
    outcome = np.concatenate([part.outcome for part in parts])
    surprises = _surprises(chances)
    observed = float(surprises[np.arange(len(outcome)), outcome].sum())
    doubt = math.sqrt(sum(_doubt_of_surprise(part) for part in parts))
    if len(outcome) > EXACT_UP_TO:
        mean = (chances * surprises).sum(axis=1)
        variance = ((chances * surprises**2).sum(axis=1) - mean**2).sum() + doubt**2
        return _tail((observed - mean.sum()) / math.sqrt(variance)) if variance > 0 else 1.0
    to_left, to_right = chances[:, 0], chances[:, 0] + chances[:, 1]
    drawn = reached = 0
    while drawn < REPLICATES and reached < ENOUGH:
        at = generator.random((BATCH, len(outcome)))
        shown = np.where(at < to_left, surprises[:, 0], np.where(at < to_right, surprises[:, 1], surprises[:, 2]))
        total = shown.sum(axis=1) + doubt * generator.standard_normal(BATCH)
        reached += int((total >= observed - 1e-9).sum())
        drawn += BATCH
    return (reached + 1) / (drawn + 1)


def residual_p_values(parts: Sequence[Tested]) -> list[tuple[str, int, float]]:
    """Per model of the cohort: slug, 1 for too many points or -1 for too few, two-sided p-value times the models.

    The points of a model are a sum of independent votes, whose distribution is convolved exactly; that the null
    is itself estimated widens it by a normal distribution.
    """
    models = sorted({part.null.models[place] for part in parts for place in (*part.left, *part.right)})
    found = []
    for model in models:
        sides = [_side(part, model) for part in parts if model in part.null.models]
        points = float(sum(side[1].sum() for side in sides))
        own = np.concatenate([side[0] for side in sides])
        doubt = math.sqrt(sum(side[2] for side in sides))
        high, low = tails(own, points, doubt)
        found.append((model, 1 if high <= low else -1, min(1.0, 2 * min(high, low) * len(models))))
    return found


def _tested(votes: list[JudgedVote], null: DavidsonFit) -> Tested:
    place = {model: number for number, model in enumerate(null.models)}
    rated = [vote for vote in votes if vote.left in place and vote.right in place]
    left = np.array([place[vote.left] for vote in rated], dtype=np.intp)
    right = np.array([place[vote.right] for vote in rated], dtype=np.intp)
    outcome = np.array([min(OUTCOMES.index(vote.outcome), 2) for vote in rated], dtype=np.intp)
    chances = np.stack(outcome_chances(null.strengths[left] - null.strengths[right], null.tie), axis=1)
    return Tested(null, left, right, outcome, chances)


def without(tallies: Tallies, votes: list[JudgedVote]) -> Tallies:
    place = {model: number for number, model in enumerate(tallies.models)}
    cube = np.stack([getattr(tallies, outcome) for outcome in OUTCOMES])
    for vote in votes:
        cube[OUTCOMES.index(vote.outcome), place[vote.left], place[vote.right]] -= 1
    return Tallies(tallies.models, *cube)


def _surprises(chances: Floats) -> Floats:
    """-2 ln of the chance of points no nearer to their expectation, for each of the three outcomes of every vote.

    So a tie is never as surprising as an upset, and who calls many ties is not odd for that.
    """
    expected = chances @ POINTS
    off = np.abs(POINTS - expected[:, None])
    no_nearer = off[:, None, :] >= off[:, :, None] * (1 - 1e-9)
    p = (chances[:, None, :] * no_nearer).sum(axis=2)
    surprises: Floats = -2 * np.log(np.clip(p, 1e-300, 1.0))
    return surprises


def _doubt_of_surprise(part: Tested) -> float:
    """The variance of the expected surprise, through that of the strengths and of the tie parameter."""
    win, loss, tie = part.chances.T
    lead = (win - loss) / 2
    weight = part.chances * _surprises(part.chances)
    by_lead = weight @ np.array((0.5, -0.5, 0.0)) - weight.sum(axis=1) * lead
    slope = np.zeros(len(part.null.joint))
    np.add.at(slope, part.left, by_lead)
    np.subtract.at(slope, part.right, by_lead)
    slope[-1] = (weight[:, 2] - weight.sum(axis=1) * tie).sum()
    return max(0.0, float(slope @ part.null.joint @ slope))


def _side(part: Tested, model: str) -> tuple[Floats, Floats, float]:
    """From one model's side of its votes: chances of win, loss, tie; points; the variance of their expected sum."""
    own = part.null.models.index(model)
    is_left, is_right = part.left == own, part.right == own
    chances = np.concatenate((part.chances[is_left], part.chances[is_right][:, [1, 0, 2]]))
    points = np.concatenate((part.points[is_left], 1 - part.points[is_right]))
    # the expected points grow with the lead as fast as the points vary
    growth = variances(chances)
    slope = np.zeros(len(part.null.joint))
    slope[own] = growth.sum()
    np.subtract.at(slope, np.concatenate((part.right[is_left], part.left[is_right])), growth)
    slope[-1] = -(chances[:, 2] * (chances[:, 0] - chances[:, 1])).sum() / 2
    return chances, points, max(0.0, float(slope @ part.null.joint @ slope))


def variances(chances: Floats) -> Floats:
    mean = chances[:, 0] + chances[:, 2] / 2
    variances: Floats = chances[:, 0] + chances[:, 2] / 4 - mean**2
    return variances


def tails(chances: Floats, points: float, doubt: float) -> tuple[float, float]:
    """The chances of at least and of at most so many points; `doubt` is the standard error of their expectation."""
    if len(chances) > EXACT_UP_TO:
        mean = float((chances[:, 0] + chances[:, 2] / 2).sum())
        error = math.sqrt(float(variances(chances).sum()) + doubt**2)
        return (_tail((points - mean) / error), _tail((mean - points) / error)) if error else (1.0, 1.0)
    # the chance of k half points, vote by vote
    spread = np.zeros(2 * len(chances) + 1)
    spread[0] = 1.0
    for win, loss, tie in chances.tolist():
        further = loss * spread
        further[1:] += tie * spread[:-1]
        further[2:] += win * spread[:-2]
        spread = further
    over = np.arange(len(spread)) / 2 - points
    # half a step of the lattice, so that the points themselves count to both tails
    high = _normal(over + 0.25, doubt)
    low = _normal(0.25 - over, doubt)
    return float(spread @ high), float(spread @ low)


def _normal(ahead: Floats, error: float) -> Floats:
    """The normal distribution function at each value, a step where there is no error."""
    if error < 1e-9:
        return (ahead > 0).astype(np.float64)
    return np.array([NormalDist().cdf(value) for value in (ahead / error).tolist()])


def _tail(z: float) -> float:
    return math.erfc(z / math.sqrt(2)) / 2
