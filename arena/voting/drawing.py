"""Chance made explicit: what to draw, given weights and a number from [0, 1). Pure; the caller brings the chance."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

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


def with_floor(needs: Sequence[float]) -> list[float]:
    """Nine tenths by need, one tenth uniform, so that every competition keeps being seen."""
    total = sum(needs) or 1.0
    return [(1 - FLOOR) * need / total + FLOOR / len(needs) for need in needs]


def without(weights: Sequence[float], shown: Sequence[bool]) -> list[float]:
    """Weights with what was shown left out; unchanged once all was shown."""
    left = [0.0 if seen else weight for weight, seen in zip(weights, shown, strict=True)]
    return left if any(left) else list(weights)
