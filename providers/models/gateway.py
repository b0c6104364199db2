"""Keys that callers of the gateway hold, and one row per request they made."""

import uuid
from datetime import datetime
from typing import Final

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from providers.models.budgets import usd
from providers.models.catalogue import ImageModel
from providers.models.deliveries import HAS_ITS_TIME, STATE_KNOWN, Delivery
from providers.models.fields import MODE_CHOICES, NameField

KEY_SCOPES: Final = {
    "images": "generate and edit images",
    "requests:read": "read the log of its own requests",
    "samples:write": "report measured samples",
    "entries:write": "bring entrants: drafts and held entries",
}
OPERATIONS: Final = ("generation", "edit")
UNDER_WAY: Final = ("queued", "processing")
STATUSES: Final = (*UNDER_WAY, "completed", "failed", "rejected", "cancelled")
PUBLIC_ID_LENGTH: Final = 12


class ApiKey(models.Model):
    """Who may call, for what and how often. Of the secret only a hash is kept.

    What it may spend is a `BudgetCap` of scope `key` whose subject is `public_id`. `minute_calls` counts the calls
    since `minute_started_at`; the gateway moves both in the statement that admits a call.
    """

    name = NameField(max_length=120)
    public_id = models.CharField(max_length=PUBLIC_ID_LENGTH, unique=True, editable=False)
    secret_sha256 = models.CharField(max_length=64, editable=False)
    scopes = ArrayField(models.CharField(max_length=20, choices=list(KEY_SCOPES.items())), default=list)
    calls_per_minute = models.PositiveIntegerField(default=600)
    keeps_payloads = models.BooleanField(
        default=False, help_text="Prompts and answers of this key's requests are kept for a while."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True, help_text="Blank: it does not expire.")
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    minute_started_at = models.DateTimeField(null=True, blank=True, editable=False)
    minute_calls = models.PositiveIntegerField(default=0, db_default=0, editable=False)

    class Meta:
        ordering = ("-id",)
        verbose_name = "API key"
        constraints = [
            models.CheckConstraint(condition=Q(scopes__contained_by=list(KEY_SCOPES)), name="key_scopes_known"),
            models.CheckConstraint(condition=Q(calls_per_minute__gt=0), name="key_allows_a_call"),
            models.CheckConstraint(condition=Q(secret_sha256__regex=r"^[0-9a-f]{64}$"), name="key_secret_is_hashed"),  # noqa: S106
        ]

    def __str__(self) -> str:
        return f"{self.name} (lb_{self.public_id})"

    def is_live(self, at: datetime) -> bool:
        """Neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > at)


class GatewayRequest(models.Model):
    """One request at the gateway; its attempts are the intents with its `uuid` as `request_id`.

    Its process renews `lease_until` as long as it works on it; past that, whoever comes settles it from its intents.
    `answer` repeats what was answered to a client that asks again, until `answer_until`; pictures stand in it by
    name. Payloads are kept only where the key or the site says so, and go at `payloads_until`.

    One that is answered later has a `job`: what a worker needs to run it, reduced to what its answer needs once it has
    ended and `is_open` is taken back. `runs` counts how often it was begun: of two that run it only the last may write.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    key = models.ForeignKey(ApiKey, on_delete=models.SET_NULL, null=True, related_name="requests")
    operation = models.CharField(max_length=10, choices=[(o, o) for o in OPERATIONS])
    model_asked = models.CharField(max_length=200)
    model = models.ForeignKey(ImageModel, on_delete=models.SET_NULL, null=True, related_name="+")
    endpoint_key = models.CharField(max_length=160, blank=True, help_text="The endpoint that served it.")
    mode = models.CharField(max_length=20, choices=MODE_CHOICES)
    images = models.PositiveSmallIntegerField(default=1)
    simulated = models.BooleanField(default=False)

    status = models.CharField(max_length=10, choices=[(s, s) for s in STATUSES], default="processing")
    http_status = models.PositiveSmallIntegerField(null=True, blank=True)
    error_code = models.CharField(max_length=60, blank=True)
    error_message = models.TextField(blank=True)
    cost_usd = usd(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    duration_ms = models.PositiveIntegerField(null=True, blank=True)
    overhead_ms = models.DecimalField(max_digits=12, decimal_places=3, null=True, blank=True)

    user = models.CharField(max_length=200, blank=True)
    trace_id = models.CharField(max_length=32, blank=True)
    retry_count = models.PositiveSmallIntegerField(default=0)
    idempotency_key = models.CharField(max_length=255, blank=True)
    body_sha256 = models.CharField(max_length=64)
    answer = models.JSONField(null=True, blank=True)
    answer_until = models.DateTimeField(null=True, blank=True)
    payloads = models.JSONField(null=True, blank=True)
    payloads_until = models.DateTimeField(null=True, blank=True)
    payloads_purged_at = models.DateTimeField(null=True, blank=True)
    job = models.JSONField(null=True, blank=True)
    is_open = models.BooleanField(default=False, db_default=False)
    runs = models.PositiveSmallIntegerField(default=0, db_default=0)

    created_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        indexes = [
            models.Index(fields=["key", "-id"], name="request_of_key"),
            models.Index(fields=["created_at"], name="request_time"),
            models.Index(fields=["created_at"], name="request_unfinished", condition=Q(status="processing")),
            models.Index(fields=["key", "id"], name="request_open_job", condition=Q(is_open=True)),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["key", "idempotency_key"], condition=~Q(idempotency_key=""), name="one_request_per_idempotency"
            ),
            models.CheckConstraint(condition=Q(status__in=STATUSES), name="request_status_known"),
            models.CheckConstraint(condition=Q(operation__in=OPERATIONS), name="request_operation_known"),
            models.CheckConstraint(
                condition=Q(status__in=UNDER_WAY, finished_at__isnull=True)
                | (~Q(status__in=UNDER_WAY) & Q(finished_at__isnull=False, finished_at__gte=F("created_at"))),
                name="request_finishes_once",
            ),
            models.CheckConstraint(condition=Q(is_open=False) | Q(job__isnull=False), name="request_open_with_job"),
            models.CheckConstraint(condition=~Q(status="queued") | Q(is_open=True), name="request_queued_as_job"),
            models.CheckConstraint(
                condition=Q(cost_usd__isnull=True) | Q(cost_usd__gte=0), name="request_cost_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        """What callers know it by."""
        return f"req_{self.uuid.hex}"


class RequestInput(models.Model):
    """A picture that came with an edit that is answered later; gone when that has ended."""

    request = models.ForeignKey(GatewayRequest, on_delete=models.CASCADE, related_name="inputs")
    place = models.PositiveSmallIntegerField()
    is_mask = models.BooleanField(default=False)
    media_type = models.CharField(max_length=40)
    width_px = models.PositiveIntegerField()
    height_px = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        ordering = ("request", "place")
        constraints = [models.UniqueConstraint(fields=["request", "place"], name="one_request_input_per_place")]

    def __str__(self) -> str:
        return f"{self.request_id}, {self.place}"


class RequestMessage(Delivery):
    """That a request has ended, to the address it named: one message, whatever ended it."""

    request = models.OneToOneField(GatewayRequest, on_delete=models.CASCADE, related_name="message")

    class Meta(Delivery.Meta):
        indexes = [models.Index(fields=["next_at"], name="request_message_due", condition=Q(state="waiting"))]
        constraints = [
            models.CheckConstraint(condition=STATE_KNOWN, name="request_message_state_known"),
            models.CheckConstraint(condition=HAS_ITS_TIME, name="request_message_has_time"),
        ]

    def __str__(self) -> str:
        return f"{self.request_id} to {self.receiver_id}"
