"""How long the oldest vote has waited that its mode's board does not show. Read side, one query."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import connection

from arena.models.boards import HEADLINE_SQL
from arena.votes.outcome_sql import IS_OVERALL

# Every vote is one of its mode's board. The vote may say an old time, or none, where it was imported: it cannot have
# waited for longer than since the last computation.
LAG: Final = f"""
WITH shown AS (
    SELECT board.id, board.mode, coalesce(snapshot.last_vote_number, 0) AS last, snapshot.computed_at,
           (SELECT max(tally.last_vote_number) FROM arena_tally AS tally
            JOIN arena_competition AS competition ON competition.id = tally.competition_id
            WHERE competition.mode = board.mode AND tally.{IS_OVERALL} AND NOT EXISTS (
                SELECT 1 FROM arena_boardexclusion AS excluded WHERE excluded.board_id = board.id
                AND excluded.model_id IN (tally.left_model_id, tally.right_model_id))) AS newest
    FROM arena_board AS board LEFT JOIN arena_snapshot AS snapshot
    ON snapshot.board_id = board.id AND snapshot.is_current AND {HEADLINE_SQL}
    WHERE board.kind = 'mode' AND board.{IS_OVERALL}
)
SELECT min(greatest(waiting.cast_at, shown.computed_at)) FROM shown CROSS JOIN LATERAL (
    SELECT vote.cast_at FROM arena_vote AS vote JOIN arena_battle AS battle ON battle.id = vote.battle_id
    JOIN arena_competition AS competition ON competition.id = battle.competition_id
    WHERE vote.number > shown.last AND vote.number <= shown.newest AND vote.is_counted AND vote.{IS_OVERALL}
    AND competition.mode = shown.mode
    ORDER BY vote.number LIMIT 1
) AS waiting WHERE shown.newest > shown.last
"""  # noqa: S608  # a constant of ours


def board_lag_s(now: datetime) -> float:
    """In seconds; 0 when every counted vote is in."""
    with connection.cursor() as cursor:
        cursor.execute(LAG)
        (since,) = cursor.fetchone()
    return max(0.0, (now - since).total_seconds()) if since else 0.0
