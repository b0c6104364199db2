"""Honest votes and those of rings that want to lift one model, drawn by numpy; the same seed gives the same ones.

Twelve Bradley–Terry models evenly from +1 to -1 log odds; the fourth best is to be lifted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from arena.integrity.fraud import Cohort, JudgedVote
from arena.rating.davidson import outcome_chances
from arena.rating.tallies import OUTCOMES, Floats, Tallies

MODELS: Final = tuple(f"m{number:02}" for number in range(12))
STRENGTHS: Final[Floats] = np.linspace(1, -1, 12)
TARGET: Final = 3
TIE_OF_SHARE: Final = {0.0: 0.0, 0.1: 0.2383, 0.3: 0.9181}
"""The tie parameters under which so many of the honest votes are ties."""

Codes = npt.NDArray[np.intp]
Votes = tuple[Codes, Codes, Codes]
"""Left model, right model, outcome: 0 left, 1 right, 2 tie."""
Attack = Callable[[Votes, np.random.Generator], Votes]


def generator(*seed: int) -> np.random.Generator:
    """Of whole numbers above 0: zeros at the end would name the same stream."""
    return np.random.Generator(np.random.PCG64(seed))


def honest(count: int, tie_share: float, rng: np.random.Generator) -> Votes:
    """So many votes over all pairs, either way round."""
    left = rng.integers(0, 12, count)
    right = (left + rng.integers(1, 12, count)) % 12
    win, loss, _ = outcome_chances(STRENGTHS[left] - STRENGTHS[right], TIE_OF_SHARE[tie_share])
    chance = rng.random(count)
    return left, right, np.where(chance < win, 0, np.where(chance < win + loss, 1, 2))


def target_only(votes: Votes) -> Votes:
    """For the target wherever it is shown, honest elsewhere."""
    left, right, outcome = votes
    return left, right, np.where(left == TARGET, 0, np.where(right == TARGET, 1, outcome))


def omnipresent(votes: Votes) -> Votes:
    """Every battle is used: for the target, and without it against the better one of those ahead of the target."""
    left, right, outcome = target_only(votes)
    elsewhere = (left != TARGET) & (right != TARGET) & (np.minimum(left, right) < TARGET)
    return left, right, np.where(elsewhere, np.where(left < right, 1, 0), outcome)


def inverted(votes: Votes) -> Votes:
    """The opposite of an honest opinion."""
    left, right, outcome = votes
    return left, right, np.where(outcome == 2, 2, 1 - outcome)


def random_votes(votes: Votes, rng: np.random.Generator) -> Votes:
    """Left or right by coin."""
    left, right, outcome = votes
    return left, right, rng.integers(0, 2, len(outcome))


ATTACKS: Final[Mapping[str, Attack]] = {
    "target-only": lambda votes, rng: target_only(votes),
    "omnipresent": lambda votes, rng: omnipresent(votes),
    "invert": lambda votes, rng: inverted(votes),
    "random": random_votes,
}


def joined(*parts: Votes) -> Votes:
    left, right, outcome = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    return left, right, outcome


def tallies_of(votes: Votes) -> Tallies:
    counted = Counter(zip(*(column.tolist() for column in votes), strict=True))
    return Tallies.from_rows(
        (MODELS[left], MODELS[right], *(n * (outcome == place) for place in range(4)))
        for (left, right, outcome), n in counted.items()
    )


def judged(votes: Votes, cohorts: Sequence[tuple[Cohort, ...]], board: str = "one") -> list[JudgedVote]:
    """With the cohorts of each vote."""
    lines = zip(*(column.tolist() for column in votes), cohorts, strict=True)
    return [
        JudgedVote(number, board, MODELS[i], MODELS[j], OUTCOMES[outcome], own)
        for number, (i, j, outcome, own) in enumerate(lines, start=1)
    ]
