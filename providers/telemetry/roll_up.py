"""Samples into hours and days. An hour is rebuilt whole: again, late or twice at once, the figures are the same.

The marks a trigger leaves drive it. They are taken away in the transaction that rebuilds their hours, before the
samples are read: a mark taken has its samples visible; one that comes later stays for the next run.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from django.db import connection, transaction

from providers.telemetry.partitions import oldest_day, sample_days
from providers.telemetry.rollup_sql import (
    COPY_ROLLUPS,
    HOURS_OF_DAY,
    SAMPLES_OF_HOURS,
    RollupRow,
    compacted,
    row_of_samples,
)
from providers.telemetry.tables import DAY, HOUR, day_start

LOCK: Final = "providers: roll up"

Progress = Callable[["RolledDay"], None]


@dataclass(frozen=True)
class RolledDay:
    """One day's transaction: hours rebuilt, samples they held, rollup rows written."""

    day: date
    hours: int
    samples: int
    rows: int


def roll_up_changed(now: datetime, retention_days: int) -> tuple[RolledDay, ...]:
    """Rebuild every marked hour, oldest day first, each day in a transaction of its own. Marks of expired days go."""
    first = oldest_day(now, retention_days)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM providers_changedhour WHERE hour < %s", [day_start(first)])
        cursor.execute("SELECT DISTINCT date_trunc('day', hour, 'UTC') FROM providers_changedhour ORDER BY 1")
        days = [moment.astimezone(UTC).date() for (moment,) in cursor.fetchall()]
    return tuple(roll_up_day(day) for day in days)


def roll_up_days(first: date, last: date, *, progress: Progress | None = None) -> tuple[RolledDay, ...]:
    """Rebuild all hours of the days from `first` to `last` that still have samples; other days stay as they are."""
    done = []
    for day in days_with_samples():
        if first <= day <= last:
            done.append(roll_up_day(day, whole=True))
            if progress:
                progress(done[-1])
    return tuple(done)


def days_with_samples() -> tuple[date, ...]:
    """Days with a partition, and days whose samples wait for one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT date_trunc('day', started_at, 'UTC') FROM providers_requestsample_other")
        waiting = {moment.astimezone(UTC).date() for (moment,) in cursor.fetchall()}
    return tuple(sorted(waiting | set(sample_days())))


def roll_up_day(day: date, *, whole: bool = False) -> RolledDay:
    """Rebuild the marked hours of one day, or all 24, and then the day."""
    with transaction.atomic(), connection.cursor() as cursor:
        _lock_day(cursor, day)
        marked = _claim_marks(cursor, day)
        hours = [day_start(day) + number * HOUR for number in range(24)] if whole else marked
        if not hours:
            return RolledDay(day, 0, 0, 0)
        samples = _read_samples(cursor, hours)
        rows = [row_of_samples(columns) for *columns, _ in samples]
        _replace(cursor, "providers_hourrollup", hours, rows)
        _record_hours(cursor, hours, zip(rows, [last_id for *_, last_id in samples], strict=True))
        cursor.execute(HOURS_OF_DAY, [day_start(day), day_start(day) + DAY])
        merged = [compacted(RollupRow(*row)) for row in cursor.fetchall()]
        _replace(cursor, "providers_dayrollup", [day_start(day)], merged)
    return RolledDay(day, len(hours), sum(row.calls for row in rows), len(rows))


def _lock_day(cursor: Any, day: date) -> None:
    """Two runs rebuild the same day one after the other; the second reads what the first committed."""
    cursor.execute("SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0")
    cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s), %s)", [LOCK, day.toordinal()])


def _claim_marks(cursor: Any, day: date) -> list[datetime]:
    cursor.execute(
        "DELETE FROM providers_changedhour WHERE hour >= %s AND hour < %s RETURNING hour",
        [day_start(day), day_start(day) + DAY],
    )
    return sorted({hour for (hour,) in cursor.fetchall()})


def _read_samples(cursor: Any, hours: Sequence[datetime]) -> list[tuple[Any, ...]]:
    """Grouped by key, and beside each group the highest id in it."""
    # groups are few, which the planner cannot know: it would sort all samples
    cursor.execute("SET LOCAL enable_sort = off; SET LOCAL work_mem = '64MB'")
    cursor.execute(SAMPLES_OF_HOURS, [hours[0], hours[-1] + HOUR, list(hours)])
    groups: list[tuple[Any, ...]] = cursor.fetchall()
    cursor.execute("SET LOCAL enable_sort = on")
    return groups


def _replace(cursor: Any, table: str, spans: Sequence[datetime], rows: Iterable[RollupRow]) -> None:
    cursor.execute(f"DELETE FROM {table} WHERE starts_at = ANY(%s)", [list(spans)])  # noqa: S608
    with connection.wrap_database_errors, cursor.copy(COPY_ROLLUPS.format(table=table)) as copy:
        for row in rows:
            copy.write_row(row)


def _record_hours(cursor: Any, hours: Sequence[datetime], groups: Iterable[tuple[RollupRow, int]]) -> None:
    """How far each hour has come; one that has no sample left is forgotten."""
    noted: dict[datetime, list[int]] = {}
    for row, last_id in groups:
        last, samples = noted.get(row.starts_at, (0, 0))
        noted[row.starts_at] = [max(last, last_id), samples + row.calls]
    cursor.execute("DELETE FROM providers_rolledhour WHERE hour = ANY(%s)", [list(hours)])
    cursor.execute(
        "INSERT INTO providers_rolledhour (hour, rolled_at, last_sample_id, samples) "
        "SELECT hour, clock_timestamp(), last, samples FROM unnest(%s::timestamptz[], %s::bigint[], %s::bigint[]) "
        "AS new (hour, last, samples)",
        [list(noted), [last for last, _ in noted.values()], [samples for _, samples in noted.values()]],
    )
