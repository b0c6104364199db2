"""Request samples: one row per measured call to an endpoint, kept in one partition per UTC day.

The table is made by SQL in its migration, for Django knows no partitions. Rows are added and expire by whole days; they
are never changed. Pages never read this table: they read rollups.
"""

from django.db import models
from django.db.models import F, Q

from providers.models.endpoints import Endpoint
from providers.models.fields import MODE_CHOICES
from providers.models.gateway import ApiKey
from providers.telemetry.sample_rows import SAMPLE_SOURCES, SAMPLE_STATUSES


class RequestSample(models.Model):
    """One call to one endpoint: when it started, how long it took, how it ended and what it cost.

    `ttfb_ms` runs from the first byte sent to the first byte of the answer that carries the finished result, `total_ms`
    to the last image byte in our hands; `images` is how many a successful call gave. The endpoint is no foreign key in
    the database: a check for every row would slow imports down, and what a deleted endpoint leaves behind expires.
    """

    id = models.BigIntegerField(primary_key=True)
    endpoint = models.ForeignKey(Endpoint, on_delete=models.DO_NOTHING, db_constraint=False, related_name="samples")
    mode = models.TextField(choices=MODE_CHOICES)
    source = models.TextField(choices=[(s, s) for s in SAMPLE_SOURCES])
    simulated = models.BooleanField()
    started_at = models.DateTimeField()
    ttfb_ms = models.IntegerField(null=True)
    total_ms = models.IntegerField()
    status = models.TextField(choices=[(s, s) for s in SAMPLE_STATUSES])
    http_status = models.SmallIntegerField(null=True)
    cost_usd = models.DecimalField(max_digits=18, decimal_places=9, null=True)
    megapixels = models.DecimalField(max_digits=12, decimal_places=6, null=True)
    attempt = models.SmallIntegerField(default=1)
    request_id = models.UUIDField(null=True)
    images = models.SmallIntegerField(default=1)

    class Meta:
        db_table = "providers_requestsample"

    def __str__(self) -> str:
        return f"{self.endpoint_id} {self.status} {self.started_at:%Y-%m-%d %H:%M:%S} {self.total_ms} ms"


class ChangedHour(models.Model):
    """An hour (UTC) whose samples changed since it was last rolled up; a trigger writes one per hour and statement.

    Rows are only added and taken away, so writers never wait for one another.
    """

    hour = models.DateTimeField(db_index=True)
    marked_at = models.DateTimeField()

    class Meta:
        db_table = "providers_changedhour"

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H:00}"


class SampleBatch(models.Model):
    """A file, identified by the digest of its rows; or what a key sent under one idempotency key."""

    digest = models.CharField(max_length=64)
    name = models.CharField(max_length=255, blank=True)
    key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, null=True, blank=True, related_name="sample_batches")
    idempotency_key = models.CharField(max_length=255, blank=True)
    samples = models.PositiveBigIntegerField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-id",)
        verbose_name_plural = "sample batches"
        constraints = [
            models.UniqueConstraint(fields=["digest"], condition=Q(key__isnull=True), name="one_batch_per_file"),
            models.UniqueConstraint(
                fields=["key", "idempotency_key"], condition=Q(key__isnull=False), name="one_batch_per_idempotency_key"
            ),
            models.CheckConstraint(
                condition=Q(key__isnull=True, idempotency_key="") | (Q(key__isnull=False) & ~Q(idempotency_key="")),
                name="batch_of_a_key_has_an_idempotency_key",
            ),
            models.CheckConstraint(condition=Q(samples__gt=0), name="batch_holds_a_sample"),
        ]

    def __str__(self) -> str:
        return f"{self.name or self.idempotency_key}: {self.samples} samples"


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
