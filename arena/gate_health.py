"""What each gate refused or set aside of a day's votes, from what was kept and the day's quotas. Read side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from django.db.models import Count, Sum
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
    """The last days, oldest first, `today` included. Three queries."""
    first = today - timedelta(days=days - 1)
    counted = dict(
        VoteQuota.objects.filter(kind="network", day__range=(first, today))
        .values_list("day")
        .annotate(Sum("votes"))
        .order_by("day")
    )
    received = RefusedVote.objects.filter(received_at__gte=datetime.combine(first, time.min, UTC))
    groups = received.values_list(TruncDate("received_at", tzinfo=UTC), "reason").annotate(Count("id")).order_by()
    refused: dict[date, Counter[str]] = {}
    for day, reason, votes in groups:
        refused.setdefault(day, Counter())[reason] += votes
    aside = VoteExclusion.objects.filter(day__range=(first, today)).exclude(gate="")
    for day, gate, votes in aside.values_list("day", "gate").annotate(Sum("votes")).order_by():
        refused.setdefault(day, Counter())[gate] += votes
        # they used up the quotas of the day
        counted[day] = max(0, counted.get(day, 0) - votes)
    spread = (first + timedelta(days=number) for number in range(days))
    return [GateDay(day, counted.get(day, 0), refused.get(day, Counter())) for day in spread]


def alarm_lines(days: list[GateDay], names: Mapping[str, str]) -> list[str]:
    """A sentence per alarming gate and day, newest first."""
    return [
        f"{day.day.isoformat()}: the gate “{names.get(gate, gate)}” refused {day.share(gate):.0%} of {day.sent} votes"
        for day in reversed(days)
        for gate in day.alarms
    ]
