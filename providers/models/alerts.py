"""What an operator watches, when that began and ended, and the messages about it."""

from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator, URLValidator
from django.db import models
from django.db.models import F, Q

from providers.alerts.rules import METRICS
from providers.models.catalogue import ImageModel
from providers.models.deliveries import HAS_ITS_TIME, STATE_KNOWN, Delivery, no_credentials
from providers.models.endpoints import Endpoint, Provider
from providers.models.fields import MODE_CHOICES, NameField
from providers.telemetry.tables import SLIDING

READINGS = [MinValueValidator(1), MaxValueValidator(60)]


class AlertRule(models.Model):
    """A threshold on one figure of a scope; empty scope fields leave all in. Readings in a row are its memory."""

    name = NameField(max_length=120, unique=True)
    is_enabled = models.BooleanField(default=True)
    metric = models.CharField(max_length=20, choices=list(METRICS.items()))
    threshold = models.DecimalField(
        max_digits=14,
        decimal_places=4,
        help_text="Bad above it; for success, bad below it.",
        validators=[MinValueValidator(Decimal("0.0001"))],
    )
    window = models.CharField(max_length=4, choices=[(name, name) for name in SLIDING], default="1h")
    model = models.ForeignKey(ImageModel, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    mode = models.CharField(max_length=20, choices=MODE_CHOICES, blank=True)
    simulated = models.BooleanField(default=False, help_text="Watch calls to the simulator instead of measured ones.")
    fewest_calls = models.PositiveIntegerField(default=10, help_text="Under it success is not judged.")
    opens_after = models.PositiveSmallIntegerField(
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(60)],
        help_text="Bad readings in a row, one a minute.",
    )
    closes_after = models.PositiveSmallIntegerField(default=5, validators=READINGS, help_text="Good readings in a row.")
    webhook_url = models.CharField(
        max_length=300, blank=True, validators=[URLValidator(schemes=["https", "http"]), no_credentials]
    )
    sealed_secret = models.TextField(blank=True, editable=False)
    emails = ArrayField(models.EmailField(), default=list, blank=True, help_text="Addresses, by commas.")
    bad_in_a_row = models.PositiveIntegerField(default=0, editable=False)
    good_in_a_row = models.PositiveIntegerField(default=0, editable=False)
    last_value = models.DecimalField(max_digits=18, decimal_places=4, null=True, editable=False)
    read_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ("name",)
        constraints = [
            models.CheckConstraint(condition=Q(metric__in=list(METRICS)), name="alert_metric_known"),
            models.CheckConstraint(condition=Q(threshold__gt=0), name="alert_threshold_positive"),
            models.CheckConstraint(condition=Q(opens_after__gt=0, closes_after__gt=0), name="alert_takes_a_reading"),
        ]

    def __str__(self) -> str:
        return self.name


class AlertIncident(models.Model):
    """From the reading that opened it to the one that closed it; one at a time is open for a rule."""

    rule = models.ForeignKey(AlertRule, on_delete=models.CASCADE, related_name="incidents")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    opening_value = models.DecimalField(max_digits=18, decimal_places=4)
    worst_value = models.DecimalField(max_digits=18, decimal_places=4)
    threshold = models.DecimalField(max_digits=14, decimal_places=4)

    class Meta:
        ordering = ("-opened_at",)
        constraints = [
            models.UniqueConstraint(fields=["rule"], condition=Q(closed_at__isnull=True), name="one_open_alert"),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(closed_at__gte=F("opened_at")),
                name="alert_closes_after_it_opens",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule} since {self.opened_at:%Y-%m-%d %H:%M}"


class AlertDelivery(Delivery):
    """One message about an incident to one place."""

    incident = models.ForeignKey(AlertIncident, on_delete=models.CASCADE, related_name="deliveries")
    event = models.CharField(max_length=6, choices=[(e, e) for e in ("opened", "closed")])

    class Meta(Delivery.Meta):
        verbose_name_plural = "alert deliveries"
        indexes = [models.Index(fields=["receiver", "next_at"], name="delivery_waiting", condition=Q(state="waiting"))]
        constraints = [
            models.CheckConstraint(condition=STATE_KNOWN, name="delivery_state_known"),
            models.CheckConstraint(condition=HAS_ITS_TIME, name="delivery_has_its_time"),
            models.UniqueConstraint(fields=["incident", "event", "receiver"], name="one_delivery_per_event_and_place"),
        ]

    def __str__(self) -> str:
        return f"{self.event} to {self.receiver}: {self.state}"
