"""Deletes competitions with all that hangs on them, votes among them."""

from collections.abc import Collection
from typing import Final

from django.db import connection, transaction

from arena.models import Competition

# by statement: a competition may hold more votes than fit in memory; every table that points at a battle has its line
OF_THESE: Final = "arena_battle WHERE arena_battle.id = battle_id AND arena_battle.competition_id = ANY(%s)"
VOTES_AND_BATTLES: Final = (
    # votes under way are waited for, and in the order in which they lock: no new one comes in between
    "SELECT count(*) FROM (SELECT FROM arena_battle WHERE competition_id = ANY(%s) FOR UPDATE) AS locked",
    "SELECT FROM arena_competition WHERE id = ANY(%s) FOR UPDATE",
    f"DELETE FROM arena_vote USING {OF_THESE}",  # noqa: S608
    f"DELETE FROM arena_pairreport USING {OF_THESE}",  # noqa: S608
    f"UPDATE arena_refusedvote SET battle_id = NULL FROM {OF_THESE}",  # noqa: S608
    "DELETE FROM arena_battle WHERE competition_id = ANY(%s)",
)


def delete_competitions(competition_ids: Collection[int]) -> None:
    """Categories and modes they counted for are computed again at the next look for changed boards."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            for statement in VOTES_AND_BATTLES:
                cursor.execute(statement, [list(competition_ids)])
        Competition.objects.filter(id__in=competition_ids).delete()
