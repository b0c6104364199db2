"""SQL between samples and rollups, and the shapes of its rows. Durations travel as packed integers, not as numbers."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

import numpy as np

from providers.telemetry.histogram import Histogram, histogram_bytes

KEY: Final = "endpoint_id, mode, source, simulated, status"
SUMS: Final = (
    "count(*), CASE status WHEN 'ok' THEN sum(images) ELSE 0 END, sum(total_ms), count(ttfb_ms), "
    "coalesce(sum(ttfb_ms), 0), count(cost_usd), coalesce(sum(cost_usd), 0), coalesce(sum(megapixels), 0)"
)
PACKED: Final = (
    "string_agg(int4send(total_ms), ''::bytea), "
    "coalesce(string_agg(int4send(ttfb_ms), ''::bytea) FILTER (WHERE ttfb_ms IS NOT NULL), ''::bytea)"
)
SAMPLES_OF_HOURS: Final = f"""
SELECT date_trunc('hour', started_at, 'UTC') AS starts_at, {KEY}, {SUMS}, {PACKED}, max(id)
FROM providers_requestsample
WHERE started_at >= %s AND started_at < %s AND date_trunc('hour', started_at, 'UTC') = ANY(%s)
    AND endpoint_id IN (SELECT id FROM providers_endpoint)
GROUP BY starts_at, {KEY}
"""  # noqa: S608
HOURS_OF_DAY: Final = f"""
SELECT date_trunc('day', starts_at, 'UTC'), {KEY}, sum(calls), sum(images), sum(total_ms_sum), sum(ttfb_calls),
    sum(ttfb_ms_sum), sum(priced_calls), sum(cost_usd_sum), sum(megapixels_sum),
    string_agg(total_sketch, ''::bytea), string_agg(ttfb_sketch, ''::bytea)
FROM providers_hourrollup WHERE starts_at >= %s AND starts_at < %s
GROUP BY date_trunc('day', starts_at, 'UTC'), {KEY}
"""  # noqa: S608


class RollupRow(NamedTuple):
    """A row of either rollup table, in the order it is copied; histograms in stored form."""

    starts_at: datetime
    endpoint_id: int
    mode: str
    source: str
    simulated: bool
    status: str
    calls: int
    images: int
    total_ms_sum: int
    ttfb_calls: int
    ttfb_ms_sum: int
    priced_calls: int
    cost_usd_sum: Decimal
    megapixels_sum: Decimal
    total_sketch: bytes
    ttfb_sketch: bytes


COPY_ROLLUPS: Final = f"COPY {{table}} ({', '.join(RollupRow._fields)}) FROM STDIN"


def row_of_samples(row: Sequence[Any]) -> RollupRow:
    """Grouped samples as SUMS and PACKED select them: every duration as 4 bytes becomes a histogram."""
    *fields, total, ttfb = row
    return RollupRow._make([*fields, histogram_of_packed(total), histogram_of_packed(ttfb)])


def compacted(row: RollupRow) -> RollupRow:
    """A row whose histograms are concatenations, with each as short as it can be."""
    total, ttfb = (Histogram.merged([blob]).to_bytes() for blob in (row.total_sketch, row.ttfb_sketch))
    return row._replace(total_sketch=total, ttfb_sketch=ttfb)


def histogram_of_packed(packed: bytes) -> bytes:
    """The stored histogram of durations as PostgreSQL's int4send packs them."""
    return histogram_bytes(np.frombuffer(packed, ">i4")) if packed else b""
