"""Votes per day, counted along with the methods that replay the vote log. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self


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
