"""Votes with who cast them, each turned to one order of its two entries. Pure; not how they are read."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from arena.rating.errors import BadVotes
from arena.rating.tallies import ALL_OUTCOMES, OUTCOMES, Floats

WORSE, TIE, BETTER = 0, 1, 2  # of the first entry of a pair
VALUES: Final = 3
NOBODY: Final = -1  # an imported vote of which no file said who cast it

Codes = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
# both_bad says of neither that it is better, and so it is a tie here as in the ratings
_VALUES_OF_LEFT: Final = tuple(round(2 * outcome.left_points) for outcome in ALL_OUTCOMES)
_PLACES: Final = {name: place for place, name in enumerate(OUTCOMES)}

# voter or None, left entry, right entry, left model, right model, outcome
AnswerRow = tuple[Hashable, int, int, str, str, str]


@dataclass(frozen=True, eq=False)
class Answers:
    """N votes in their order, of V voters, on P unordered pairs of entries.

    `voter` (N) is from 0, in the order of first votes, or NOBODY; `pair` (N) from 0, in the order of entries; `first`
    and `second` (P) index into `models` (n); `value` (N) is WORSE, TIE or BETTER of the pair's first entry; `swapped`
    (N): it stood right.
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
        """One row per vote, in the order of their numbers. KeyError for an unknown outcome."""
        people: dict[Hashable, int] = {}
        slugs: dict[str, int] = {}
        codes = [
            (
                NOBODY if voter is None else people.setdefault(voter, len(people)),
                left,
                right,
                slugs.setdefault(left_model, len(slugs)),
                slugs.setdefault(right_model, len(slugs)),
                _PLACES[outcome],
            )
            for voter, left, right, left_model, right_model, outcome in rows
        ]
        columns = np.array(codes, dtype=np.int64).reshape(-1, 6).T
        return cls.from_columns(columns, {place: slug for slug, place in slugs.items()})[0]

    @classmethod
    def from_columns(cls, columns: Codes, slugs: Mapping[int, str]) -> tuple[Answers, tuple[int, ...]]:
        """`columns` (6 × N): voter, left and right entry, left and right model, outcome, one value per vote in order.

        Ids but for the outcome, a place in OUTCOMES; voters' are from 0, or NOBODY. `slugs` by model id. Also the
        voters' ids in the order of their codes. KeyError for an unknown model.
        """
        voter, left_entry, right_entry, left_model, right_model, outcome = columns
        ids, start, inverse = np.unique(voter, return_index=True, return_inverse=True)
        known = ids >= 0
        order = np.argsort(np.where(known, start, len(voter) + 1), kind="stable")
        rank = np.empty(len(ids), dtype=np.int64)
        rank[order] = np.arange(len(ids))
        swapped = left_entry > right_entry
        sides = np.stack((left_entry, right_entry, left_model, right_model), axis=1)
        turned = np.where(swapped[:, None], sides[:, (1, 0, 3, 2)], sides)
        pairs, pair = np.unique(turned, axis=0, return_inverse=True)
        met = sorted(slugs[model] for model in np.unique(pairs[:, 2:]).tolist())
        index = {slug: number for number, slug in enumerate(met)}
        place = {model: index[slug] for model, slug in slugs.items() if slug in index}
        first, second = (np.array([place[m] for m in pairs[:, side].tolist()], dtype=np.int64) for side in (2, 3))
        left_value = np.array(_VALUES_OF_LEFT, dtype=np.int64)[outcome]
        found = cls(
            models=tuple(met),
            voters=int(known.sum()),
            voter=np.where(known[inverse], rank[inverse], NOBODY) if len(ids) else voter,
            pair=pair.reshape(-1),
            first=first,
            second=second,
            value=np.where(swapped, 2 - left_value, left_value),
            swapped=swapped,
            entries=pairs[:, :2],
        )
        return found, tuple(ids[order[: found.voters]].tolist())


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
