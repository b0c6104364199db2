"""Turns due times into runs: one run per due time, however many beats look and whatever became of their messages."""

from datetime import datetime
from typing import Final

from django.db import connection, transaction

from arena.generation.cadence import next_due
from arena.generation.wake import wake_on_commit
from arena.models import Schedule

# A schedule that another beat has moved on in the meantime matches no more; one that it is moving is skipped.
CLAIM: Final = """
WITH wanted AS (
    SELECT * FROM unnest(%(ids)s::bigint[], %(dues)s::timestamptz[], %(nexts)s::timestamptz[])
        AS w (id, due_at, next_at)
),
claimed AS (
    SELECT s.id, w.due_at, w.next_at
    FROM arena_schedule s JOIN wanted w ON w.id = s.id AND w.due_at = s.next_run_at
    WHERE NOT s.is_paused
    ORDER BY s.id FOR UPDATE OF s SKIP LOCKED
),
moved AS (
    UPDATE arena_schedule s SET next_run_at = claimed.next_at FROM claimed WHERE s.id = claimed.id
)
INSERT INTO arena_run (schedule_id, due_at, state, reason, left_out, created_at)
SELECT id, due_at, 'due', '', '[]', now() FROM claimed
ON CONFLICT (schedule_id, due_at) DO NOTHING
RETURNING id
"""
MOST_AT_ONCE: Final = 100


def claim_due_runs(now: datetime | None = None) -> list[int]:
    """Ids of the runs that came due. Missed times count as one. `now` is the database's clock, not this machine's."""
    moment = now or _database_now()
    due = Schedule.objects.filter(next_run_at__lte=moment, is_paused=False).order_by("next_run_at")[:MOST_AT_ONCE]
    rows = [(row.pk, row.next_run_at, _next(row, moment)) for row in due]
    if not rows:
        return []
    ids, dues, nexts = (list(column) for column in zip(*rows, strict=True))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(CLAIM, {"ids": ids, "dues": dues, "nexts": nexts})
        made = [int(row[0]) for row in cursor.fetchall()]
        wake_on_commit("start_run", made)
    return made


def _next(schedule: Schedule, now: datetime) -> datetime | None:
    assert schedule.next_run_at is not None
    return next_due(schedule.cadence, schedule.cron, due_at=schedule.next_run_at, now=now)


def _database_now() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        return cursor.fetchone()[0]
