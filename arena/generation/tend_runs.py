"""Finds what a lost message, a dead worker or an empty broker left behind, and wakes somebody for it."""

from datetime import timedelta
from typing import Final

from django.db import connection, transaction

from arena.generation.claim_due_runs import claim_due_runs
from arena.generation.wake import wake_on_commit

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


def tend_runs() -> int:
    """New runs that came due, and old ones that stand still: how many were woken."""
    due = claim_due_runs()
    with transaction.atomic(), connection.cursor() as cursor:
        runs = _left(cursor, LEFT_RUNS, RUN_PATIENCE)
        generations = _left(cursor, LEFT_GENERATIONS, PATIENCE)
        wake_on_commit("start_run", runs)
        wake_on_commit("send_generation", generations)
    return len(due) + len(runs) + len(generations)


def _left(cursor: object, statement: str, patience: timedelta) -> list[int]:
    cursor.execute(statement, [patience, MOST_AT_ONCE])  # type: ignore[attr-defined]
    return [int(row[0]) for row in cursor.fetchall()]  # type: ignore[attr-defined]
