"""Partitions of request samples: one per UTC day, made ahead of time and dropped after the retention.

A sample of a day without a partition lands in the default one and moves when its day is made.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import QuerySet

from providers.models import BudgetWindow, SampleBatch
from providers.telemetry.tables import day_start

TABLE: Final = "providers_requestsample"
DAYS_AHEAD: Final = 3
# any two makers of partitions take turns
LOCK: Final = "providers: days of samples"

DAYS_THERE: Final = """
SELECT relid::regclass::text FROM pg_partition_tree('providers_requestsample') WHERE isleaf
"""


@dataclass(frozen=True)
class DayChanges:
    """What one run changed."""

    made: tuple[date, ...]
    dropped: tuple[date, ...]


def maintain_sample_days(now: datetime, retention_days: int) -> DayChanges:
    """Make today and the days ahead, drop days older than the retention. Safe to run twice."""
    today = now.astimezone(UTC).date()
    made = ensure_sample_days([today + timedelta(days=ahead) for ahead in range(DAYS_AHEAD + 1)])
    return DayChanges(made, drop_sample_days(oldest_day(now, retention_days)))


def oldest_day(now: datetime, retention_days: int) -> date:
    """The first day whose samples are still kept."""
    return now.astimezone(UTC).date() - timedelta(days=retention_days)


def ensure_sample_days(days: Iterable[date]) -> tuple[date, ...]:
    """Make the partitions that are missing; those made, in order."""
    wanted = sorted(set(days))
    if set(wanted) <= set(sample_days()):
        return ()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [LOCK])
        there = set(sample_days())
        missing = [day for day in wanted if day not in there]
        for day in missing:
            _make(cursor, day)
    return tuple(missing)


def drop_sample_days(before: date) -> tuple[date, ...]:
    """Drop partitions of days before `before`, and such samples in the default one; the days dropped, in order."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [LOCK])
        old = [day for day in sample_days() if day < before]
        for day in old:
            cursor.execute(f"DROP TABLE {_name(day)}")
        cursor.execute("DELETE FROM providers_requestsample_other WHERE started_at < %s", [day_start(before)])
    return tuple(old)


def sample_days() -> tuple[date, ...]:
    """Days that have a partition, in order."""
    with connection.cursor() as cursor:
        cursor.execute(DAYS_THERE)
        endings = [name.removeprefix(f"{TABLE}_") for (name,) in cursor.fetchall()]
    return tuple(sorted(datetime.strptime(e, "%Y%m%d").replace(tzinfo=UTC).date() for e in endings if e.isdigit()))


def _name(day: date) -> str:
    return f"{TABLE}_{day:%Y%m%d}"


def _make(cursor: Any, day: date) -> None:
    """Rows that already wait in the default partition move first, or attaching would be refused."""
    name, start, end = _name(day), day_start(day), day_start(day + timedelta(days=1))
    cursor.execute(f"CREATE TABLE {name} (LIKE {TABLE} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
    cursor.execute(f"LOCK TABLE {TABLE}_other IN ACCESS EXCLUSIVE MODE")
    moved = "DELETE FROM providers_requestsample_other WHERE started_at >= %s AND started_at < %s RETURNING *"
    cursor.execute(f"WITH moved AS ({moved}) INSERT INTO {name} SELECT * FROM moved", [start, end])  # noqa: S608
    cursor.execute(
        f"ALTER TABLE {TABLE} ATTACH PARTITION {name} FOR VALUES FROM ('{start.isoformat()}') TO ('{end.isoformat()}')"
    )


HOURS_FOR: Final = timedelta(days=35)
AT_ONCE: Final = 5000


@dataclass(frozen=True)
class SweptRows:
    """How many rows went."""

    budget_hours: int
    sample_batches: int


def sweep_old_rows(now: datetime, retention_days: int) -> SweptRows:
    """In small transactions; again is no harm.

    A budget's days stay, for they are what was spent; of its hours those that hold a reservation too. Without its
    batch a file could come twice, but samples as old as that are refused.
    """
    first_day = day_start(oldest_day(now, retention_days))
    hours = BudgetWindow.objects.filter(period="hour", starts_at__lt=now - HOURS_FOR, reserved_usd=0)
    return SweptRows(_delete(hours), _delete(SampleBatch.objects.filter(last_at__lt=first_day)))


def _delete(rows: QuerySet[Any]) -> int:
    deleted = 0
    while ids := list(rows.order_by("pk").values_list("pk", flat=True)[:AT_ONCE]):
        deleted += rows.filter(pk__in=ids).delete()[0]
    return deleted
