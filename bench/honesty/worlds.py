"""Boards of votes from models of known strength, each prompt moving each model by chance."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from arena.rating.bradley_terry import refit
from arena.rating.chances import POINTS_PER_LOG_ODDS, chance, chances
from arena.rating.tallies import Floats, Tallies

Mask = npt.NDArray[np.bool_]
PROMPT_SD = 104 / POINTS_PER_LOG_ODDS


@dataclass(frozen=True, eq=False)
class World:
    """Models of `strengths` (n, log odds); `entered` (P × n) says who is in which competition of `votes` each.

    A prompt moves a model by a normal amount of SD `prompt_sd`.
    """

    strengths: Floats
    entered: Mask
    votes: int
    prompt_sd: float

    @property
    def models(self) -> tuple[str, ...]:
        return tuple(f"m{place:03d}" for place in range(len(self.strengths)))

    def drawn(self, rng: np.random.Generator) -> list[Tallies]:
        """The competitions of one board."""
        return [part for part, _ in self._competitions(rng)]

    def drawn_with_truth(self, rng: np.random.Generator) -> tuple[list[Tallies], Floats]:
        """The same, and what the fit to all votes that could be cast on its prompts would give."""
        parts, expected = zip(*self._competitions(rng), strict=True)
        return list(parts), _fitted(sum(expected, np.zeros((len(self.strengths),) * 2)))

    def _competitions(self, rng: np.random.Generator) -> Iterator[tuple[Tallies, Floats]]:
        """Each with the wins (n × n) to be expected of it."""
        square = (len(self.strengths),) * 2
        for entered in self.entered:
            places = np.flatnonzero(entered)
            strengths = self.strengths[places] + rng.normal(0, self.prompt_sd, len(places))
            one, other = np.triu_indices(len(places), 1)
            battles = rng.multinomial(self.votes, np.full(len(one), 1 / len(one)))
            likely = chance(strengths[one] - strengths[other])
            won = rng.binomial(battles, likely)
            one, other = places[one], places[other]
            left, none = np.zeros(square, dtype=np.int64), np.zeros(square, dtype=np.int64)
            left[one, other], left[other, one] = won, battles - won
            expected = np.zeros(square)
            expected[one, other], expected[other, one] = battles * likely, battles * (1 - likely)
            yield Tallies(self.models, left, none, none, none), expected

    def truth(self) -> Floats:
        """What the fit to votes on ever more prompts would give, which averages chances and not strengths."""
        drawn = np.random.default_rng(1).normal(0, self.prompt_sd * np.sqrt(2), 10_000)
        moves = np.concatenate((drawn, -drawn))
        ahead = self.strengths[:, None] - self.strengths[None, :]
        likely = np.array([[chance(each + moves).mean() for each in row] for row in ahead])
        beside = self.entered.astype(np.float64)
        several = beside.sum(axis=1)
        often = (beside / (several * (several - 1))[:, None]).T @ beside
        np.fill_diagonal(often, 0)
        return _fitted(often * likely)


def even(models: int, competitions: int, votes: int, prompt_sd: float, *, equal: bool = False) -> World:
    """Everyone in every competition, strengths from 1 down to -1 or all 0."""
    strengths = np.zeros(models) if equal else np.linspace(1, -1, models)
    return World(strengths, np.ones((competitions, models), dtype=np.bool_), votes, prompt_sd)


def uneven(parts: Sequence[Tallies], votes: int, prompt_sd: float) -> World:
    """Who met whom as in these competitions, strengths in no order."""
    models = sorted({model for part in parts for model in part.models})
    entered = np.array([[model in part.models for model in models] for part in parts])
    strengths = np.random.default_rng(5).permutation(np.linspace(1, -1, len(models)))
    return World(strengths, entered, votes, prompt_sd)


def _fitted(scores: Floats) -> Floats:
    """About the mean. The prior is next to none."""
    strengths, _ = refit(scores * (1e6 / scores.sum()), 1e-6, np.zeros(len(scores)))
    centred: Floats = strengths - strengths.mean()
    return centred


def drawn_votes(
    strengths: Floats, ties: float, votes: int, rng: np.random.Generator
) -> tuple[npt.NDArray[np.intp], ...]:
    """Left, right and outcome code of votes on one prompt; a tie takes from either side alike."""
    models = len(strengths)
    left = rng.integers(0, models, votes)
    right = (left + rng.integers(1, models, votes)) % models
    drawn, won = rng.random(votes), chances(strengths)[left, right] - ties / 2
    return left, right, np.where(drawn < won, 0, np.where(drawn < won + ties, 2, 1))
