"""Deletes competitions with all that hangs on them, votes and schedules among them.

Calls that were sent are paid, so they end by themselves; the money of the others is free again.
"""

from collections.abc import Collection
from functools import partial
from typing import Final

from django.db import connection, transaction

from arena.models import Competition, Generation, Schedule
from providers.dispatch.release_reserved import release_unsent
from providers.models import BudgetCap

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


# in the order in which runs lock: from then on there is no new run, and no new picture of an old one
SCHEDULES: Final = (
    "SELECT FROM arena_schedule WHERE competition_id = ANY(%s) ORDER BY id FOR UPDATE",
    "SELECT FROM arena_run r JOIN arena_schedule s ON s.id = r.schedule_id"
    " WHERE s.competition_id = ANY(%s) ORDER BY r.id FOR UPDATE OF r",
    "SELECT FROM arena_generation g JOIN arena_run r ON r.id = g.run_id JOIN arena_schedule s ON s.id = r.schedule_id"
    " WHERE s.competition_id = ANY(%s) ORDER BY g.id FOR UPDATE OF g",
)


def delete_competitions(competition_ids: Collection[int]) -> None:
    """Categories and modes they counted for are computed again at the next look for changed boards."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            for statement in (*SCHEDULES, *VOTES_AND_BATTLES):
                cursor.execute(statement, [list(competition_ids)])
        _end_schedules(competition_ids)
        Competition.objects.filter(id__in=competition_ids).delete()


def _end_schedules(competition_ids: Collection[int]) -> None:
    """Their budgets go with them."""
    waiting = Generation.objects.filter(run__schedule__competition__in=competition_ids, status="waiting")
    # the ledger has connections of its own: nothing is given back for a deletion that is not committed
    transaction.on_commit(partial(release_unsent, list(waiting.values_list("intent_uuid", flat=True))))
    subjects = [one.budget_subject for one in Schedule.objects.filter(competition__in=competition_ids)]
    BudgetCap.objects.filter(scope="schedule", subject__in=subjects).delete()
