"""How far voters agree: Krippendorff's α among them, each with the board made without them, each with themselves.

Not who is careful: that is in `discrimination`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from arena.rating.bradley_terry import refit
from arena.rating.chances import chance
from arena.rating.raters.answers import BETTER, TIE, VALUES, Answers, Codes, first_answers, resampled, summed
from arena.rating.tallies import Floats

NOMINAL, ORDINAL = "nominal", "ordinal"
OUTSIDE: Final = 0.05  # what a 95% interval leaves out
REPLICATES: Final = 500
# fewer pairs that two people judged, or fewer people, and a bootstrap has nothing to draw from
LEAST_UNITS: Final = 10
LEAST_RATERS: Final = 5
# elements of one array of boards, each without one voter
ELEMENTS_AT_ONCE: Final = 1_000_000


@dataclass(frozen=True)
class Alpha:
    """`nominal` and `ordinal` with 95% bounds; None where α is not defined, bounds also where there is too little.

    `units` are the pairs that two or more known voters judged, `raters` those voters, `answers` what they said.
    """

    nominal: float | None
    nominal_lower: float | None
    nominal_upper: float | None
    ordinal: float | None
    ordinal_lower: float | None
    ordinal_upper: float | None
    units: int
    raters: int
    answers: int


def distances(metric: str, totals: Floats) -> Floats:
    """Squared distances (c × c) of values in their order, of which so many (c) were given. KeyError for no metric."""
    places = np.arange(len(totals))
    if metric == NOMINAL:
        apart: Floats = (places[:, None] != places[None, :]).astype(np.float64)
        return apart
    if metric != ORDINAL:
        raise KeyError(metric)
    up_to = np.cumsum(totals)
    low, high = np.minimum.outer(places, places), np.maximum.outer(places, places)
    between = up_to[high] - up_to[low] + totals[low]
    squares: Floats = (between - (totals[low] + totals[high]) / 2) ** 2
    return squares


def alpha_of(counts: Floats, metric: str, squares: Floats | None = None, repeats: Floats | None = None) -> float | None:
    """α of `counts` (units × values in their order): how many gave a unit a value. None where it is not defined.

    α = 1 - (n - 1) Σ o_ck δ²_ck / Σ n_c n_k δ²_ck (K. Krippendorff, Content Analysis, 4th ed., chapter 12), o the
    coincidences within units of two or more values. For a bootstrap that draws raters more than once, `squares` (units
    × values) are the sums of squares of the raters' weights, so that nobody agrees with a copy of himself, and
    `repeats` (units) says how often each unit was drawn.
    """
    of_unit = counts.sum(axis=1, dtype=np.float64)
    own = counts if squares is None else squares
    others = of_unit**2 - own.sum(axis=1)
    pairable = others > 0
    weight = np.divide(of_unit, others, out=np.zeros_like(others), where=pairable)
    if repeats is not None:
        weight = weight * repeats
    together = (counts * weight[:, None]).T @ counts
    together[np.diag_indices_from(together)] -= (own * weight[:, None]).sum(axis=0)
    totals = together.sum(axis=1)
    apart = distances(metric, totals)
    expected = float((np.outer(totals, totals) * apart).sum())
    if expected <= 0:
        return None
    return 1 - float(totals.sum() - 1) * float((together * apart).sum()) / expected


def alpha(answers: Answers, generator: np.random.Generator, replicates: int = REPLICATES) -> Alpha:
    """Among known voters, the first answer each gave of a pair; bounds by drawing units and raters with replacement.

    Every pair is counted in both orders, once mirrored: which of two entries is called the first is arbitrary, and
    where the first are mostly the better ones, α of one order would find little agreement among all who say so.
    """
    given = first_answers(answers.only(answers.voter >= 0))
    several = np.bincount(given.pair, minlength=given.pairs) > 1
    given = given.only(several[given.pair])
    units, unit = np.unique(given.pair, return_inverse=True)
    raters, rater = np.unique(given.voter, return_inverse=True)
    cell = unit * VALUES + given.value
    size = len(units) * VALUES

    def counted(weights: Floats) -> Floats:
        counts = summed(cell, weights, size).reshape(-1, VALUES)
        return np.concatenate((counts, counts[:, ::-1]))

    whole = counted(np.ones(len(given)))
    drawn: dict[str, list[float]] = {NOMINAL: [], ORDINAL: []}
    if len(units) >= LEAST_UNITS and len(raters) >= LEAST_RATERS:
        for _ in range(replicates):
            weights = resampled(generator, len(raters))[rater].astype(np.float64)
            repeats = np.tile(resampled(generator, len(units)).astype(np.float64), 2)
            counts, squares = counted(weights), counted(weights**2)
            for metric, found in drawn.items():
                one = alpha_of(counts, metric, squares, repeats)
                if one is not None:
                    found.append(one)
    nominal, ordinal = ((alpha_of(whole, metric), *_middle(drawn[metric], replicates)) for metric in (NOMINAL, ORDINAL))
    return Alpha(*nominal, *ordinal, len(units), len(raters), len(given))


def _middle(found: list[float], replicates: int) -> tuple[float | None, float | None]:
    """Percentiles, where nine tenths of the replicates have the figure."""
    if not found or len(found) < 0.9 * replicates:
        return None, None
    lower, upper = np.quantile(found, (OUTSIDE / 2, 1 - OUTSIDE / 2)).tolist()
    return lower, upper


@dataclass(frozen=True, eq=False)
class Agreement:
    """By voter asked about: with the board made of all other votes.

    `decided` are votes that chose a picture, `agreed` those that chose the model rated higher (equals: a half), and
    `expected` how many the board itself expects; `error` is the standard error of `agreed` under the board.
    """

    decided: Codes
    agreed: Floats
    expected: Floats
    error: Floats

    @property
    def distance(self) -> Floats:
        """How far a voter is above what the board expects, in standard errors; 0 where there is nothing to compare."""
        far: Floats = np.divide(
            self.agreed - self.expected, self.error, out=np.zeros_like(self.agreed), where=self.error > 0
        )
        return far


def agreement_without(answers: Answers, asked: Codes, prior: float = 1.0) -> Agreement:
    """Of the voters `asked` (codes), each against a Bradley–Terry fit of everybody else's votes, all models together.

    Ties move the fit but are not compared: they choose nobody. Costs one fit of n models per voter.
    """
    n, asked_of = len(answers.models), len(asked)
    if not asked_of:
        return Agreement(np.zeros(0, np.int64), np.zeros(0), np.zeros(0), np.zeros(0))
    whole = _scores(answers, np.ones(len(answers), np.bool_), n)
    start, _ = refit(whole, prior, np.zeros(n))
    order = np.argsort(answers.voter, kind="stable")
    edges = np.searchsorted(answers.voter[order], np.stack((asked, asked + 1)))
    mine = [order[low:high] for low, high in edges.T.tolist()]
    step = max(1, ELEMENTS_AT_ONCE // (n * n))
    strengths = np.concatenate(
        [_left_out(answers, mine[at : at + step], whole, start, prior) for at in range(0, asked_of, step)]
    )
    figures = [_compared(answers, votes, strengths[place]) for place, votes in enumerate(mine)]
    decided, agreed, expected, variance = (np.array(column, dtype=np.float64) for column in zip(*figures, strict=True))
    return Agreement(decided.astype(np.int64), agreed, expected, np.sqrt(variance))


def _scores(answers: Answers, chosen: Codes | np.ndarray[tuple[int, ...], np.dtype[np.bool_]], n: int) -> Floats:
    one, other = answers.first[answers.pair[chosen]], answers.second[answers.pair[chosen]]
    points = answers.points[chosen]
    scores = summed(one * n + other, points, n * n) + summed(other * n + one, 1 - points, n * n)
    return scores.reshape(n, n)


def _left_out(answers: Answers, mine: list[Codes], whole: Floats, start: Floats, prior: float) -> Floats:
    n = len(answers.models)
    without = whole - np.stack([_scores(answers, votes, n) for votes in mine])
    strengths, _ = refit(np.maximum(without, 0), prior, np.broadcast_to(start, (len(mine), n)))
    return strengths


def _compared(answers: Answers, votes: Codes, strengths: Floats) -> tuple[int, float, float, float]:
    votes = votes[answers.value[votes] != TIE]
    pair = answers.pair[votes]
    ahead = strengths[answers.first[pair]] - strengths[answers.second[pair]]
    chose_first = answers.value[votes] == BETTER
    agreed = np.where(np.abs(ahead) < 1e-9, 0.5, chose_first == (ahead > 0))
    likely = chance(np.abs(ahead))
    return len(votes), float(agreed.sum()), float(likely.sum()), float((likely * (1 - likely)).sum())


@dataclass(frozen=True, eq=False)
class Consistency:
    """By voter (V): pairs seen again with sides exchanged, on how many the answer was the same, and on how many it
    stayed with the side instead."""

    repeated: Codes
    same: Codes
    stayed_left: Codes
    stayed_right: Codes


def self_consistency(answers: Answers) -> Consistency:
    """Of each pair a voter's first answer and the first one with the sides exchanged."""
    known = np.flatnonzero(answers.voter >= 0)
    key = (answers.voter[known] * max(answers.pairs, 1) + answers.pair[known]) * 2 + answers.swapped[known]
    found, place = np.unique(key, return_index=True)
    both = np.flatnonzero(found[1:] == found[:-1] + 1)
    both = both[found[both] % 2 == 0]
    one, other = known[place[both]], known[place[both + 1]]
    who, before, after = answers.voter[one], answers.value[one], answers.value[other]
    # `one` had the first entry left, `other` right
    counts = (
        np.ones(len(one), np.bool_),
        before == after,
        (before == BETTER) & (after == 0),
        (before == 0) & (after == BETTER),
    )
    return Consistency(*(np.bincount(who[chosen], minlength=answers.voters) for chosen in counts))
