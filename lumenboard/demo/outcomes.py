"""Simulated votes from known strengths, and simulated calls: the same on every machine. Pure: numpy only.

A vote's three-way chance follows Davidson's tie model; weak pairs are sometimes both called bad.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

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


# no competition has this number
PARITY_STREAM: Final = 1000


def simulate_pairs(strengths: Sequence[float], votes: int) -> list[tuple[int, int, int]]:
    """Votes on endpoints of one model, oldest first: left, right and outcome, as places."""
    rng = np.random.Generator(np.random.PCG64([SEED, PARITY_STREAM]))
    known = np.array(strengths)
    left, right = _draw_pairs(rng, known, votes)
    outcome = _decide(rng, known[left], known[right])
    return list(zip(left.tolist(), right.tolist(), outcome.tolist(), strict=True))


DAYS: Final = 30
HOURS: Final = DAYS * 24
STATUSES: Final = ("ok", "rate_limit", "upstream", "timeout", "client", "moderation", "gateway")
# of all calls: how the failures above split where nothing special goes on
SPLIT: Final = (0.25, 0.4, 0.2, 0.06, 0.08, 0.01)
TIMEOUT_MS: Final = 60_000
# an endpoint nobody has called, and one called too rarely for percentiles: pages must say so
UNCALLED: Final = ("replicate/z-image-turbo",)
RARELY_CALLED: Final = {"fal/z-image-turbo-edit": 7}


@dataclass(frozen=True, kw_only=True)
class Temper:
    """How a provider behaves: its typical time, how far times scatter, what share of calls fail."""

    median_ms: float
    scatter: float
    failing: float


@dataclass(frozen=True, kw_only=True)
class BadStretch:
    """Hours, counted back from now, in which calls of a provider are slower or fail more often."""

    provider: str
    hours_ago: int
    hours: int
    slower: float = 1.0
    failing: float = 0.0


TEMPERS: Final = {
    "fal": Temper(median_ms=2_100, scatter=0.42, failing=0.012),
    "replicate": Temper(median_ms=4_300, scatter=0.55, failing=0.03),
    "alibaba": Temper(median_ms=6_100, scatter=0.95, failing=0.19),
    "harbor": Temper(median_ms=3_200, scatter=0.38, failing=0.02),
}
USUAL: Final = Temper(median_ms=4_000, scatter=0.5, failing=0.03)
BAD_STRETCHES: Final = (
    BadStretch(provider="replicate", hours_ago=9 * 24 + 5, hours=6, failing=0.55),
    BadStretch(provider="fal", hours_ago=17 * 24, hours=8, slower=3.5),
    BadStretch(provider="harbor", hours_ago=3 * 24 + 2, hours=3, failing=0.8),
)


@dataclass(frozen=True, kw_only=True)
class SimulatedCalls:
    """One endpoint's calls. `age_hours` float64, `total_ms` and `ttfb_ms` int64, `status` places in STATUSES."""

    key: str
    age_hours: NDArray[np.float64]
    total_ms: NDArray[np.int64]
    ttfb_ms: NDArray[np.int64]
    status: NDArray[np.intp]
    is_scheduled: NDArray[np.bool_]
    is_second_mode: NDArray[np.bool_]


def simulate_calls(key: str) -> SimulatedCalls:
    """All calls of the endpoint of that key; none where nobody has called it."""
    provider = key.partition("/")[0]
    rng = np.random.Generator(np.random.PCG64([SEED, int(hashlib.sha256(key.encode()).hexdigest()[:12], 16)]))
    age = rng.random(_how_many(rng, key)) * HOURS
    temper = TEMPERS.get(provider, USUAL)
    slower, failing = _bad_hours(provider, age)
    # a day has its rush: times rise by a quarter at its height
    rush = 1 + 0.25 * np.sin(2 * np.pi * age / 24)
    median = temper.median_ms * rng.uniform(0.6, 2.2)
    total = median * rush * slower * rng.lognormal(0, temper.scatter, age.size)
    status = np.where(rng.random(age.size) < temper.failing + failing, _failures(rng, age.size), 0)
    total = np.where(status == STATUSES.index("timeout"), TIMEOUT_MS, np.clip(total, 180, TIMEOUT_MS - 1))
    total = np.where(np.isin(status, [1, 4, 6]), rng.uniform(40, 400, age.size), total)
    return SimulatedCalls(
        key=key,
        age_hours=age,
        total_ms=np.rint(total).astype(np.int64),
        ttfb_ms=np.rint(total * rng.uniform(0.82, 0.97, age.size)).astype(np.int64),
        status=status,
        is_scheduled=rng.random(age.size) < 0.7,
        is_second_mode=rng.random(age.size) < 0.3,
    )


def _how_many(rng: np.random.Generator, key: str) -> int:
    if key in UNCALLED:
        return 0
    return RARELY_CALLED.get(key, int(rng.integers(500, 1600)))


def _bad_hours(provider: str, age: NDArray[np.float64]) -> tuple[NDArray[Any], NDArray[Any]]:
    slower, failing = np.ones(age.size), np.zeros(age.size)
    for stretch in BAD_STRETCHES:
        if stretch.provider == provider:
            within = (age <= stretch.hours_ago) & (age > stretch.hours_ago - stretch.hours)
            slower = np.where(within, stretch.slower, slower)
            failing = np.where(within, stretch.failing, failing)
    return slower, failing


def _failures(rng: np.random.Generator, size: int) -> NDArray[np.intp]:
    return rng.choice(np.arange(1, len(STATUSES)), size=size, p=SPLIT)
