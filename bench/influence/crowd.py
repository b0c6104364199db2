"""Honest voters as on a public site, and rings among them: who voted, from which network, on which day.

Half of the voters cast at most three votes, a few hundreds of them; networks have one to two hundred voters; most
people come once. With `taste` each voter has an opinion of its own of every model.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Final

import numpy as np

from arena.integrity.bounds import CastVote
from arena.integrity.fraud import Cohort, JudgedVote
from arena.rating.davidson import outcome_chances
from arena.rating.tallies import Floats
from bench.rings import MODELS, STRENGTHS, TIE_OF_SHARE, Codes, Votes, judged

SPREAD: Final = 1.2  # of the logarithm of a voter's votes; their median is just under three
MEDIAN: Final = 2.6
MOST_VOTES: Final = 300
MOST_ON_A_NETWORK: Final = 200
SESSION: Final = 20
DAYS: Final = 30
TIES: Final = 0.1
FIRST_DAY: Final = date(2026, 11, 1)
START: Final = 10_000_000


@dataclass(frozen=True, eq=False)
class Crowd:
    """Votes in the order they came."""

    left: Codes
    right: Codes
    outcome: Codes
    voter: Codes
    network: Codes
    day: Codes
    newcomer: Codes
    at: Floats
    ring: Codes

    @property
    def votes(self) -> Votes:
        return self.left, self.right, self.outcome

    def only(self, chosen: Codes) -> Crowd:
        """Those at these positions, or where this is true."""
        return Crowd(*(getattr(self, field.name)[chosen] for field in fields(self)))

    def beside(self, other: Crowd) -> Crowd:
        """Both together, in the order they came."""
        both = Crowd(*(np.concatenate((getattr(self, f.name), getattr(other, f.name))) for f in fields(self)))
        return both.only(np.argsort(both.at, kind="stable"))

    def cast(self) -> list[CastVote]:
        """As the bounds see them."""
        columns = (self.left, self.right, self.day, self.voter, self.network, self.newcomer)
        rows = zip(*(column.tolist() for column in columns), strict=True)
        return [
            CastVote(number, "one", (left, right), FIRST_DAY + timedelta(days=day), str(voter), str(network), bool(new))
            for number, (left, right, day, voter, network, new) in enumerate(rows)
        ]

    def cohorts(self) -> list[tuple[Cohort, ...]]:
        rows = zip(*(column.tolist() for column in (self.voter, self.network, self.day, self.newcomer)), strict=True)
        return [
            (Cohort("voter", str(v)), Cohort("network", str(n)), *([Cohort("new_voters", str(d))] if new else []))
            for v, n, d, new in rows
        ]

    def judged(self) -> list[JudgedVote]:
        """As the nightly tests see them, numbered from 1."""
        return judged(self.votes, self.cohorts())


def honest_crowd(count: int, rng: np.random.Generator, taste: float = 0.0) -> Crowd:
    """So many votes within a month or a little more; `taste` is a standard deviation in log odds."""
    each: list[int] = []
    while sum(each) < count:
        each.append(int(min(MOST_VOTES, np.ceil(MEDIAN * np.exp(SPREAD * rng.standard_normal())))))
    each[-1] -= sum(each) - count
    of_voter = np.array([votes for votes in each if votes])
    voter = np.repeat(np.arange(len(of_voter)), of_voter)
    first = rng.integers(0, DAYS, len(of_voter))
    day = first[voter] + np.concatenate([np.arange(votes) for votes in of_voter]) // SESSION
    left = rng.integers(0, len(MODELS), count)
    right = (left + rng.integers(1, len(MODELS), count)) % len(MODELS)
    opinion = STRENGTHS + taste * rng.standard_normal((len(of_voter), len(MODELS)))
    win, loss, _ = outcome_chances(opinion[voter, left] - opinion[voter, right], TIE_OF_SHARE[TIES])
    chance = rng.random(count)
    outcome = np.where(chance < win, 0, np.where(chance < win + loss, 1, 2))
    network = _networks(len(of_voter), rng)[voter]
    drawn = Crowd(
        *(left, right, outcome, voter, network, day, (day == first[voter]).astype(np.intp), day + rng.random(count)),
        np.zeros(count, dtype=np.intp),
    )
    return drawn.only(np.argsort(drawn.at, kind="stable"))


def _networks(voters: int, rng: np.random.Generator) -> Codes:
    """Of each voter; one has as many voters as a Pareto variable says, 200 at most."""
    sizes: list[int] = []
    while sum(sizes) < voters:
        sizes.append(max(1, int(min(MOST_ON_A_NETWORK, np.ceil(rng.pareto(0.9))))))
    return rng.permutation(np.repeat(np.arange(len(sizes)), sizes)[:voters])


def ring_crowd(votes: Votes, voter: Codes, network: Codes, day: Codes, *, fresh: bool, at: Floats) -> Crowd:
    """A ring's votes beside those of the crowd: its voters and, where it has its own, networks are no one else's."""
    count = len(votes[0])
    new = np.full(count, int(fresh), dtype=np.intp)
    return Crowd(*votes, START + voter, START + network, day, new, day + at, np.ones(count, dtype=np.intp))
