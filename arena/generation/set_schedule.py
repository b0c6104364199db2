"""Writes a schedule with its entrants and its budget; what is to happen once starts at once."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from arena.generation.cadence import check_cron
from arena.generation.plan import Wish
from arena.generation.wake import wake_on_commit
from arena.models import Run, Schedule, ScheduleEntrant
from providers.models import BudgetCap
from providers.pricing import Size
from providers.sheet import Json


@dataclass(frozen=True, kw_only=True)
class ScheduleSheet:
    """What an operator decides. `seeds` empty draws new ones for each run; `first_at` is ignored by cron lines."""

    competition_id: int
    wishes: Sequence[Wish]
    size: Size
    usd_per_day: Decimal
    usd_per_hour: Decimal | None = None
    images: int = 1
    seeds: tuple[int, ...] = ()
    parameters: dict[str, Json] = field(default_factory=dict)
    cadence: str = "once"
    cron: str = ""
    first_at: datetime | None = None
    entry_status: str = "held"


@transaction.atomic
def generate_once(sheet: ScheduleSheet, *, actor: User | None) -> Run:
    """Starts as soon as a worker is free. What it may cost is the sheet's daily amount, and nothing above it."""
    schedule = Schedule(created_by=actor)
    _write(schedule, replace(sheet, cadence="once", cron=""), next_run_at=None)
    run = Run.objects.create(schedule=schedule, due_at=timezone.now())
    wake_on_commit("start_run", [run.pk])
    return run


@transaction.atomic
def set_schedule(sheet: ScheduleSheet, *, actor: User | None, schedule_id: int | None = None) -> Schedule:
    """A new schedule, or an old one as the sheet says from now on; its runs stay. Raises BadCron."""
    now = timezone.now()
    schedule = Schedule.objects.select_for_update().get(pk=schedule_id) if schedule_id else Schedule(created_by=actor)
    next_run_at = check_cron(sheet.cron, now=now) if sheet.cadence == "cron" else sheet.first_at or now
    _write(schedule, sheet, next_run_at=next_run_at)
    return schedule


@transaction.atomic
def run_now(schedule_id: int) -> Run:
    """One run beside those that come due, at once."""
    run = Run.objects.create(schedule_id=schedule_id, due_at=timezone.now())
    wake_on_commit("start_run", [run.pk])
    return run


def pause_schedule(schedule_id: int, *, is_paused: bool) -> None:
    """A paused one comes due no more; what it missed meanwhile counts as one due time."""
    Schedule.objects.filter(pk=schedule_id).update(is_paused=is_paused)


def _write(schedule: Schedule, sheet: ScheduleSheet, *, next_run_at: datetime | None) -> None:
    schedule.competition_id = sheet.competition_id
    schedule.images_per_model, schedule.seeds = sheet.images, list(sheet.seeds)
    schedule.width_px, schedule.height_px = sheet.size.width_px, sheet.size.height_px
    schedule.parameters, schedule.entry_status = sheet.parameters, sheet.entry_status
    schedule.cadence, schedule.cron, schedule.next_run_at = sheet.cadence, sheet.cron, next_run_at
    schedule.save()
    schedule.entrants.all().delete()
    ScheduleEntrant.objects.bulk_create(
        ScheduleEntrant(schedule=schedule, model_id=wish.model_id, endpoint_id=wish.endpoint_id)
        for wish in sheet.wishes
    )
    amounts = {"usd_per_day": sheet.usd_per_day, "usd_per_hour": sheet.usd_per_hour}
    BudgetCap.objects.update_or_create(scope="schedule", subject=schedule.budget_subject, defaults=amounts)
