"""Parity votes in bulk, and all tallies from the votes. Not for a single cast vote."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection, transaction

from arena.models import ParityBattle, ParityEntry, ParityVote
from arena.votes.outcome_sql import TALLY_COLUMNS, each_outcome

AT_ONCE: Final = 2000


@dataclass(frozen=True)
class NewParityVote:
    """Two entries of one scene, and what was said of them."""

    left: ParityEntry
    right: ParityEntry
    outcome: str
    cast_at: datetime


def append_parity_votes(votes: Sequence[NewParityVote]) -> None:
    """Numbered in their order, each with a battle of its own."""
    with transaction.atomic():
        battles = ParityBattle.objects.bulk_create(map(_battle, votes), batch_size=AT_ONCE)
        rows = (
            ParityVote(battle=battle, outcome=vote.outcome, cast_at=vote.cast_at)
            for battle, vote in zip(battles, votes, strict=True)
        )
        ParityVote.objects.bulk_create(rows, batch_size=AT_ONCE)
        recount_parity_tallies()


def _battle(vote: NewParityVote) -> ParityBattle:
    return ParityBattle(
        scene_id=vote.left.scene_id,
        left_entry=vote.left,
        right_entry=vote.right,
        left_endpoint_id=vote.left.endpoint_id,
        right_endpoint_id=vote.right.endpoint_id,
        opened_at=vote.cast_at,
    )


RECOUNT: Final = f"""
INSERT INTO arena_paritytally AS tally
    (scene_id, left_endpoint_id, right_endpoint_id, {TALLY_COLUMNS}, last_vote_number, updated_at)
SELECT scene_id, left_endpoint_id, right_endpoint_id,
       {each_outcome("count(*) FILTER (WHERE outcome = '{name}' AND is_counted)")}, max(number), now()
FROM arena_parityvote AS vote JOIN arena_paritybattle AS battle ON battle.id = vote.battle_id
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
ON CONFLICT (scene_id, left_endpoint_id, right_endpoint_id) DO UPDATE SET
    {each_outcome("{column} = EXCLUDED.{column}")}, last_vote_number = EXCLUDED.last_vote_number, updated_at = now()
"""  # noqa: S608


def recount_parity_tallies() -> None:
    """Every tally as the votes give it, in the caller's transaction; votes under way are not waited for."""
    with connection.cursor() as cursor:
        cursor.execute(RECOUNT)
