"""What each gate refused or set aside of a day's votes, and what waits for an operator. Read side."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from django.db.models import Count, F, QuerySet, Sum, Value
from django.db.models.functions import TruncDate

from arena.models import RefusedVote, VoteExclusion, VoteQuota

DAYS: Final = 14
ALARM_SHARE: Final = 0.20
ALARM_VOTES: Final = 50


@dataclass(frozen=True)
class GateDay:
    """One UTC day: votes that were counted, and those refused or set aside by reason."""

    day: date
    counted: int
    refused: Mapping[str, int]

    @property
    def sent(self) -> int:
        return self.counted + sum(self.refused.values())

    def share(self, gate: str) -> float:
        """What the gate refused of all that was sent, as a share of 1."""
        return self.refused.get(gate, 0) / self.sent if self.sent else 0.0

    def is_alarming(self, gate: str) -> bool:
        """A day of few votes says nothing."""
        return self.sent >= ALARM_VOTES and self.share(gate) > ALARM_SHARE

    @property
    def alarms(self) -> list[str]:
        return sorted(gate for gate in self.refused if self.is_alarming(gate))


def read_gate_days(today: date, days: int = DAYS) -> list[GateDay]:
    """The last days, oldest first, `today` included. One query."""
    first = today - timedelta(days=days - 1)
    counted: Counter[date] = Counter()
    refused: dict[date, Counter[str]] = {}
    for what, day, gate, votes in _votes_by_day(first, today):
        if what != "quota":
            refused.setdefault(day, Counter())[gate] += votes
        # those set aside used up the quotas of the day
        counted[day] += {"quota": votes, "refused": 0, "aside": -votes}[what]
    spread = (first + timedelta(days=number) for number in range(days))
    return [GateDay(day, max(0, counted[day]), refused.get(day, Counter())) for day in spread]


def _votes_by_day(first: date, today: date) -> QuerySet[Any, Any]:
    """(`quota`, `refused` or `aside`, day, gate, votes) of all votes that came."""
    quotas = VoteQuota.objects.filter(kind="network", day__range=(first, today))
    received = RefusedVote.objects.filter(received_at__gte=datetime.combine(first, time.min, UTC))
    aside = VoteExclusion.objects.filter(day__range=(first, today)).exclude(gate="")
    groups = (
        ("quota", quotas, F("day"), Value(""), Sum("votes")),
        ("refused", received, TruncDate("received_at", tzinfo=UTC), F("reason"), Count("id")),
        ("aside", aside, F("day"), F("gate"), Sum("votes")),
    )
    first_of, *others = (
        rows.order_by().values_list(Value(what), day, gate).annotate(number=votes)
        for what, rows, day, gate, votes in groups
    )
    return first_of.union(*others, all=True)


def alarm_lines(days: list[GateDay], names: Mapping[str, str]) -> list[str]:
    """A sentence per alarming gate and day, newest first."""
    return [
        f"{day.day.isoformat()}: the gate “{names.get(gate, gate)}” refused {day.share(gate):.0%} of {day.sent} votes"
        for day in reversed(days)
        for gate in day.alarms
    ]


def count_each(questions: Mapping[str, QuerySet[Any]]) -> dict[str, int]:
    """By name, the number of rows."""
    first, *others = (
        rows.order_by().values(name=Value(name)).annotate(number=Count("pk")).values_list("name", "number")
        for name, rows in questions.items()
    )
    return {**dict.fromkeys(questions, 0), **dict(first.union(*others, all=True))}
