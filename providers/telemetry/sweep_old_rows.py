"""Takes away rows that only say what happened long ago: hours of budgets, and batches whose samples are gone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import QuerySet

from providers.models import BudgetWindow, SampleBatch
from providers.telemetry.partitions import oldest_day
from providers.telemetry.windows import day_start

HOURS_FOR: Final = timedelta(days=35)
AT_ONCE: Final = 5000


@dataclass(frozen=True)
class SweptRows:
    """How many rows went."""

    budget_hours: int
    sample_batches: int


def sweep_old_rows(now: datetime, retention_days: int) -> SweptRows:
    """In small transactions; again is no harm.

    A budget's days stay, for they are what was spent; of its hours those that hold a reservation too. Without its
    batch a file could come twice, but samples as old as that are refused.
    """
    first_day = day_start(oldest_day(now, retention_days))
    hours = BudgetWindow.objects.filter(period="hour", starts_at__lt=now - HOURS_FOR, reserved_usd=0)
    return SweptRows(_delete(hours), _delete(SampleBatch.objects.filter(last_at__lt=first_day)))


def _delete(rows: QuerySet[Any]) -> int:
    deleted = 0
    while ids := list(rows.order_by("pk").values_list("pk", flat=True)[:AT_ONCE]):
        deleted += rows.filter(pk__in=ids).delete()[0]
    return deleted
