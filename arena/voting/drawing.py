"""Which pair is shown next, and chance made explicit: the weight of each pair, and a draw by a number from [0, 1).

Pure; the caller brings the chance. A pair weighs as much as one more vote on it lowers the uncertainty of the board,
and every pair has a floor; weights are computed once per refit and drawn from many times.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from arena.rating.bradley_terry import fit_every_model
from arena.rating.chances import chances
from arena.rating.components import connected_components
from arena.rating.errors import RatingError
from arena.rating.fit import Estimate
from arena.rating.tallies import Floats, Tallies

FLOOR = 0.1


@dataclass(frozen=True)
class Drawn:
    """A place in the weights and the probability with which it was drawn, never 0."""

    place: int
    probability: float


def draw(weights: Sequence[float], chance: float) -> Drawn:
    """Draw in proportion to the weights; places of weight 0 never come, and all 0 counts as all equal."""
    sums = list(accumulate(weights))
    total = sums[-1]
    if total <= 0:
        place = min(int(chance * len(weights)), len(weights) - 1)
        return Drawn(place, 1 / len(weights))
    # the first sum beyond is never that of a place of weight 0; the product may round up to the whole
    place = bisect_right(sums, chance * total)
    if place == len(sums):
        place = bisect_left(sums, total)
    return Drawn(place, min(1.0, weights[place] / total))


def need_of(models: int, votes: int) -> float:
    """How much a competition needs votes: 1 without any, falling with the votes per model."""
    return models / (models + votes)


def with_uniform_share(needs: Sequence[float]) -> list[float]:
    """Nine tenths by need, one tenth uniform, so that every competition keeps being seen."""
    total = sum(needs) or 1.0
    return [(1 - FLOOR) * need / total + FLOOR / len(needs) for need in needs]


def without(weights: Sequence[float], shown: Sequence[bool]) -> list[float]:
    """Weights with what was shown left out; unchanged once all was shown."""
    left = [0.0 if seen else weight for weight, seen in zip(weights, shown, strict=True)]
    return left if any(left) else list(weights)


TAUGHT_SHARE = 0.9  # the rest is drawn uniformly, so that every pair keeps being seen


class TooFewModels(RatingError):
    """No pair can be drawn: fewer than two models."""


@dataclass(frozen=True, eq=False)
class PairWeights:
    """Pairs of positions in `models` with the chance of each."""

    models: tuple[str, ...]
    pairs: tuple[tuple[int, int], ...]
    probabilities: tuple[float, ...]

    def probability(self, first: str, second: str) -> float:
        """The chance that these two are drawn, on whichever sides."""
        i, j = sorted((self.models.index(first), self.models.index(second)))
        return self.probabilities[self.pairs.index((i, j))]


def weigh_pairs(tallies: Tallies, models: Iterable[str]) -> PairWeights:
    """The chance of every pair of `models`, which need not have battles: 0.9 D²/ΣD² + 0.1/pairs.

    D is the reduction of the total variance by one more vote on the pair, from a Bradley–Terry fit with prior 1
    over all models of the tallies. A newcomer has the variance of the prior, which is large, so it is drawn most
    of the time until it is as well known as others. While `models` fall into groups that were never compared
    (each newcomer is one), the 0.9 go to pairs across groups only. Raises TooFewModels and NotConverged.
    """
    drawable = tuple(sorted(set(models)))
    if len(drawable) < 2:
        raise TooFewModels(f"models: {len(drawable)} can be drawn; a pair takes two")
    known = Tallies.merge((tallies, Tallies.from_rows((), models=drawable)))
    fit = fit_every_model(known)
    places = np.array([fit.place(model) for model in drawable])
    taught = variance_reductions(fit)[np.ix_(places, places)] ** 2
    group_of = {m: number for number, group in enumerate(connected_components(known)) for m in group}
    groups = np.array([group_of[model] for model in drawable])
    across = groups[:, None] != groups[None, :]
    return _weighed(drawable, taught * across if across.any() else taught)


def variance_reductions(fit: Estimate) -> Floats:
    """D[i, j]: by how much one more vote on i and j lowers the sum of the variances, in squared log odds.

    With C the covariance, w = p(1 - p) and d = C_ii + C_jj - 2C_ij, D = w((C²)_ii + (C²)_jj - 2(C²)_ij)/(1 + wd).
    """
    p = chances(fit.strengths)
    information = p * p.T
    reductions: Floats = (
        information * _spread(fit.covariance @ fit.covariance) / (1 + information * _spread(fit.covariance))
    )
    return reductions


def _spread(matrix: Floats) -> Floats:
    own = np.diagonal(matrix)
    # a variance that is exactly 0 may come out as -1e-20
    spread: Floats = np.maximum(own[:, None] + own[None, :] - 2 * matrix, 0.0)
    return spread


def _weighed(models: tuple[str, ...], taught: Floats) -> PairWeights:
    first, second = np.triu_indices(len(models), k=1)
    weight = taught[first, second]
    floor = np.full(len(first), 1 / len(first))
    total = float(weight.sum())
    chance = TAUGHT_SHARE * weight / total + (1 - TAUGHT_SHARE) * floor if total > 0 else floor
    pairs = tuple(zip(first.tolist(), second.tolist(), strict=True))
    return PairWeights(models, pairs, tuple(chance.tolist()))
