"""Request samples: one row per measured call to an endpoint, kept in one partition per UTC day.

The table is made by SQL in its migration, for Django knows no partitions. Rows are added and expire by whole days; they
are never changed. Pages never read this table: they read rollups.
"""

from django.db import models

from providers.models.endpoints import Endpoint
from providers.models.fields import MODE_CHOICES
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
