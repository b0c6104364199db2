"""The outcomes of a vote, their counts per ordered pair (left model, right model), and what follows from counting.

Not where votes are read: building tallies from votes or rows of a database is the caller's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from arena.rating.errors import BadCount, BadSlug, BadTally, NegativeCount, SameModel

TIE_POINTS: Final = 0.5


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """`name` stands in the vote log and is a column of tallies.

    `file_words` are those of files in the LMArena form: the first is written, all are read.

    `left_points` are the left side's, the right side has the rest of 1. `left_counters` and `right_counters` are the
    counters of either side's entry that one such vote adds 1 to; `mirrored` is the outcome with the sides exchanged.
    On the voting page `button` is what it is chosen by, on a phone `short`, and `key` as browsers name it, shown as
    `key_sign`; `side` is the picture it chooses, if one.
    """

    name: str
    label: str
    verdict: str
    button: str
    short: str = ""
    key: str
    key_sign: str = ""
    side: str = ""
    file_words: tuple[str, ...]
    left_points: float
    left_counters: tuple[str, ...]
    right_counters: tuple[str, ...]
    mirrored: str


ALL_OUTCOMES: Final = (
    Outcome(
        name="left",
        label="Left",
        verdict="A is better",
        button="A is better",
        short="A",
        key="ArrowLeft",
        key_sign="←",
        side="left",
        file_words=("model_a",),
        left_points=1.0,
        left_counters=("wins",),
        right_counters=("losses",),
        mirrored="right",
    ),
    Outcome(
        name="right",
        label="Right",
        verdict="B is better",
        button="B is better",
        short="B",
        key="ArrowRight",
        key_sign="→",
        side="right",
        file_words=("model_b",),
        left_points=0.0,
        left_counters=("losses",),
        right_counters=("wins",),
        mirrored="left",
    ),
    Outcome(
        name="tie",
        label="Tie",
        verdict="a tie",
        button="Tie",
        key="ArrowDown",
        key_sign="↓",
        file_words=("tie",),
        left_points=TIE_POINTS,
        left_counters=("ties",),
        right_counters=("ties",),
        mirrored="tie",
    ),
    Outcome(
        name="both_bad",
        label="Both bad",
        verdict="both bad",
        button="Both bad",
        key="x",
        file_words=("tie (bothbad)", "both_bad", "bothbad"),
        left_points=TIE_POINTS,
        left_counters=("ties", "both_bad"),
        right_counters=("ties", "both_bad"),
        mirrored="both_bad",
    ),
)
# names in the order of tallies, digests and stored codes: new ones come last
OUTCOMES: Final = tuple(outcome.name for outcome in ALL_OUTCOMES)
# a canonical line: two slugs and the counts
LINE: Final = "\t".join(("%s", "%s", *("%d" for _ in OUTCOMES)))
# nobody won
UNDECIDED: Final = tuple(outcome.name for outcome in ALL_OUTCOMES if outcome.left_points == TIE_POINTS)
# an entry's record; `ties` hold `both_bad`
COUNTERS: Final = ("wins", "losses", "ties", "both_bad")
BY_NAME: Final = {outcome.name: outcome for outcome in ALL_OUTCOMES}

Counts = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

# left slug, right slug, then the counts in the order of OUTCOMES
TallyRow = tuple[str, str, *tuple[int, ...]]


@dataclass(frozen=True)
class Record:
    """One model's battles. `ties` includes `both_bad`; wins + losses + ties = battles."""

    wins: int
    losses: int
    ties: int
    both_bad: int

    @property
    def battles(self) -> int:
        return self.wins + self.losses + self.ties

    @property
    def win_rate(self) -> float | None:
        """Wins / battles as a share of 1, ties worth 0; None without battles."""
        return self.wins / self.battles if self.battles else None


@dataclass(frozen=True, eq=False)
class Tallies:
    """Counts of one board over n models; each array is n × n, [left model, right model], read-only.

    `models` are slugs in ascending order of code points. Two tallies are the same when their
    `models` and their `digest` are.
    """

    models: tuple[str, ...]
    left: Counts
    right: Counts
    tie: Counts
    both_bad: Counts

    def __post_init__(self) -> None:
        size = len(self.models)
        if list(self.models) != sorted(set(self.models)):
            raise BadTally("models: must be distinct slugs in ascending order")
        for outcome in OUTCOMES:
            counts = getattr(self, outcome)
            if counts.shape != (size, size) or counts.dtype != np.int64:
                raise BadTally(
                    f"{outcome}: must be int64 of shape {size} × {size}, is {counts.dtype} of {counts.shape}"
                )
            counts.setflags(write=False)

    @classmethod
    def from_rows(cls, rows: Iterable[TallyRow], models: Iterable[str] = ()) -> Self:
        """Sum rows (left slug, right slug, a count for each of OUTCOMES), in any order, repeated pairs allowed.

        A row of zeros leaves no trace, so a withdrawn vote is as if never cast; `models` adds
        slugs that have to be listed without any battle. Errors name the row, counted from 1.
        """
        listed = list(rows)
        counts = _checked_counts(listed)
        nonzero = np.flatnonzero(counts.any(axis=1))
        pairs = [listed[i][:2] for i in nonzero.tolist()]
        slugs = tuple(sorted({slug for pair in pairs for slug in pair} | set(models)))
        _check_slugs(slugs)
        place = {slug: index for index, slug in enumerate(slugs)}
        at = np.array([(place[left], place[right]) for left, right in pairs], dtype=np.intp).reshape(-1, 2)
        cube = np.zeros((len(OUTCOMES), len(slugs), len(slugs)), dtype=np.int64)
        for layer, column in zip(cube, counts[nonzero].T, strict=True):
            np.add.at(layer, (at[:, 0], at[:, 1]), column)
        return cls(slugs, *cube)

    @classmethod
    def merge(cls, parts: Iterable[Tallies]) -> Self:
        """Sum several boards, for example the competitions of a category, over the union of their models."""
        listed = list(parts)
        slugs = tuple(sorted({slug for part in listed for slug in part.models}))
        place = {slug: index for index, slug in enumerate(slugs)}
        cube = np.zeros((len(OUTCOMES), len(slugs), len(slugs)), dtype=np.int64)
        for part in listed:
            at = np.array([place[slug] for slug in part.models], dtype=np.intp)
            for layer, outcome in zip(cube, OUTCOMES, strict=True):
                layer[np.ix_(at, at)] += getattr(part, outcome)
        return cls(slugs, *cube)

    def among(self, models: Iterable[str]) -> Self:
        """The counts of these models against each other. Raises KeyError for one that is not here."""
        place = {slug: index for index, slug in enumerate(self.models)}
        chosen = tuple(sorted(set(models)))
        at = np.array([place[slug] for slug in chosen], dtype=np.intp)
        return type(self)(chosen, *(getattr(self, outcome)[np.ix_(at, at)] for outcome in OUTCOMES))

    def busiest(self, most: int) -> tuple[str, ...]:
        """Those with most battles, equals by slug."""
        fought = self.wins.sum(axis=0) + self.wins.sum(axis=1) + self.ties.sum(axis=1)
        return tuple(self.models[place] for place in np.argsort(-fought, kind="stable")[:most].tolist())

    @property
    def battles(self) -> int:
        """All battles counted, each once."""
        return int(self._sum(OUTCOMES).sum())

    @cached_property
    def wins(self) -> Counts:
        """W[i, j]: battles in which i beat j, on either side."""
        return self.left + self.right.T

    @cached_property
    def ties(self) -> Counts:
        """T[i, j] = T[j, i]: battles of i and j without a winner."""
        return self.undecided + self.undecided.T

    @cached_property
    def undecided(self) -> Counts:
        """Battles without a winner, per ordered pair."""
        return self._sum(UNDECIDED)

    def _sum(self, outcomes: Sequence[str]) -> Counts:
        counts: Counts = np.sum([getattr(self, outcome) for outcome in outcomes], axis=0)
        return counts

    @property
    def scores(self) -> Floats:
        """S = W + T/2, the points i took from j."""
        return self.wins + self.ties / 2

    @property
    def records(self) -> tuple[Record, ...]:
        """One record per model, in the order of `models`."""
        both_bad = self.both_bad + self.both_bad.T
        columns = (self.wins.sum(axis=1), self.wins.sum(axis=0), self.ties.sum(axis=1), both_bad.sum(axis=1))
        return tuple(Record(*line) for line in np.stack(columns, axis=1).tolist())

    @property
    def canonical_lines(self) -> tuple[str, ...]:
        """The counts as text, the same whatever order they came in.

        One line per ordered pair with a battle: left slug, right slug, the counts in the order of OUTCOMES,
        separated by single tabs, counts in plain decimal, no line end; lines ascend by left slug,
        then right slug, by code points.
        """
        rows, columns = np.nonzero(self._sum(OUTCOMES))
        names = ([self.models[place] for place in places.tolist()] for places in (rows, columns))
        counts = (getattr(self, outcome)[rows, columns].tolist() for outcome in OUTCOMES)
        return tuple(LINE % line for line in zip(*names, *counts, strict=True))

    @cached_property
    def digest(self) -> str:
        """SHA-256, in lower-case hex, of the canonical lines in UTF-8, each ended by one line feed."""
        text = "\n".join((*self.canonical_lines, ""))
        return hashlib.sha256(text.encode()).hexdigest()


def _checked_counts(rows: Sequence[TallyRow]) -> Counts:
    for number, row in enumerate(rows, start=1):
        if row[0] == row[1]:
            raise SameModel(f"row {number}: left and right are both {row[0]!r}; a battle has two different models")
    counts = np.array([row[2:] for row in rows] or np.zeros((0, len(OUTCOMES)), dtype=np.int64))
    if counts.dtype != np.int64:
        number, outcome, count = _first(rows, _not_whole)
        raise BadCount(f"row {number}: {outcome} is {count!r}; it must be a whole number below 2^63")
    if (counts < 0).any():
        number, outcome, count = _first(rows, lambda count: count < 0)
        raise NegativeCount(f"row {number}: {outcome} is {count}; it must be 0 or more")
    return counts


def _first(rows: Sequence[TallyRow], wrong: Callable[[int], bool]) -> tuple[int, str, int]:
    cells = (
        (number, *cell) for number, row in enumerate(rows, start=1) for cell in zip(OUTCOMES, row[2:], strict=True)
    )
    return next(cell for cell in cells if wrong(cell[2]))


def _not_whole(count: object) -> bool:
    if isinstance(count, (bool, np.unsignedinteger)) or not isinstance(count, (int, np.integer)):
        return True
    return abs(int(count)) >= 2**63


def _check_slugs(slugs: Iterable[str]) -> None:
    for slug in slugs:
        if not slug or any(mark in slug for mark in "\t\r\n"):
            raise BadSlug(f"model slug {slug!r}: must not be empty or contain a tab or a line end")
