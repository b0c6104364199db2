"""Votes with who cast them, each turned to one order of its two entries. Pure; not how they are read."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from arena.rating.errors import BadVotes
from arena.rating.tallies import ALL_OUTCOMES, Floats

WORSE, TIE, BETTER = 0, 1, 2  # of the first entry of a pair
VALUES: Final = 3
NOBODY: Final = -1  # an imported vote of which no file said who cast it

Codes = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
# both_bad says of neither that it is better, and so it is a tie here as in the ratings
_VALUE_OF_LEFT: Final = {outcome.name: round(2 * outcome.left_points) for outcome in ALL_OUTCOMES}

# voter or None, left entry, right entry, left model, right model, outcome
AnswerRow = tuple[Hashable, int, int, str, str, str]


@dataclass(frozen=True, eq=False)
class Answers:
    """N votes in their order, of V voters, on P unordered pairs of entries.

    `voter` (N) is from 0, in the order of first votes, or NOBODY; `pair` (N) from 0; `first` and `second` (P) index
    into `models` (n); `value` (N) is WORSE, TIE or BETTER of the pair's first entry; `swapped` (N): it stood right.
    `entries` (P × 2) are ids as they were given, the first being the smaller. Raises BadVotes.
    """

    models: tuple[str, ...]
    voters: int
    voter: Codes
    pair: Codes
    first: Codes
    second: Codes
    value: Codes
    swapped: Flags
    entries: Codes

    def __post_init__(self) -> None:
        lengths = {len(self.voter), len(self.pair), len(self.value), len(self.swapped)}
        if len(lengths) > 1 or len({len(self.first), len(self.second), len(self.entries)}) > 1:
            raise BadVotes("voter, pair, value and swapped need one value per vote, first, second and entries per pair")
        if len(self.value) and not 0 <= self.value.min() <= self.value.max() < VALUES:
            raise BadVotes(f"value: must be from 0 to {VALUES - 1}")
        if (self.first == self.second).any():
            raise BadVotes("second: has the model of first; a battle has two different models")

    def __len__(self) -> int:
        return len(self.value)

    @property
    def pairs(self) -> int:
        return len(self.first)

    @property
    def points(self) -> Floats:
        """Of the first entry, by vote: 0, 1/2 or 1."""
        points: Floats = self.value / 2
        return points

    @property
    def votes_of_voters(self) -> Codes:
        """By voter (V)."""
        return np.bincount(self.voter[self.voter >= 0], minlength=self.voters)

    def only(self, chosen: Flags) -> Answers:
        """These votes, of the same voters and pairs."""
        columns = ("voter", "pair", "value", "swapped")
        return replace(self, **{name: getattr(self, name)[chosen] for name in columns})

    @classmethod
    def from_rows(cls, rows: Iterable[AnswerRow]) -> Answers:
        """One row per vote, in the order of their numbers; models in slug order. KeyError for an unknown outcome."""
        people: dict[Hashable, int] = {}
        pairs: dict[tuple[int, int], int] = {}
        met: list[tuple[str, str]] = []
        columns: list[tuple[int, int, int, bool]] = []
        for voter, left, right, left_model, right_model, outcome in rows:
            swapped = left > right
            key = (right, left) if swapped else (left, right)
            place = pairs.setdefault(key, len(pairs))
            if place == len(met):
                met.append((right_model, left_model) if swapped else (left_model, right_model))
            who = NOBODY if voter is None else people.setdefault(voter, len(people))
            value = _VALUE_OF_LEFT[outcome]
            columns.append((who, place, 2 - value if swapped else value, swapped))
        models = tuple(sorted({model for pair in met for model in pair}))
        index = {model: place for place, model in enumerate(models)}
        people_of, places, values, turned = np.array(columns, dtype=np.int64).reshape(-1, 4).T
        first, second = (np.array([index[pair[side]] for pair in met], dtype=np.int64) for side in (0, 1))
        entries = np.array(list(pairs), dtype=np.int64).reshape(-1, 2)
        return cls(models, len(people), people_of, places, first, second, values, turned.astype(np.bool_), entries)


def first_answers(answers: Answers) -> Answers:
    """Without what a known voter said again of a pair; votes of nobody known all stay."""
    known = answers.voter >= 0
    key = answers.voter * max(answers.pairs, 1) + answers.pair
    fresh = ~known
    fresh[np.flatnonzero(known)[np.unique(key[known], return_index=True)[1]]] = True
    return answers.only(fresh)


def summed(places: Codes, values: Floats, length: int) -> Floats:
    """The sum of the values at each place, from 0."""
    sums: Floats = np.bincount(places, values, minlength=length).astype(np.float64)
    return sums


def resampled(generator: np.random.Generator, things: int) -> Codes:
    """How often each of so many things was drawn, drawing as many with replacement."""
    drawn: Codes = np.bincount(generator.integers(things, size=things), minlength=things)
    return drawn
