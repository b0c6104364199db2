"""What a fitted method returns, whichever it was: strengths, covariances, intervals and ranks."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from arena.rating.errors import UnknownModel
from arena.rating.tallies import Counts, Floats


@dataclass(frozen=True, eq=False)
class Estimate:
    """Strengths of n models in slug order and how sure they are: enough for every question about pairs.

    `strengths` (n) are in units of log odds; only differences mean something. `covariance` (n × n) is
    that of the strengths about their mean, in squared units of log odds.
    """

    models: tuple[str, ...]
    strengths: Floats
    covariance: Floats

    def place(self, model: str) -> int:
        """The position of a model in the arrays; raises UnknownModel."""
        try:
            return self._places[model]
        except KeyError:
            raise UnknownModel(f"model {model!r}: has no rating here; it must be one of the fitted models") from None

    @cached_property
    def _places(self) -> dict[str, int]:
        return {model: place for place, model in enumerate(self.models)}

    def ahead(self, first: str, second: str) -> tuple[float, float]:
        """By how many log odds the first is ahead, and the variance of that; raises UnknownModel."""
        i, j = self.place(first), self.place(second)
        variance = _of_difference(self.covariance[i, i], self.covariance[j, j], self.covariance[i, j])
        return float(self.strengths[i] - self.strengths[j]), variance


@dataclass(frozen=True, eq=False, kw_only=True)
class PartialEstimate:
    """As much of an estimate as answers questions about some pairs: of each pair one model's row of the covariance.

    All by model; `rows` are in the order that `columns` give, in the units of Estimate.
    """

    strengths: Mapping[str, float]
    variances: Mapping[str, float]
    rows: Mapping[str, Floats]
    columns: Mapping[str, int]

    def ahead(self, first: str, second: str) -> tuple[float, float]:
        """As Estimate's; raises UnknownModel also where neither has its row here."""
        if not {first, second} <= self.variances.keys() or not {first, second} & self.rows.keys():
            raise UnknownModel(
                f"models {first!r} and {second!r}: their covariance is not among the rows that were read"
            )
        row, column = (first, second) if first in self.rows else (second, first)
        shared = self.rows[row][self.columns[column]]
        variance = _of_difference(self.variances[first], self.variances[second], float(shared))
        return self.strengths[first] - self.strengths[second], variance


def _of_difference(first: float, second: float, shared: float) -> float:
    # a variance that is exactly 0 may come out as -1e-20
    return max(0.0, float(first + second - 2 * shared))


@dataclass(frozen=True, eq=False)
class RatingFit(Estimate):
    """The models of the largest component; empty without a battle.

    `not_comparable` are the other components. With `strongly_connected` false the likelihood alone
    has no maximum, and the prior decides how far the ends are apart.
    """

    prior: float
    steps: int
    strongly_connected: bool
    not_comparable: tuple[tuple[str, ...], ...]


STANDARD_ERRORS = 1.96  # 95% of a normal distribution


def centred_sandwich(curvature: Floats, score_variance: Floats) -> Floats:
    """H⁻¹BH⁻¹ seen from the mean of the board, C = I - 11ᵀ/n on both sides (P. J. Huber, 1967)."""
    return about_the_mean(sandwich(curvature, score_variance))


def sandwich(curvature: Floats, score_variance: Floats) -> Floats:
    """H⁻¹BH⁻¹, in the parameters as fitted."""
    bread = np.linalg.inv(curvature)
    filled: Floats = bread @ score_variance @ bread
    return filled


def about_the_mean(covariance: Floats) -> Floats:
    by_row = covariance - covariance.mean(axis=-2, keepdims=True)
    centred = by_row - by_row.mean(axis=-1, keepdims=True)
    symmetric: Floats = (centred + centred.mT) / 2
    return symmetric


def standard_errors(covariance: Floats) -> Floats:
    # a variance that is exactly 0 may come out as -1e-20
    errors: Floats = np.sqrt(np.maximum(np.diagonal(covariance), 0.0))
    return errors


def bounds(ratings: Floats, errors: Floats) -> tuple[Floats, Floats]:
    """Lower and upper ends of the 95% intervals, in the unit of both arguments."""
    return ratings - STANDARD_ERRORS * errors, ratings + STANDARD_ERRORS * errors


MINIMUM_BATTLES = 4  # fewer, and a rating is shown without a rank


def ranks(ratings: Floats) -> Counts:
    """1 + models rated strictly higher; equals share a rank."""
    return 1 + _counted(ratings[None, :] > ratings[:, None])


def rank_ranges(lower: Floats, upper: Floats) -> tuple[Counts, Counts]:
    """Best = 1 + models whose lower bound is above my upper; worst = n - models whose upper bound is below my lower."""
    best = 1 + _counted(lower[None, :] > upper[:, None])
    worst = len(lower) - _counted(upper[None, :] < lower[:, None])
    return best, worst


def _counted(others: npt.NDArray[np.bool_]) -> Counts:
    counts: Counts = others.sum(axis=1, dtype=np.int64)
    return counts
