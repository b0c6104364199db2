"""Simulated calls of thirty days, the same shape on every machine: log-normal times, failures, a few bad stretches.

Pure: numpy only. Ages are shares of the demo's span that have passed since, as for votes.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lumenboard.demo.world import SEED

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
