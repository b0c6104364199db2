"""Whether groups of voters would rank models differently: a permutation test over voters, not votes. Pure.

Not which groups there are; a voter is in one of them, or in none and left out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from arena.rating.bradley_terry import refit
from arena.rating.chances import POINTS_PER_LOG_ODDS, chance, diagonal, laplacian, prior_curvature
from arena.rating.raters.answers import NOBODY, Answers, Codes, summed
from arena.rating.tallies import Floats

# counts of fewer people are shown to nobody, and smaller groups are not compared
LEAST_VOTERS: Final = 20
PERMUTATIONS: Final = 999
# elements of one array of shuffled groups
ELEMENTS_AT_ONCE: Final = 4_000_000
# voters by models of one test; of more voters, as many are drawn
MOST_ELEMENTS: Final = 10_000_000


@dataclass(frozen=True)
class SegmentFit:
    """One group: its name, voters and votes, and the model that it rates most differently from all compared voters.

    `points` are how many Elo points higher (or lower) it has that model, `error` the standard error of that, over
    voters.
    """

    name: str
    voters: int
    votes: int
    model: str
    points: float
    error: float


@dataclass(frozen=True)
class SegmentTest:
    """`p_value`: the chance of groups as different as these if voters fell into them at random."""

    p_value: float
    segments: tuple[SegmentFit, ...]


@dataclass(frozen=True, eq=False)
class VoterScores:
    """By voter (V): the gradient of its votes' log likelihood at the strengths that all voters give (V × n).

    `curvature` (n × n) is minus the second derivatives of all votes, prior included, `votes` (V) their number.
    """

    gradients: Floats
    curvature: Floats
    votes: Codes

    @classmethod
    def of(cls, answers: Answers, prior: float = 1.0) -> VoterScores:
        """Of known voters. A Bradley–Terry fit, ties as half a win each, `prior` games against strength 0."""
        known = answers.only(answers.voter >= 0)
        n = len(known.models)
        one, other = known.first[known.pair], known.second[known.pair]
        scores = summed(one * n + other, known.points, n * n) + summed(other * n + one, 1 - known.points, n * n)
        square = scores.reshape(n, n)
        strengths, _ = refit(square, prior, np.zeros(n))
        likely = chance(strengths[one] - strengths[other])
        surprise = known.points - likely
        size = known.voters * n
        gradients = summed(known.voter * n + one, surprise, size) - summed(known.voter * n + other, surprise, size)
        p = chance(strengths[:, None] - strengths[None, :])
        curvature = laplacian((square + square.T) * p * p.T)
        diagonal(curvature)[...] += prior_curvature(prior, strengths)
        return cls(gradients.reshape(-1, n), curvature, np.bincount(known.voter, minlength=known.voters))


def segment_p_value(
    scores: VoterScores, segment: Codes, generator: np.random.Generator, permutations: int = PERMUTATIONS
) -> float:
    """Of groups `segment` (V), from 0; all voters given here are in one.

    The statistic is Σ_s G_sᵀ H⁻¹ G_s / m_s: G_s the summed gradients of group s, H the curvature of all, m_s its
    votes, a score test of equal strengths. Its distribution is that over groups shuffled among voters, who keep their
    votes together; p = (1 + as large) / (1 + shuffles), exact whatever tastes voters have (R. A. Fisher, 1935).
    """
    groups = int(segment.max()) + 1
    # so that H⁻¹ is a sum of squares
    spread = np.linalg.solve(np.linalg.cholesky(scores.curvature), scores.gradients.T).T
    columns = np.concatenate((spread, scores.votes[:, None]), axis=1)

    def statistic(labels: Codes) -> Floats:
        total = np.zeros(len(labels))
        for group in range(groups):
            sums = (labels == group).astype(np.float64) @ columns
            total += (sums[:, :-1] ** 2).sum(axis=1) / np.maximum(sums[:, -1], 1)
        return total

    observed = float(statistic(segment[None, :])[0])
    reached, step = 0, max(1, ELEMENTS_AT_ONCE // len(segment))
    for start in range(0, permutations, step):
        many = min(step, permutations - start)
        shuffled = generator.permuted(np.broadcast_to(segment, (many, len(segment))), axis=1)
        reached += int((statistic(shuffled) >= observed * (1 - 1e-9)).sum())
    return (1 + reached) / (1 + permutations)


def compare_segments(
    answers: Answers, segment: list[str], generator: np.random.Generator, permutations: int = PERMUTATIONS
) -> SegmentTest | None:
    """`segment` names the group of each voter, "" for none; None where fewer than two groups have 20 voters.

    Smaller groups are left out, and so are voters of whom nothing is known; of 10,000,000 / n voters and more, for n
    models, so many are drawn at random.
    """
    votes = answers.votes_of_voters
    names = np.array(segment, dtype=np.str_)
    present = np.flatnonzero((votes > 0) & (names != ""))
    most = max(1, MOST_ELEMENTS // max(1, len(answers.models)))
    if len(present) > most:
        present = np.sort(generator.choice(present, most, replace=False))
    found, number = np.unique(names[present], return_counts=True)
    large = found[number >= LEAST_VOTERS]
    if len(large) < 2:
        return None
    chosen = present[np.isin(names[present], large)]
    scores = VoterScores.of(_among(answers, chosen))
    group = np.searchsorted(large, names[chosen])
    p_value = segment_p_value(scores, group, generator, permutations)
    fits = [_segment(answers, scores, group == place, str(name)) for place, name in enumerate(large)]
    return SegmentTest(p_value, tuple(fits))


def _among(answers: Answers, chosen: Codes) -> Answers:
    """The votes of these voters, who are numbered anew in this order."""
    place = np.full(answers.voters + 1, NOBODY, dtype=np.int64)
    place[chosen] = np.arange(len(chosen))
    own = answers.only(place[answers.voter] != NOBODY)
    return replace(own, voters=len(chosen), voter=place[own.voter])


def _segment(
    answers: Answers, scores: VoterScores, inside: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], name: str
) -> SegmentFit:
    """One Newton step from the strengths of all, its curvature the group's share of all votes."""
    own = scores.gradients[inside]
    votes = int(scores.votes[inside].sum())
    inverse = np.linalg.inv(scores.curvature * (votes / scores.votes.sum()))
    moved = inverse @ own.sum(axis=0)
    errors = np.sqrt(np.diagonal(inverse @ (own.T @ own) @ inverse))
    far = np.divide(np.abs(moved), errors, out=np.zeros_like(moved), where=errors > 0)
    most = int(far.argmax())
    points = (POINTS_PER_LOG_ODDS * np.array((moved[most], errors[most]))).tolist()
    return SegmentFit(name, int(inside.sum()), votes, answers.models[most], *points)
