"""Keeps history from growing for ever: all snapshots of two days, one an hour for two weeks, one a day after that."""

from datetime import datetime, timedelta
from typing import Final

from django.db import connection, transaction

KEEP_ALL: Final = timedelta(days=2)
KEEP_HOURLY: Final = timedelta(days=14)
DOOMED: Final = """
CREATE TEMPORARY TABLE doomed_snapshot ON COMMIT DROP AS
SELECT id FROM (
    SELECT id, is_current, row_number() OVER (
        PARTITION BY board_id, method, variant,
            date_trunc(CASE WHEN computed_at > %(hourly)s THEN 'hour' ELSE 'day' END, computed_at, 'UTC'),
            computed_at > %(hourly)s
        ORDER BY computed_at DESC, id DESC
    ) AS place
    FROM arena_snapshot WHERE computed_at <= %(all)s
) AS aged WHERE place > 1 AND NOT is_current AND NOT EXISTS (
    SELECT 1 FROM arena_toldboard AS told WHERE told.snapshot_id = aged.id
)
"""
DELETIONS: Final = (
    "DELETE FROM arena_standing USING doomed_snapshot WHERE snapshot_id = doomed_snapshot.id",
    "DELETE FROM arena_snapshot USING doomed_snapshot WHERE arena_snapshot.id = doomed_snapshot.id",
)


def thin_history(now: datetime) -> int:
    """The last of each span stays, and every one that is current or known to a webhook; how many were deleted."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(DOOMED, {"all": now - KEEP_ALL, "hourly": now - KEEP_HOURLY})
        for deletion in DELETIONS:
            cursor.execute(deletion)
        deleted = cursor.rowcount
        cursor.execute("DROP TABLE doomed_snapshot")
    return int(deleted)
