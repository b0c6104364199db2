"""Paid calls: one row per attempt at one endpoint, and the health of endpoints that follows from them."""

import uuid
from typing import Final

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from providers.adapters.wire import FAILURE_KINDS
from providers.models.budgets import usd
from providers.models.endpoints import Endpoint, Provider
from providers.models.fields import MODE_CHOICES

SOURCES: Final = ("gateway", "scheduled", "probe")
STATES: Final = ("reserved", "submitting", "submitted", "fetched", "done", "failed", "unknown")
OPEN_STATES: Final = STATES[:4]
FINAL_STATES: Final = STATES[4:]
RESOLUTIONS: Final = {"charged": "charged", "not_charged": "not charged"}


class Intent(models.Model):
    """One attempt at one endpoint, charged once at most.

    It moves from state to state by compare-and-set alone. Until `lease_until` whoever drives it may be silent; after
    it the reaper takes over. By `deadline_at` it has ended. `order` is enough to send a scheduled call again from the
    row; gateway calls leave the prompt out. `window_ids` are the budget windows that hold its reservation. Money is
    settled once: `cost_usd` is what was counted as spent, and why is in `cost_basis`.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    endpoint = models.ForeignKey(Endpoint, on_delete=models.SET_NULL, null=True, related_name="intents")
    provider = models.ForeignKey(Provider, on_delete=models.SET_NULL, null=True, related_name="intents")
    endpoint_key = models.CharField(max_length=160)
    mode = models.CharField(max_length=20, choices=MODE_CHOICES)
    source = models.CharField(max_length=10, choices=[(s, s) for s in SOURCES])
    simulated = models.BooleanField()
    state = models.CharField(max_length=10, choices=[(s, s) for s in STATES], default="reserved")
    order = models.JSONField(default=dict)
    attempt = models.PositiveSmallIntegerField(default=1)
    request_id = models.UUIDField(null=True, blank=True)

    reserved_usd = usd()
    cost_usd = usd(null=True, blank=True)
    cost_basis = models.CharField(
        max_length=10,
        blank=True,
        choices=[(b, b) for b in ("price", "worst_case", "nothing", "assumed")],
        help_text="What the cost rests on; assumed: it may have been charged and counts as spent.",
    )
    cost_breakdown = models.JSONField(default=list, blank=True)
    window_ids = ArrayField(models.BigIntegerField(), default=list, blank=True)

    provider_job_id = models.CharField(max_length=200, blank=True)
    poll = models.JSONField(default=dict, blank=True)
    answer = models.JSONField(default=dict, blank=True)
    results = models.JSONField(default=list, blank=True)

    failure_kind = models.CharField(max_length=10, blank=True, choices=[(k, k) for k in FAILURE_KINDS])
    failure_message = models.TextField(blank=True)
    failure_code = models.CharField(max_length=120, blank=True)
    http_status = models.PositiveSmallIntegerField(null=True, blank=True)

    reserved_at = models.DateTimeField()
    submitting_at = models.DateTimeField(null=True, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    fetched_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField()
    deadline_at = models.DateTimeField()
    ttfb_ms = models.PositiveIntegerField(null=True, blank=True)
    total_ms = models.PositiveIntegerField(null=True, blank=True)

    resolution = models.CharField(max_length=12, blank=True, choices=list(RESOLUTIONS.items()))
    resolved_by = models.CharField(max_length=150, blank=True)
    resolution_reason = models.TextField(blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        indexes = [
            models.Index(fields=["lease_until"], name="intent_overdue", condition=Q(state__in=OPEN_STATES)),
            models.Index(
                fields=["provider"], name="intent_in_flight", condition=Q(state__in=("submitting", "submitted"))
            ),
            models.Index(
                fields=["-id"], name="intent_unresolved", condition=Q(state="unknown", resolved_at__isnull=True)
            ),
            models.Index(fields=["request_id"], name="intent_request", condition=Q(request_id__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=STATES), name="intent_state_known"),
            models.CheckConstraint(condition=Q(source__in=SOURCES), name="intent_source_known"),
            models.CheckConstraint(
                condition=Q(reserved_usd__gte=0) & (Q(cost_usd__isnull=True) | Q(cost_usd__gte=0)),
                name="intent_money_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(state__in=OPEN_STATES, finished_at__isnull=True, cost_usd__isnull=True)
                | Q(state__in=FINAL_STATES, finished_at__isnull=False, cost_usd__isnull=False),
                name="intent_ends_settled",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("reserved", "failed")) | Q(submitting_at__isnull=False),
                name="intent_sent_before_it_runs",
            ),
            models.CheckConstraint(
                condition=~Q(state="submitted") | Q(submitted_at__isnull=False), name="intent_submitted_has_a_time"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("fetched", "done")) | (Q(fetched_at__isnull=False) & ~Q(results=[])),
                name="intent_fetched_has_files",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("failed", "unknown")) | ~Q(failure_kind=""), name="intent_failure_has_a_kind"
            ),
            models.CheckConstraint(
                condition=Q(resolution="", resolved_at__isnull=True, resolved_by="", resolution_reason="")
                | (
                    Q(state="unknown", resolved_at__isnull=False, resolution__in=list(RESOLUTIONS))
                    & ~Q(resolved_by="")
                    & ~Q(resolution_reason="")
                ),
                name="intent_resolved_by_someone_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.endpoint_key} {self.state} {str(self.uuid)[:8]}"


class EndpointHealth(models.Model):
    """Faults of an endpoint since its last success, and how long it is left alone.

    Until `opened_until` the breaker refuses; past it one call may try, which `probe_until` claims. `cooling_until` is
    softer: routing tries the endpoint last.
    """

    endpoint = models.OneToOneField(Endpoint, on_delete=models.CASCADE, related_name="health", primary_key=True)
    consecutive_failures = models.PositiveIntegerField(default=0, db_default=0)
    times_opened = models.PositiveIntegerField(default=0, db_default=0)
    opened_until = models.DateTimeField(null=True, blank=True)
    probe_until = models.DateTimeField(null=True, blank=True)
    cooling_until = models.DateTimeField(null=True, blank=True)
    last_failure_kind = models.CharField(max_length=10, blank=True, db_default="")
    last_failure_at = models.DateTimeField(null=True, blank=True)
    last_success_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "endpoint health"
        constraints = [
            models.CheckConstraint(
                condition=Q(probe_until__isnull=True) | Q(opened_until__isnull=False), name="probe_only_when_open"
            )
        ]

    def __str__(self) -> str:
        return f"{self.endpoint_id}: {self.consecutive_failures} faults in a row"
