"""Takes parity votes out of the count, with a reason and by whom, and counts them again: a flag, never a deletion."""

from typing import Final

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import QuerySet

from arena.models import ParityVote
from arena.parity.recompute import schedule_parity
from arena.votes.outcome_sql import each_outcome

# one statement for both ways; votes under way lock their tally in the order of its id too
CHANGE: Final = f"""
WITH counts AS (
    SELECT battle.scene_id, battle.left_endpoint_id, battle.right_endpoint_id, max(vote.number) AS last,
           {each_outcome("count(*) FILTER (WHERE outcome = '{name}') AS {column}")}
    FROM arena_parityvote AS vote JOIN arena_paritybattle AS battle ON battle.id = vote.battle_id
    WHERE vote.number = ANY(%(numbers)s) GROUP BY 1, 2, 3
)
UPDATE arena_paritytally AS tally SET
    {each_outcome("{column} = tally.{column} + %(sign)s * counts.{column}")}, updated_at = now()
FROM counts
WHERE (tally.scene_id, tally.left_endpoint_id, tally.right_endpoint_id)
    = (counts.scene_id, counts.left_endpoint_id, counts.right_endpoint_id)
"""  # noqa: S608


def exclude_parity_votes(votes: QuerySet[ParityVote], *, reason: str, actor: User | None) -> int:
    """How many of them counted until now. `reason` must say why."""
    with transaction.atomic():
        numbers = _locked(_among(votes).filter(is_counted=True))
        aside = {"set_aside": "excluded", "reason": reason, "set_aside_by": actor}
        ParityVote.objects.filter(pk__in=numbers).update(is_counted=False, **aside)
        _change(numbers, -1)
    return len(numbers)


def restore_parity_votes(votes: QuerySet[ParityVote]) -> int:
    """How many of them count again: those set aside by an operator or a gate, not those that their voter withdrew."""
    with transaction.atomic():
        numbers = _locked(_among(votes).exclude(set_aside="").filter(withdrawn_at=None))
        back = {"set_aside": "", "reason": "", "set_aside_by": None}
        ParityVote.objects.filter(pk__in=numbers).update(is_counted=True, **back)
        _change(numbers, 1)
    return len(numbers)


def _among(votes: QuerySet[ParityVote]) -> QuerySet[ParityVote]:
    # a slice takes no further filter
    return ParityVote.objects.filter(pk__in=list(votes.values_list("pk", flat=True)))


def _locked(votes: QuerySet[ParityVote]) -> list[int]:
    return list(votes.order_by("number").select_for_update(of=("self",)).values_list("number", flat=True))


def _change(numbers: list[int], sign: int) -> None:
    with connection.cursor() as cursor:
        if sign > 0:
            cursor.execute(MISSING, {"numbers": numbers})
        cursor.execute(CHANGE, {"numbers": numbers, "sign": sign})
    transaction.on_commit(schedule_parity)


# a vote that never counted may be the first of its pair
MISSING: Final = f"""
INSERT INTO arena_paritytally (scene_id, left_endpoint_id, right_endpoint_id, last_vote_number, updated_at,
                               {each_outcome("{column}")})
SELECT battle.scene_id, battle.left_endpoint_id, battle.right_endpoint_id, max(vote.number), now(),
       {each_outcome("0")}
FROM arena_parityvote AS vote JOIN arena_paritybattle AS battle ON battle.id = vote.battle_id
WHERE vote.number = ANY(%(numbers)s) GROUP BY 1, 2, 3
ON CONFLICT (scene_id, left_endpoint_id, right_endpoint_id) DO UPDATE SET
    last_vote_number = greatest(arena_paritytally.last_vote_number, EXCLUDED.last_vote_number)
"""  # noqa: S608
