"""Votes in the order they were cast, for methods that replay them, and how many there were on each day. Pure.

Not how they are read or which of them count.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from arena.rating.errors import BadVotes
from arena.rating.tallies import OUTCOMES

Codes = npt.NDArray[np.integer]
WON_BY_RIGHT = OUTCOMES.index("right")
FIRST_TIE = OUTCOMES.index("tie")  # from here on nobody won


@dataclass(frozen=True, eq=False)
class VoteSequence:
    """Votes by ascending number. `left` and `right` index into `models`, `outcomes` into OUTCOMES; one value per vote.

    `last_number` is the number of the last vote, 0 when there is none. Raises BadVotes.
    """

    models: tuple[str, ...]
    left: Codes
    right: Codes
    outcomes: Codes
    last_number: int

    def __post_init__(self) -> None:
        if len(set(self.models)) != len(self.models):
            raise BadVotes("models: every slug must appear once")
        columns = (("left", self.left, len(self.models)), ("right", self.right, len(self.models)))
        for name, codes, limit in (*columns, ("outcomes", self.outcomes, len(OUTCOMES))):
            if codes.ndim != 1 or len(codes) != len(self.left) or not np.issubdtype(codes.dtype, np.integer):
                raise BadVotes(f"{name}: must be whole numbers, one per vote, as many as left has ({len(self.left)})")
            if len(codes) and (codes.min() < 0 or codes.max() >= limit):
                raise BadVotes(f"{name}: must be from 0 to {limit - 1}, has {codes.min()} to {codes.max()}")
        if (self.left == self.right).any():
            raise BadVotes("right: has the model of left; a battle has two different models")

    @property
    def battles(self) -> int:
        return len(self.left)

    def part(self, first: int, last: int, last_number: int) -> Self:
        """The votes from place `first` up to and without `last`, the last of which has that number."""
        columns = (self.left[first:last], self.right[first:last], self.outcomes[first:last])
        return type(self)(self.models, *columns, last_number)

    def winners_first(self) -> tuple[Sequence[int], Sequence[int], Sequence[int]]:
        """Winner, loser and 1 for a tie (then left and right) of every vote, in a form loops run over quickly."""
        swapped = self.outcomes == WON_BY_RIGHT
        ahead = np.where(swapped, self.right, self.left)
        behind = np.where(swapped, self.left, self.right)
        return _listed(ahead), _listed(behind), _listed(self.outcomes >= FIRST_TIE)


def _listed(codes: Codes | npt.NDArray[np.bool_]) -> Sequence[int]:
    # bytes are a sequence of small numbers that needs no object per vote
    if not len(codes) or codes.max() < 256:
        return codes.astype(np.uint8).tobytes()
    listed: list[int] = codes.tolist()
    return listed


@dataclass(frozen=True)
class VotesByDay:
    """Counted votes by ISO date in UTC; "" where the day is not known."""

    days: dict[str, int] = field(default_factory=dict)
    battles: int = 0

    def plus(self, moments: Iterable[datetime | None]) -> Self:
        """With these votes added."""
        found = Counter(self.days)
        found.update(moment.astimezone(UTC).date().isoformat() if moment else "" for moment in moments)
        return type(self)(dict(sorted(found.items())), sum(found.values()))

    def to_json(self) -> dict[str, Any]:
        return {"days": self.days, "battles": self.battles}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        return cls(dict(stored["days"]), int(stored["battles"]))
