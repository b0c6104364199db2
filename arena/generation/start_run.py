"""From a due time to pictures on their way: schedules that came due become runs, runs the pictures they are to make.

One run per due time, however many beats look and whatever became of their messages; what a lost message, a dead worker
or an empty broker left behind is found again.
"""

import secrets
from datetime import datetime, timedelta
from typing import Final

from django.db import connection, transaction
from django.utils import timezone

from arena.enqueue import enqueue, enqueue_on_commit
from arena.generation.cadence import next_due
from arena.generation.plan_generation import Plan, plan_probe, plan_schedule, planned_generation, requested_size
from arena.generation.send_generation import reserve_generations
from arena.models import Generation, Run, Schedule

# The largest that every provider's protocol takes.
LARGEST_SEED: Final = 2**31 - 1


def start_run(run_id: int) -> int:
    """How many pictures are on their way; 0 where somebody has started it before, or nothing can be started.

    What a crash leaves undone after the first commit is found by `enqueue_pending_runs`.
    """
    ready = reserve_generations(make_generations(run_id))
    for generation_id in ready:
        enqueue("send_generation", generation_id)
    return len(ready)


def make_generations(run_id: int) -> list[int]:
    """The rows of a due run, in one transaction; their ids. None where the run was deleted meanwhile."""
    with transaction.atomic():
        runs = Run.objects.select_for_update(of=("self",)).select_related("schedule__competition")
        run = runs.filter(pk=run_id).first()
        if run is None or run.state != "due":
            return []
        schedule = run.schedule
        plan = plan_probe() if schedule.kind == "probe" else plan_schedule(schedule)
        run.left_out = [{"model": line.entrant.model_name, "reason": line.why_not} for line in plan.left_out]
        run.planned_usd = plan.total_usd
        run.started_at = timezone.now()
        if not plan.startable:
            _refuse(run)
            return []
        generations = Generation.objects.bulk_create(_generations(run, plan))
        run.state = "running"
        run.save()
    return [generation.pk for generation in generations]


def _refuse(run: Run) -> None:
    run.state, run.finished_at = "refused", run.started_at
    run.reason = "No model can be generated: see why beside each." if run.left_out else "There is nothing to generate."
    run.save()


def _generations(run: Run, plan: Plan) -> list[Generation]:
    """Every model under the same seeds, so that what differs is the model."""
    schedule = run.schedule
    seeds = schedule.seeds or [secrets.randbelow(LARGEST_SEED + 1) for _ in range(schedule.images_per_model)]
    places = [(line, seed) for line in plan.startable for seed in seeds[: line.images]]
    return [
        planned_generation(line, run=run, position=position, seed=seed, size=requested_size(line))
        for position, (line, seed) in enumerate(places)
    ]


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
MOST_DUE: Final = 100


def claim_due_runs(now: datetime | None = None) -> list[int]:
    """Ids of the runs that came due. Missed times count as one. `now` is the database's clock, not this machine's."""
    moment = now or _database_now()
    due = Schedule.objects.filter(next_run_at__lte=moment, is_paused=False).order_by("next_run_at")[:MOST_DUE]
    rows = [(row.pk, row.next_run_at, _next(row, moment)) for row in due]
    if not rows:
        return []
    ids, dues, nexts = (list(column) for column in zip(*rows, strict=True))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(CLAIM, {"ids": ids, "dues": dues, "nexts": nexts})
        run_ids = [int(row[0]) for row in cursor.fetchall()]
        enqueue_on_commit("start_run", run_ids)
    return run_ids


def _next(schedule: Schedule, now: datetime) -> datetime | None:
    assert schedule.next_run_at is not None
    return next_due(schedule.cadence, schedule.cron, due_at=schedule.next_run_at, now=now)


def _database_now() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        return cursor.fetchone()[0]


# So long a message may take to its worker before another is sent. The work itself is claimed, never done twice.
RUN_PATIENCE: Final = timedelta(seconds=10)
PATIENCE: Final = timedelta(seconds=30)
MOST_AT_ONCE: Final = 200

LEFT_RUNS: Final = """
UPDATE arena_run SET woken_at = now() WHERE id IN (
    SELECT id FROM arena_run WHERE state = 'due' AND COALESCE(woken_at, created_at) < now() - %s
    ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
) RETURNING id
"""
# Not those whose call is under way: dispatch's reaper looks after them.
LEFT_GENERATIONS: Final = """
UPDATE arena_generation SET woken_at = now() WHERE id IN (
    SELECT g.id FROM arena_generation g LEFT JOIN providers_intent i ON i.uuid = g.intent_uuid
    WHERE g.status = 'waiting' AND COALESCE(g.woken_at, g.created_at) < now() - %s
        AND (i.id IS NULL OR i.state IN ('reserved', 'done', 'failed', 'unknown'))
    ORDER BY g.id LIMIT %s FOR UPDATE OF g SKIP LOCKED
) RETURNING id
"""


def enqueue_pending_runs() -> int:
    """New runs that came due, and old ones that stand still: how many were enqueued."""
    due = claim_due_runs()
    with transaction.atomic(), connection.cursor() as cursor:
        runs = _left(cursor, LEFT_RUNS, RUN_PATIENCE)
        generations = _left(cursor, LEFT_GENERATIONS, PATIENCE)
        enqueue_on_commit("start_run", runs)
        enqueue_on_commit("send_generation", generations)
    return len(due) + len(runs) + len(generations)


def _left(cursor: object, statement: str, patience: timedelta) -> list[int]:
    cursor.execute(statement, [patience, MOST_AT_ONCE])  # type: ignore[attr-defined]
    return [int(row[0]) for row in cursor.fetchall()]  # type: ignore[attr-defined]
