"""Keeps the one schedule that measures every endpoint each day, within the budget the site sets for it."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from django.db import transaction

from arena.generation import probe_picture
from arena.models import Schedule
from providers.models import BudgetCap

HOUR: Final = 4
MINUTE: Final = 10


@transaction.atomic
def keep_probes(usd_per_day: Decimal, *, now: datetime) -> Schedule | None:
    """The schedule, made at the first call and left paused where somebody paused it; None without a budget."""
    kept = Schedule.objects.filter(kind="probe").first()
    if not usd_per_day:
        if kept is not None:
            Schedule.objects.filter(pk=kept.pk).update(is_paused=True)
        return None
    if kept is None:
        kept, _ = Schedule.objects.get_or_create(
            kind="probe",
            defaults={
                "cadence": "daily",
                "width_px": probe_picture.SIZE.width_px,
                "height_px": probe_picture.SIZE.height_px,
                "next_run_at": _first(now),
            },
        )
    BudgetCap.objects.update_or_create(
        scope="schedule", subject=kept.budget_subject, defaults={"usd_per_day": usd_per_day}
    )
    return kept


def _first(now: datetime) -> datetime:
    today = now.replace(hour=HOUR, minute=MINUTE, second=0, microsecond=0)
    return today if today > now else today + timedelta(days=1)
