"""Do votes of careless raters count less, and does a comparison of groups see only what is there?"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from arena.rating.bradley_terry import fit_every_model
from arena.rating.chances import POINTS_PER_LOG_ODDS, chance
from arena.rating.raters.answers import BETTER, WORSE, Answers, Codes
from arena.rating.raters.discrimination import fit_raters, tallies_of
from arena.rating.raters.segments import VoterScores, segment_p_value
from arena.rating.tallies import Floats
from bench.honesty.figures import Figure, mean_of

MODELS = 12
VOTES, VOTES_EACH = 2_000, 60
TASTE_SD = 100 / POINTS_PER_LOG_ODDS


@dataclass(frozen=True, eq=False)
class Crowd:
    """Votes of 12 models, drawn evenly among pairs, and which of them careless raters cast by the toss of a coin."""

    answers: Answers
    careless: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]


def crowd(
    rng: np.random.Generator, strengths: Floats, votes: int, each: int, *, careless: float = 0.0, taste_sd: float = 0.0
) -> Crowd:
    """Raters of `each` votes; a share is careless, and every one moves every model by a taste of its own."""
    n = len(strengths)
    one, other = np.triu_indices(n, 1)
    voter = np.arange(votes) // each
    raters = int(voter[-1]) + 1
    careless_rater = np.zeros(raters, dtype=np.bool_)
    careless_rater[rng.permutation(raters)[: round(careless * raters)]] = True
    own = strengths + rng.normal(0, 1, (raters, n)) * taste_sd
    pair = rng.integers(len(one), size=votes)
    likely = chance(own[voter, one[pair]] - own[voter, other[pair]])
    by_chance = careless_rater[voter]
    value = np.where(rng.random(votes) < np.where(by_chance, 0.5, likely), BETTER, WORSE)
    models = tuple(f"m{place:03d}" for place in range(n))
    entries = np.stack((one, other), axis=1)
    answers = Answers(models, raters, voter, pair, one, other, value, np.zeros(votes, np.bool_), entries)
    return Crowd(answers, by_chance)


def careless_raters(repeats: int) -> Iterator[Figure]:
    """The weighted method between Bradley–Terry and a fit that is told whose votes are thrown dice."""
    for name, spread in (("strengths 1 to -1", 1.0), ("strengths 2 to -2", 2.0)):
        strengths = np.linspace(spread, -spread, MODELS)
        off, order = _errors(strengths, 0.2, repeats)
        plain, weighted, told = off.mean(axis=0)
        closed = (plain - weighted) / (plain - told)
        gain = (off[:, 0] - off[:, 1]) - closed * (off[:, 0] - off[:, 2])
        doubt = float(gain.std() / np.sqrt(repeats) / (plain - told))
        yield Figure(f"{name}, 20 % careless: share of the gap closed", float(closed), doubt, 0.5, None)
        yield mean_of(f"{name}: mean squared error of Bradley–Terry", off[:, 0].tolist())
        yield mean_of(f"{name}: of the weighted method", off[:, 1].tolist())
        yield mean_of(f"{name}: of the fit that is told", off[:, 2].tolist())
        yield mean_of(f"{name}: Kendall's τ won by weighing", (order[:, 1] - order[:, 0]).tolist(), 0.0, None)
        off, order = _errors(strengths, 0.0, repeats)
        yield mean_of(f"{name}, all careful: squared error lost", (off[:, 1] - off[:, 0]).tolist(), None, 0.01)
        yield mean_of(f"{name}, all careful: Kendall's τ lost", (order[:, 0] - order[:, 1]).tolist(), None, 0.01)


def _errors(strengths: Floats, careless: float, repeats: int) -> tuple[Floats, Floats]:
    """Mean squared error and Kendall's τ (repeats × 3): of the plain fit, the weighted one, the one that is told."""
    off, order = [], []
    for seed in range(repeats):
        made = crowd(np.random.default_rng(seed), strengths, VOTES, VOTES_EACH, careless=careless)
        plain = fit_every_model(tallies_of(made.answers))
        told = fit_every_model(tallies_of(made.answers.only(~made.careless)))
        fits = (plain.strengths, fit_raters(made.answers).strengths, told.strengths)
        off.append([np.mean((fit - fit.mean() - strengths) ** 2) for fit in fits])
        order.append([_kendall(fit, strengths) for fit in fits])
    return np.array(off), np.array(order)


def _kendall(one: Floats, other: Floats) -> float:
    i, j = np.triu_indices(len(one), 1)
    return float(np.mean(np.sign(one[i] - one[j]) * np.sign(other[i] - other[j])))


def segments(repeats: int) -> Iterator[Figure]:
    """How often equal groups are called different, and groups that differ."""
    strengths = np.linspace(1, -1, MODELS)
    for name, groups, uneven in (
        ("two groups of 100", 2, False),
        ("three of 67", 3, False),
        ("two of 100, one casting a third of the other's votes", 2, True),
    ):
        found = [_p_value(seed, strengths, groups, uneven, 0.0) < 0.05 for seed in range(repeats)]
        low, high = (None, None) if uneven else (0.03, 0.07)
        yield mean_of(f"{name} of equal tastes (SD 100 of each voter): p < 0.05", found, low, high)
    moved = [_p_value(seed, strengths, 2, False, 60 / POINTS_PER_LOG_ODDS) < 0.05 for seed in range(repeats // 5 or 2)]
    yield mean_of("two groups of 100, models moved by SD 60 between them: p < 0.05", moved)
    by_vote = [_by_vote(seed, strengths) < 0.05 for seed in range(repeats // 5 or 2)]
    yield mean_of("two groups of 100 of equal tastes, shuffled by vote and not by voter: p < 0.05", by_vote)


def _p_value(seed: int, strengths: Floats, groups: int, uneven: bool, apart: float) -> float:
    rng = np.random.default_rng(seed)
    voters = 200 if groups == 2 else 201
    made = crowd(rng, strengths, voters * 30, 30, taste_sd=TASTE_SD).answers
    group: Codes = np.arange(voters) % groups
    if apart:
        moved = crowd(rng, strengths + rng.normal(0, apart, MODELS), voters * 30, 30, taste_sd=TASTE_SD).answers
        # the same pairs and voters, so that votes may be exchanged one by one
        own = (group == 1)[made.voter]
        made = replace(made, pair=np.where(own, moved.pair, made.pair), value=np.where(own, moved.value, made.value))
    if uneven:
        made = made.only((group[made.voter] == 0) | (np.arange(len(made)) % 3 == 0))
    return segment_p_value(VoterScores.of(made), group, rng, 499)


def _by_vote(seed: int, strengths: Floats) -> float:
    """What the test would say if every vote were a voter."""
    rng = np.random.default_rng(seed)
    made = crowd(rng, strengths, 6_000, 30, taste_sd=TASTE_SD).answers
    alone = replace(made, voters=len(made), voter=np.arange(len(made)))
    return segment_p_value(VoterScores.of(alone), made.voter % 2, rng, 199)
