"""Simulated votes from known strengths: the same votes on every machine. Pure: numpy only.

A vote's three-way chance follows Davidson's tie model; weak pairs are sometimes both called bad.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumenboard.demo.world import COMPETITIONS, SEED, DemoCompetition, entrants_of, strength_in

TIE = 0.28
BOTH_BAD_UNDER = -0.55
BOTH_BAD_SHARE = 0.3
# Close pairs are shown more often, as the arena draws them.
CLOSENESS = 1.6


@dataclass(frozen=True)
class SimulatedVotes:
    """`left` and `right` index into `models`; `outcome` into the rating's OUTCOMES; `age` is the share of
    the demo's time span that has passed since the vote, 0 for now."""

    competition: str
    models: tuple[str, ...]
    left: NDArray[np.intp]
    right: NDArray[np.intp]
    outcome: NDArray[np.intp]
    age: NDArray[np.float64]

    @property
    def columns(self) -> tuple[NDArray[Any], ...]:
        """left, right, outcome, age: one value each per vote."""
        return self.left, self.right, self.outcome, self.age


def simulate(competition: DemoCompetition) -> SimulatedVotes:
    """Every vote of one competition, oldest first."""
    rng = np.random.Generator(np.random.PCG64([SEED, COMPETITIONS.index(competition)]))
    entrants = entrants_of(competition)
    strengths = np.array([strength_in(model, competition) for model in entrants])
    left, right = _draw_pairs(rng, strengths, competition.votes)
    outcome = _decide(rng, strengths[left], strengths[right])
    age = np.sort(rng.random(competition.votes))[::-1]
    return SimulatedVotes(competition.slug, tuple(m.slug for m in entrants), left, right, outcome, age)


def _draw_pairs(
    rng: np.random.Generator, strengths: NDArray[np.float64], votes: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    first, second = np.triu_indices(len(strengths), k=1)
    weight = np.exp(-np.abs(strengths[first] - strengths[second]) / CLOSENESS)
    drawn = rng.choice(len(first), size=votes, p=weight / weight.sum())
    swapped = rng.random(votes) < 0.5
    left = np.where(swapped, second[drawn], first[drawn])
    return left, np.where(swapped, first[drawn], second[drawn])


def _decide(rng: np.random.Generator, left: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.intp]:
    win_left, win_right = np.exp(left), np.exp(right)
    tie = TIE * np.sqrt(win_left * win_right)
    total = win_left + win_right + tie
    chance = rng.random(len(left)) * total
    outcome = np.where(chance < win_left, 0, np.where(chance < win_left + win_right, 1, 2))
    both_weak = np.maximum(left, right) < BOTH_BAD_UNDER
    return np.where(both_weak & (rng.random(len(left)) < BOTH_BAD_SHARE), 3, outcome)
