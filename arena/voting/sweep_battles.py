"""Takes away what voting leaves behind: pairs that were shown and never judged, the quotas of past days,
and voters who never voted.

Never a vote, a report or a refusal, nor the battle that one of them is of.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import connection

UNUSED_FOR: Final = timedelta(days=7)
QUOTAS_FOR: Final = timedelta(days=35)
AT_ONCE: Final = 5000

BATTLES: Final = """
DELETE FROM arena_battle WHERE id IN (
    SELECT id FROM arena_battle AS battle
    WHERE opened_at < %(before)s AND token_digest <> ''
      AND NOT EXISTS (SELECT 1 FROM arena_vote WHERE battle_id = battle.id)
      AND NOT EXISTS (SELECT 1 FROM arena_pairreport WHERE battle_id = battle.id)
      AND NOT EXISTS (SELECT 1 FROM arena_refusedvote WHERE battle_id = battle.id)
    LIMIT %(most)s FOR UPDATE SKIP LOCKED
)
"""
PARITY_BATTLES: Final = """
DELETE FROM arena_paritybattle WHERE id IN (
    SELECT id FROM arena_paritybattle AS battle
    WHERE opened_at < %(before)s AND token_digest <> '' AND reported_at IS NULL
      AND NOT EXISTS (SELECT 1 FROM arena_parityvote WHERE battle_id = battle.id)
      AND NOT EXISTS (SELECT 1 FROM arena_refusedparityvote WHERE battle_id = battle.id)
    LIMIT %(most)s FOR UPDATE SKIP LOCKED
)
"""
VOTERS: Final = """
DELETE FROM arena_voter WHERE id IN (
    SELECT id FROM arena_voter AS voter
    WHERE created_at < %(before)s AND votes = 0 AND parity_votes = 0
      AND NOT EXISTS (SELECT 1 FROM arena_battle WHERE voter_id = voter.id)
      AND NOT EXISTS (SELECT 1 FROM arena_paritybattle WHERE voter_id = voter.id)
      AND NOT EXISTS (SELECT 1 FROM arena_refusedparityvote WHERE voter_id = voter.id)
      AND NOT EXISTS (SELECT 1 FROM arena_pairreport WHERE voter_id = voter.id)
      AND NOT EXISTS (SELECT 1 FROM arena_refusedvote WHERE voter_id = voter.id)
      AND NOT EXISTS (SELECT 1 FROM arena_promptsuggestion WHERE voter_id = voter.id)
      AND NOT EXISTS (SELECT 1 FROM arena_membership WHERE voter_id = voter.id)
      AND NOT EXISTS (SELECT 1 FROM arena_voterfigures WHERE voter_id = voter.id)
    LIMIT %(most)s FOR UPDATE SKIP LOCKED
)
"""
QUOTAS: Final = """
DELETE FROM arena_votequota WHERE id IN (SELECT id FROM arena_votequota WHERE day < %(before)s LIMIT %(most)s)
"""


@dataclass(frozen=True)
class Swept:
    """How many rows went."""

    battles: int
    quotas: int
    voters: int


def sweep_battles(now: datetime) -> Swept:
    """In small transactions, so that voting never waits; again is no harm."""
    battles = _delete(BATTLES, now - UNUSED_FOR) + _delete(PARITY_BATTLES, now - UNUSED_FOR)
    return Swept(battles, _delete(QUOTAS, now - QUOTAS_FOR), _delete(VOTERS, now - UNUSED_FOR))


def _delete(statement: str, before: datetime) -> int:
    deleted = 0
    with connection.cursor() as cursor:
        while True:
            cursor.execute(statement, {"before": before, "most": AT_ONCE})
            deleted += cursor.rowcount
            if cursor.rowcount < AT_ONCE:
                return deleted
