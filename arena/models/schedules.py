"""What is to be generated and when: schedules, the runs that came due, and the single pictures of a run."""

import uuid
from typing import Any, Final

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from arena.models.competitions import Competition, Entry, new_public_id
from providers.models import Endpoint, ImageModel, Intent
from providers.models.budgets import usd
from providers.pricing import Size

KINDS: Final = {
    "generate": "entries of a competition",
    "parity": "entries of a parity board",
    "probe": "probe of the endpoints",
}
CADENCES: Final = {"once": "once", "hourly": "every hour", "daily": "every day", "cron": "by a cron line"}
RUN_STATES: Final = {
    "due": "starting",
    "running": "running",
    "done": "finished",
    "cancelled": "cancelled",
    "refused": "refused",
}
OPEN_RUNS: Final = ("due", "running")
GENERATION_STATES: Final = {
    "waiting": "waiting",
    "done": "done",
    "failed": "failed",
    "unknown": "outcome unknown",
    "cancelled": "cancelled",
}
MOST_IMAGES: Final = 8
SHORTEST_PX: Final = 64
LONGEST_PX: Final = 4096


class Schedule(models.Model):
    """A competition, its entrants and how often; `once` is what an operator starts by hand.

    `seeds` empty draws new ones for each run. What it may spend stands in a BudgetCap of scope `schedule` whose
    subject is `budget_subject`. A schedule of kind `probe` has no competition: it measures every enabled endpoint.
    Of kind `parity`, its pictures become entries of a parity board.
    """

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    kind = models.CharField(max_length=10, choices=list(KINDS.items()), default="generate")
    competition = models.ForeignKey(
        Competition, on_delete=models.CASCADE, null=True, blank=True, related_name="schedules"
    )
    images_per_model = models.PositiveSmallIntegerField(default=1)
    seeds = ArrayField(models.BigIntegerField(), default=list, blank=True)
    width_px = models.PositiveIntegerField(default=1024)
    height_px = models.PositiveIntegerField(default=1024)
    parameters = models.JSONField(default=dict, blank=True)
    cadence = models.CharField(max_length=8, choices=list(CADENCES.items()), default="once")
    cron = models.CharField(max_length=100, blank=True)
    next_run_at = models.DateTimeField(null=True, blank=True)
    is_paused = models.BooleanField(default=False)
    entry_status = models.CharField(max_length=8, choices=[("held", "Held"), ("live", "Live")], default="held")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = [
            models.Index(
                fields=["next_run_at"], name="schedule_due", condition=Q(next_run_at__isnull=False, is_paused=False)
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=("generate", "parity"), competition__isnull=False)
                | Q(kind="probe", competition__isnull=True),
                name="schedule_has_what_it_makes",
            ),
            models.CheckConstraint(condition=Q(cadence__in=list(CADENCES)), name="schedule_cadence_known"),
            models.CheckConstraint(
                condition=(Q(cadence="cron") & ~Q(cron="")) | (~Q(cadence="cron") & Q(cron="")),
                name="schedule_cron_has_a_line",
            ),
            models.CheckConstraint(
                condition=Q(images_per_model__gte=1, images_per_model__lte=MOST_IMAGES),
                name="schedule_images_within_bounds",
            ),
            models.CheckConstraint(
                condition=Q(seeds__len=0) | Q(seeds__len=F("images_per_model")), name="schedule_seed_per_image"
            ),
            models.CheckConstraint(
                condition=Q(width_px__range=(SHORTEST_PX, LONGEST_PX), height_px__range=(SHORTEST_PX, LONGEST_PX)),
                name="schedule_size_within_bounds",
            ),
            models.CheckConstraint(condition=Q(entry_status__in=("held", "live")), name="schedule_entry_status_known"),
            models.UniqueConstraint(fields=["kind"], condition=Q(kind="probe"), name="one_probe_schedule"),
        ]

    def __str__(self) -> str:
        what = str(self.competition) if self.competition_id else KINDS["probe"]
        return f"{what}, {self.get_cadence_display()}"

    def get_absolute_url(self) -> str:
        return f"/ops/schedules/{self.pk}"

    @property
    def size(self) -> Size:
        return Size(width_px=self.width_px, height_px=self.height_px)

    @property
    def budget_subject(self) -> str:
        """Under which its BudgetCap stands."""
        return str(self.pk)


class ScheduleEntrant(models.Model):
    """A model that takes part. Without an endpoint the cheapest healthy one is taken when a run starts."""

    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, related_name="entrants")
    model = models.ForeignKey(ImageModel, on_delete=models.CASCADE, related_name="+")
    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(
                fields=["schedule", "model", "endpoint"], name="entrant_once_per_schedule", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return f"{self.model} at {self.endpoint or 'any endpoint'}"


class Run(models.Model):
    """One due time of a schedule: there is never a second run for it. `planned_usd` is what the plan came to."""

    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, related_name="runs")
    due_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=list(RUN_STATES.items()), default="due")
    reason = models.TextField(blank=True, help_text="Why nothing was started.")
    planned_usd = usd(null=True, blank=True)
    left_out = models.JSONField(default=list, blank=True, help_text="Models that were asked for and could not run.")
    created_at = models.DateTimeField(auto_now_add=True)
    woken_at = models.DateTimeField(null=True, blank=True, editable=False)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ("-due_at", "-id")
        indexes = [models.Index(fields=["id"], name="run_open", condition=Q(state__in=OPEN_RUNS))]
        constraints = [
            models.UniqueConstraint(fields=["schedule", "due_at"], name="one_run_per_due_time"),
            models.CheckConstraint(condition=Q(state__in=list(RUN_STATES)), name="run_state_known"),
            models.CheckConstraint(
                condition=Q(state__in=OPEN_RUNS, finished_at__isnull=True)
                | (~Q(state__in=OPEN_RUNS) & Q(finished_at__isnull=False)),
                name="run_ends_once",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("due", "refused", "cancelled")) | Q(started_at__isnull=False),
                name="run_started_before_it_runs",
            ),
            models.CheckConstraint(condition=~Q(state="refused") | ~Q(reason=""), name="run_refused_for_a_reason"),
            models.CheckConstraint(
                condition=~Q(state="cancelled") | Q(cancelled_at__isnull=False), name="run_cancelled_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.schedule}, due {self.due_at:%Y-%m-%d %H:%M}"

    def get_absolute_url(self) -> str:
        return f"/ops/runs/{self.pk}"


class Generation(models.Model):
    """One picture of one model within a run. `intent_uuid` is chosen before the intent exists, so that a crash between
    the two leaves nothing to guess; a retry is a row of its own, and each failed one has at most one."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="generations")
    position = models.PositiveIntegerField()
    model = models.ForeignKey(ImageModel, on_delete=models.CASCADE, related_name="+")
    endpoint = models.ForeignKey(Endpoint, on_delete=models.SET_NULL, null=True, related_name="+")
    endpoint_key = models.CharField(max_length=160)
    seed = models.BigIntegerField(null=True, blank=True)
    width_px = models.PositiveIntegerField()
    height_px = models.PositiveIntegerField()
    simulated = models.BooleanField()
    planned_usd = usd()
    intent_uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    intent = models.OneToOneField(
        Intent, on_delete=models.PROTECT, null=True, blank=True, related_name="generation", editable=False
    )
    entry = models.OneToOneField(Entry, on_delete=models.SET_NULL, null=True, blank=True, related_name="generation")
    retry_of = models.OneToOneField(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="retried_by", editable=False
    )
    status = models.CharField(max_length=10, choices=list(GENERATION_STATES.items()), default="waiting")
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    woken_at = models.DateTimeField(null=True, blank=True, editable=False)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("position", "id")
        indexes = [models.Index(fields=["id"], name="generation_waiting", condition=Q(status="waiting"))]
        constraints = [
            models.UniqueConstraint(fields=["run", "position"], name="generation_place_in_run"),
            models.CheckConstraint(condition=Q(status__in=list(GENERATION_STATES)), name="generation_status_known"),
            models.CheckConstraint(
                condition=Q(status="waiting", finished_at__isnull=True)
                | (~Q(status="waiting") & Q(finished_at__isnull=False)),
                name="generation_ends_once",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=("failed", "unknown")) | ~Q(error=""), name="generation_fails_for_a_reason"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=("done", "unknown")) | Q(intent__isnull=False),
                name="generation_outcome_has_an_intent",
            ),
            models.CheckConstraint(condition=Q(planned_usd__gte=0), name="generation_plan_not_negative"),
            models.CheckConstraint(
                condition=Q(retry_of__isnull=True) | ~Q(retry_of=F("id")), name="generation_retries_another"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model} at {self.endpoint_key}, {self.status}"

    @property
    def made(self) -> Any:
        """The entry, or the entry of a parity board, that it became; None where there is none."""
        return self.entry or getattr(self, "parity_entry", None)

    @property
    def size(self) -> Size:
        """What was asked for."""
        return Size(width_px=self.width_px, height_px=self.height_px)
