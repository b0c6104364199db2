"""Endpoints and months of samples for the benchmark; the largest month exists as rollups alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

import numpy as np
from django.db import connection

from providers.models import Creator, Endpoint, ImageModel, Provider
from providers.telemetry.histogram import Histogram, histogram_bytes
from providers.telemetry.partitions import ensure_sample_days
from providers.telemetry.rollup_sql import COPY_ROLLUPS, RollupRow

PROVIDERS: Final = ("fal", "replicate", "alibaba", "harbor")
DAYS: Final = 30
STATUSES: Final = {"ok": 0.96, "upstream": 0.03, "timeout": 0.01}
SPAN_S: Final = DAYS * 86_400

# log-normal times, four endpoints, two sources, four failures in a hundred; ordered by time, as calls arrive
SAMPLES: Final = """
INSERT INTO providers_requestsample
    (endpoint_id, started_at, total_ms, ttfb_ms, simulated, mode, source, status, cost_usd)
SELECT (%(endpoints)s::bigint[])[1 + n %% 4], %(start)s::timestamptz + n * %(step)s * interval '1 second', total,
    (total * 0.9)::int, false, 'text-to-image', CASE WHEN n %% 5 = 0 THEN 'gateway' ELSE 'scheduled' END,
    CASE WHEN n %% 100 < 96 THEN 'ok' WHEN n %% 100 < 99 THEN 'upstream' ELSE 'timeout' END, 0.005
FROM (SELECT n, least(exp(8 + 0.8 * random_normal()), 86400000)::int AS total
      FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n) AS drawn
"""


def make_model(slug: str) -> list[int]:
    """A model sold by four providers; ids of its endpoints."""
    creator = Creator.objects.get_or_create(slug="bench", defaults={"name": "Bench"})[0]
    model = ImageModel.objects.create(slug=slug, name=slug, creator=creator, modes=["text-to-image"])
    ids = []
    for provider in PROVIDERS:
        seller = Provider.objects.get_or_create(slug=provider, defaults={"name": provider})[0]
        endpoint = Endpoint.objects.create(
            key=f"{provider}/{slug}", model=model, provider=seller, provider_model_id=slug, modes=["text-to-image"]
        )
        ids.append(endpoint.id)
    return ids


def first_moment() -> datetime:
    """Thirty days ago to the hour: the start of the window that is asked for."""
    return (datetime.now(UTC) - timedelta(days=DAYS)).replace(minute=0, second=0, microsecond=0)


def make_samples(endpoints: list[int], count: int) -> None:
    """So many over thirty days, by the database itself, without marking hours: they are rolled up day by day."""
    start = first_moment()
    ensure_sample_days([(start + timedelta(days=day)).date() for day in range(DAYS + 1)])
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("ALTER TABLE providers_requestsample DISABLE TRIGGER USER")
        step = SPAN_S / count
        values = {"endpoints": endpoints, "start": start, "step": step, "first": 0, "last": count - 1}
        cursor.execute(SAMPLES, values)
        cursor.execute("ALTER TABLE providers_requestsample ENABLE TRIGGER USER")
        cursor.execute("ANALYZE providers_requestsample")


def make_rollups(endpoints: list[int], count: int) -> None:
    """Rollups as so many samples would have left them, without the samples."""
    start = first_moment()
    hours = [start + timedelta(hours=hour) for hour in range(DAYS * 24)]
    days = sorted({hour.replace(hour=0) for hour in hours})
    _write("providers_hourrollup", _rows(endpoints, hours, count // (len(hours) * len(endpoints) * 2)))
    _write("providers_dayrollup", _rows(endpoints, days, count // (len(days) * len(endpoints) * 2)))


def _rows(endpoints: list[int], starts: list[datetime], calls_each: int) -> Iterator[RollupRow]:
    drawn = np.random.default_rng(1).lognormal(8, 0.8, min(calls_each, 200_000)).astype(np.int64)
    histogram = Histogram.of(drawn).counts * max(1, calls_each // max(drawn.size, 1))
    blobs = {status: Histogram((histogram * share).astype(np.int64)).to_bytes() for status, share in STATUSES.items()}
    for start in starts:
        for endpoint in endpoints:
            for source in ("gateway", "scheduled"):
                for status, share in STATUSES.items():
                    calls = max(1, int(calls_each * share))
                    blob = blobs[status] or histogram_bytes([3000])
                    sums = (
                        calls,
                        calls,
                        calls * 4000,
                        calls,
                        calls * 3600,
                        calls,
                        Decimal("0.005") * calls,
                        Decimal(0),
                    )
                    yield RollupRow(start, endpoint, "text-to-image", source, False, status, *sums, blob, blob)


def _write(table: str, rows: Iterator[RollupRow]) -> None:
    with connection.cursor() as cursor:
        with cursor.copy(COPY_ROLLUPS.format(table=table)) as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(f"ANALYZE {table}")
