"""A page's figures over thirty days at three sizes, beside percentile_cont on the same rows; rolling up, bytes."""

from __future__ import annotations

from datetime import UTC, date, datetime
from time import perf_counter
from typing import Any

from django.db import connection
from django.utils import timezone

from bench.report import Line, Target, beside, shown_seconds, times_faster
from bench.telemetry_world import make_model, make_rollups, make_samples
from bench.timing import Taken, take_turns, timed
from providers.telemetry.reading import CallScope, performance
from providers.telemetry.roll_up import roll_up_days
from providers.telemetry.tables import sliding_window

FLAT = Target(5.0, False, "≤ 5 ×")
EXACT = """
SELECT endpoint_id, percentile_cont(ARRAY[0.5, 0.75, 0.9, 0.95, 0.99]) WITHIN GROUP (ORDER BY total_ms),
    percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY ttfb_ms)
FROM providers_requestsample WHERE endpoint_id = ANY(%s) AND status = 'ok' AND started_at >= %s GROUP BY endpoint_id
"""


def measure_pages(few: int, many: int, pretended: int, rounds: int) -> list[Line]:
    """`few` and `many` real samples; `pretended` ones exist as rollups alone."""
    make_samples(make_model("few"), few)
    endpoints = make_model("many")
    make_samples(endpoints, many)
    lines = [_roll_up(), *_sizes()]
    # after the roll-up, which rebuilds whole hours, and would take these for stale
    make_rollups(make_model("pretended"), pretended)
    taken = take_turns({slug: timed(lambda slug=slug: _page(slug)) for slug in ("few", "many", "pretended")}, rounds)
    exact = _exact(endpoints)
    return [
        *lines,
        Line(f"page of 30 days, {few:,} samples", shown_seconds(taken["few"].median)),
        _flat(f"the same of {many:,} : of {few:,}", taken["many"], taken["few"]),
        _flat(f"the same of {pretended:,}, rollups made directly : of {many:,}", taken["pretended"], taken["many"]),
        times_faster(f"page of {many:,} : percentile_cont on them", taken["many"], exact, 100),
    ]


def _page(slug: str) -> None:
    table = performance(CallScope(model=slug), sliding_window("30d", timezone.now()))
    if len(table.lines) != 4:
        raise RuntimeError(f"{slug}: {len(table.lines)} lines instead of one per provider")


def _roll_up() -> Line:
    started = perf_counter()
    samples = sum(day.samples for day in roll_up_days(date.min, datetime.now(UTC).date()))
    seconds = perf_counter() - started
    return Line(f"{samples:,} samples rolled up", f"{samples / seconds:,.0f}/s, {shown_seconds(seconds)}")


def _sizes() -> list[Line]:
    sample = _one("SELECT sum(pg_total_relation_size(relid)) FROM pg_partition_tree('providers_requestsample')")
    samples = _one("SELECT count(*) FROM providers_requestsample")
    lines = [Line("bytes of a sample, its indexes included", f"{sample / samples:.0f}")]
    for table, what in (("providers_hourrollup", "an hour's rollup"), ("providers_dayrollup", "a day's rollup")):
        rows = _one(f"SELECT count(*) FROM {table}")  # noqa: S608
        size = _one(f"SELECT pg_total_relation_size('{table}')")
        lines.append(Line(f"bytes of {what}, its indexes included", f"{size / rows:,.0f} ({rows:,} rows)"))
    return lines


def _exact(endpoints: list[int]) -> Taken:
    """Once: it takes long, and nothing of it is cached."""
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        started = perf_counter()
        cursor.execute(EXACT, [endpoints, sliding_window("30d", timezone.now()).starts_at])
        cursor.fetchall()
    seconds = perf_counter() - started
    return Taken(seconds, seconds)


def _flat(what: str, ours: Taken, theirs: Taken) -> Line:
    return Line(what, beside(ours, theirs), ours.median / theirs.median, FLAT)


def _one(query: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchone()[0]
