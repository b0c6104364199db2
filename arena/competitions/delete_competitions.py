"""Takes competitions out with everything that hangs on them: votes, battles, tallies, entries, boards."""

from collections.abc import Collection
from typing import Final

from django.db import connection, transaction

from arena.models import Competition

# by statement: a competition may hold more votes than fit in memory
VOTES_AND_BATTLES: Final = (
    """DELETE FROM arena_vote USING arena_battle
       WHERE arena_battle.id = arena_vote.battle_id AND arena_battle.competition_id = ANY(%s)""",
    "DELETE FROM arena_battle WHERE competition_id = ANY(%s)",
)


def delete_competitions(competition_ids: Collection[int]) -> None:
    """Categories and modes they counted for are computed again at the next look for changed boards."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            for statement in VOTES_AND_BATTLES:
                cursor.execute(statement, [list(competition_ids)])
        Competition.objects.filter(id__in=competition_ids).delete()
