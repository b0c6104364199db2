"""What pages read of request samples: counts, sums and histograms per hour and per day, and how far that has come."""

from django.db import models
from django.db.models import F, Q

from providers.models.endpoints import Endpoint
from providers.models.fields import MODE_CHOICES
from providers.telemetry.sample_rows import SAMPLE_SOURCES, SAMPLE_STATUSES


class Rollup(models.Model):
    """Calls of one endpoint, mode, source, origin and status that started within one span.

    `…_sketch` hold durations in the form of `providers.telemetry.histogram`; `total_ms_sum` is over all calls,
    `ttfb_ms_sum` over the `ttfb_calls` that have a first byte, `cost_usd_sum` over the `priced_calls` whose cost is
    known.
    """

    starts_at = models.DateTimeField()
    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="+")
    mode = models.TextField(choices=MODE_CHOICES)
    source = models.TextField(choices=[(s, s) for s in SAMPLE_SOURCES])
    simulated = models.BooleanField()
    status = models.TextField(choices=[(s, s) for s in SAMPLE_STATUSES])
    calls = models.BigIntegerField()
    images = models.BigIntegerField()
    total_ms_sum = models.BigIntegerField()
    ttfb_calls = models.BigIntegerField()
    ttfb_ms_sum = models.BigIntegerField()
    priced_calls = models.BigIntegerField()
    cost_usd_sum = models.DecimalField(max_digits=24, decimal_places=9)
    megapixels_sum = models.DecimalField(max_digits=24, decimal_places=6)
    total_sketch = models.BinaryField()
    ttfb_sketch = models.BinaryField()

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint", "starts_at", "mode", "source", "simulated", "status"], name="one_%(class)s_per_key"
            ),
            models.CheckConstraint(
                condition=Q(calls__gt=0, images__gte=0, ttfb_calls__gte=0, priced_calls__gte=0)
                & Q(ttfb_calls__lte=F("calls"), priced_calls__lte=F("calls")),
                name="%(class)s_counts_fit",
            ),
        ]
        indexes = [models.Index(fields=["starts_at"], name="%(class)s_starts_at")]

    def __str__(self) -> str:
        return f"{self.endpoint_id} {self.status} {self.starts_at:%Y-%m-%d %H:%M}: {self.calls}"


class HourRollup(Rollup):
    """One UTC hour."""


class DayRollup(Rollup):
    """One UTC day: its hours merged."""


class RolledHour(models.Model):
    """An hour that has been rolled up. Samples of it with a higher id than `last_sample_id` came later."""

    hour = models.DateTimeField(primary_key=True)
    rolled_at = models.DateTimeField()
    last_sample_id = models.BigIntegerField()
    samples = models.BigIntegerField()

    class Meta:
        ordering = ("-hour",)

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H:00}: {self.samples}"
