"""Do intervals by voter hold where voters have tastes of their own?"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from arena.rating.bradley_terry import fit_bradley_terry
from arena.rating.chances import POINTS_PER_LOG_ODDS, chance
from arena.rating.fit import STANDARD_ERRORS, standard_errors
from arena.rating.tallies import Counts, Tallies
from arena.rating.voter_widths import ScoresByVoter
from bench.honesty.figures import Figure, mean_of
from bench.honesty.worlds import even

MODELS = 12
TASTE_SD = 100 / POINTS_PER_LOG_ODDS


def by_voter(repeats: int) -> Iterator[Figure]:
    """Voters alike, and a crowd as in the field: most cast three votes at most, few cast most."""
    for voters, votes, crowd, sd in (
        *((200, 2_000, False, 0.0), (200, 2_000, False, TASTE_SD), (20, 2_000, False, TASTE_SD)),
        *((1_000, 5_000, True, 0.0), (1_000, 5_000, True, TASTE_SD), (300, 3_000, True, TASTE_SD)),
    ):
        yield from _covered(_Electorate(voters, votes, crowd, sd), repeats)


@dataclass(frozen=True)
class _Electorate:
    voters: int
    votes: int
    is_crowd: bool
    taste_sd: float

    def __str__(self) -> str:
        crowd = " of a crowd" * self.is_crowd
        return f"{self.voters:,} voters{crowd}, {self.votes:,} votes, taste SD {100 if self.taste_sd else 0}"


def _covered(which: _Electorate, repeats: int) -> Iterator[Figure]:
    rng, truth = np.random.default_rng(31), even(MODELS, 1, which.votes, which.taste_sd).truth()
    inside, plain, wider = [], [], []
    for _ in range(repeats):
        tallies, columns = _drawn(_several(which, rng), which.taste_sd, rng)
        fit = fit_bradley_terry(tallies)
        scores = ScoresByVoter(tallies, fit)
        scores.add(*columns)
        factors = scores.widths().factors
        away = np.abs(fit.strengths - fit.strengths.mean() - truth)
        half = STANDARD_ERRORS * standard_errors(fit.covariance)
        inside.append(float(np.mean(away <= half * factors)))
        plain.append(float(np.mean(away <= half)))
        wider.append(float(np.median(factors)))
    yield mean_of(f"{which}: by voter", inside, 0.93, 0.97)
    yield mean_of(f"{which}: by vote, for comparison", plain)
    yield mean_of(f"{which}: the factor", wider)


def _several(which: _Electorate, rng: np.random.Generator) -> Counts:
    """How many votes each casts."""
    if not which.is_crowd:
        return np.full(which.voters, which.votes // which.voters)
    share = np.exp(rng.normal(0, 1.6, which.voters))
    return np.maximum(1, np.floor(share / share.sum() * which.votes)).astype(np.int64)


def _drawn(several: Counts, sd: float, rng: np.random.Generator) -> tuple[Tallies, tuple[Counts, ...]]:
    who = np.repeat(np.arange(len(several)), several)
    taste = np.linspace(1, -1, MODELS) + rng.normal(0, sd, (len(several), MODELS))
    left = rng.integers(0, MODELS, len(who))
    right = (left + rng.integers(1, MODELS, len(who))) % MODELS
    won = rng.random(len(who)) < chance(taste[who, left] - taste[who, right])
    wins, none = np.zeros((MODELS, MODELS), np.int64), np.zeros((MODELS, MODELS), np.int64)
    np.add.at(wins, (np.where(won, left, right), np.where(won, right, left)), 1)
    outcomes = np.stack((won, ~won, np.zeros(len(who), np.bool_)), axis=1).astype(np.int64)
    return Tallies(even(MODELS, 1, 1, 0).models, wins, none, none, none), (who, left, right, outcomes)
