"""Writes a schedule with its entrants and its budget; starts a run now, stops one, or makes its failed pictures anew.

Of a stopped run what was not sent is given back, and what is under way ends by itself and is taken in. A retry is a row
and an intent of its own; pictures of unknown outcome are never retried.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, Max, OuterRef
from django.utils import timezone

from arena.enqueue import enqueue_on_commit
from arena.generation import probe_picture
from arena.generation.cadence import check_cron
from arena.generation.plan_generation import (
    EntrantRequest,
    Line,
    competition_request,
    plan_entrants,
    planned_generation,
)
from arena.generation.send_generation import release_cancelled
from arena.models import Generation, Run, Schedule, ScheduleEntrant
from arena.models.schedules import OPEN_RUNS
from providers.models import BudgetCap, Intent
from providers.pricing import Size
from providers.sheet import Json

PROBE_HOUR: Final = 4
PROBE_MINUTE: Final = 10


@dataclass(frozen=True, kw_only=True)
class ScheduleSheet:
    """What an operator decides. `seeds` empty draws new ones for each run; `first_at` is ignored by cron lines."""

    competition_id: int
    entrants: Sequence[EntrantRequest]
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
    kind: str = "generate"


@transaction.atomic
def generate_once(sheet: ScheduleSheet, *, actor: User | None) -> Run:
    """Starts as soon as a worker is free. What it may cost is the sheet's daily amount, and nothing above it."""
    schedule = Schedule(created_by=actor)
    _write(schedule, replace(sheet, cadence="once", cron=""), next_run_at=None)
    return run_now(schedule.pk)


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
    enqueue_on_commit("start_run", [run.pk])
    return run


def pause_schedule(schedule_id: int, *, is_paused: bool) -> None:
    """A paused one comes due no more; what it missed meanwhile counts as one due time."""
    Schedule.objects.filter(pk=schedule_id).update(is_paused=is_paused)


def _write(schedule: Schedule, sheet: ScheduleSheet, *, next_run_at: datetime | None) -> None:
    schedule.kind, schedule.competition_id = sheet.kind, sheet.competition_id
    schedule.images_per_model, schedule.seeds = sheet.images, list(sheet.seeds)
    schedule.width_px, schedule.height_px = sheet.size.width_px, sheet.size.height_px
    schedule.parameters, schedule.entry_status = sheet.parameters, sheet.entry_status
    schedule.cadence, schedule.cron, schedule.next_run_at = sheet.cadence, sheet.cron, next_run_at
    schedule.save()
    schedule.entrants.all().delete()
    ScheduleEntrant.objects.bulk_create(
        ScheduleEntrant(schedule=schedule, model_id=entrant.model_id, endpoint_id=entrant.endpoint_id)
        for entrant in sheet.entrants
    )
    amounts = {"usd_per_day": sheet.usd_per_day, "usd_per_hour": sheet.usd_per_hour}
    BudgetCap.objects.update_or_create(scope="schedule", subject=schedule.budget_subject, defaults=amounts)


@transaction.atomic
def ensure_probe_schedule(usd_per_day: Decimal, *, now: datetime) -> Schedule | None:
    """The schedule, made at the first call and left paused where somebody paused it; None without a budget."""
    if not usd_per_day:
        Schedule.objects.filter(kind="probe").update(is_paused=True)
        return None
    schedule, _ = Schedule.objects.get_or_create(
        kind="probe",
        defaults={
            "cadence": "daily",
            "width_px": probe_picture.SIZE.width_px,
            "height_px": probe_picture.SIZE.height_px,
            "next_run_at": _first_probe_at(now),
        },
    )
    BudgetCap.objects.update_or_create(
        scope="schedule", subject=schedule.budget_subject, defaults={"usd_per_day": usd_per_day}
    )
    return schedule


def _first_probe_at(now: datetime) -> datetime:
    today = now.replace(hour=PROBE_HOUR, minute=PROBE_MINUTE, second=0, microsecond=0)
    return today if today > now else today + timedelta(days=1)


class RunOver(ValueError):
    """It has ended before."""


def cancel_run(run_id: int, *, actor: User | None) -> int:
    """How many pictures will not be made. Raises RunOver."""
    now = timezone.now()
    with transaction.atomic():
        run = Run.objects.select_for_update().get(pk=run_id)
        if run.state not in OPEN_RUNS:
            raise RunOver("the run has ended before")
        run.state, run.cancelled_at, run.cancelled_by, run.finished_at = "cancelled", now, actor, now
        run.save()
        sent = Intent.objects.filter(uuid=OuterRef("intent_uuid")).exclude(state="reserved")
        unsent = list(run.generations.filter(~Exists(sent), status="waiting").values_list("pk", flat=True))
        waiting = Generation.objects.filter(pk__in=unsent, status="waiting")
        stopped = waiting.update(status="cancelled", finished_at=now)
    return stopped - len(release_cancelled(unsent))


class NothingToRetry(ValueError):
    """No failed picture of the run is without a second try, or it cannot be sent now."""


def retry_generations(run_id: int, generation_ids: Collection[int] | None = None) -> int:
    """All failed ones, or the given among them; how many are on their way. Raises NothingToRetry."""
    with transaction.atomic():
        run = (
            Run.objects.select_for_update(of=("self",))
            .select_related("schedule__competition__source_image")
            .get(pk=run_id)
        )
        retries = [(failed, line) for failed, line in _failed(run, generation_ids) if not line.why_not]
        if not retries:
            raise NothingToRetry("no failed picture can be sent again now")
        last = run.generations.aggregate(last=Max("position"))["last"]
        retried = Generation.objects.bulk_create(
            planned_generation(line, run=run, position=position, seed=failed.seed, size=failed.size, retry_of=failed)
            for position, (failed, line) in enumerate(retries, start=last + 1)
        )
        run.state, run.finished_at = "running", None
        run.save(update_fields=["state", "finished_at"])
        enqueue_on_commit("send_generation", [generation.pk for generation in retried])
    return len(retried)


def _failed(run: Run, generation_ids: Collection[int] | None) -> list[tuple[Generation, Line]]:
    """With what each would cost now."""
    failed = run.generations.filter(status="failed", retried_by=None).select_related("model")
    if generation_ids is not None:
        failed = failed.filter(pk__in=list(generation_ids))
    schedule, first = run.schedule, failed.first()
    if schedule.competition is None or first is None:
        return []
    # the schedule may ask for another size by now; all pictures of a run have one
    request = competition_request(schedule.competition, first.size, schedule.parameters)
    entrants = [
        EntrantRequest(model_id=one.model_id, model_name=one.model.name, endpoint_id=one.endpoint_id) for one in failed
    ]
    plan = plan_entrants(entrants, request, images=1)
    return list(zip(failed, plan.lines, strict=True))
