"""Tallies and votes of a parity board as the fit takes them, the endpoints in place of models. Read side.

Prompts that are not public count for nothing until they are.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from django.db import connection
from django.db.models import QuerySet

from arena.models import ParityTally, ParityVote
from arena.models.visibility import public_competition
from arena.rating.tallies import OUTCOMES, Tallies, TallyRow
from arena.rating.votes import VoteSequence
from arena.votes.outcome_sql import TALLY_COLUMNS, each_outcome


@dataclass(frozen=True, eq=False)
class CountedParity:
    """`tallies` of all prompts together, `competitions` of each that has any, in the order they were made."""

    tallies: Tallies
    competitions: tuple[Tallies, ...]
    last_vote_number: int


def read_counted(board_id: int) -> CountedParity:
    """One query, a row for every tally."""
    columns = ("scene__competition_id", "last_vote_number", "left_endpoint__key", "right_endpoint__key", *OUTCOMES)
    found = ParityTally.objects.filter(public_competition("scene__competition__"), scene__board=board_id)
    counts: dict[int, list[TallyRow]] = {}
    last = 0
    for competition, number, *row in found.order_by("scene__competition_id", "id").values_list(*columns):
        counts.setdefault(competition, []).append(tuple(row))
        last = max(last, number)
    parts = tuple(Tallies.from_rows(rows) for rows in counts.values())
    return CountedParity(Tallies.merge(parts), parts, last)


def votes_of(board_id: int) -> QuerySet[ParityVote]:
    """Of prompts that are public, counted or not."""
    return ParityVote.objects.filter(public_competition("battle__scene__competition__"), battle__scene__board=board_id)


def read_votes(board_id: int, after: int) -> tuple[VoteSequence, list[int]]:
    """Counted votes numbered above `after` in order, and their numbers. One query."""
    columns = ("number", "battle__left_endpoint__key", "battle__right_endpoint__key", "outcome")
    rows = list(votes_of(board_id).filter(is_counted=True, number__gt=after).order_by("number").values_list(*columns))
    keys = sorted({key for row in rows for key in row[1:3]})
    place = {key: index for index, key in enumerate(keys)}
    sequence = VoteSequence(
        tuple(keys),
        np.array([place[row[1]] for row in rows], np.int64),
        np.array([place[row[2]] for row in rows], np.int64),
        np.array([OUTCOMES.index(row[3]) for row in rows], np.int64),
        rows[-1][0] if rows else 0,
    )
    return sequence, [row[0] for row in rows]


# what every tally is by the votes, less those that are as they should be
DIFFERENCES: Final = f"""
WITH counted AS (
    SELECT battle.scene_id, battle.left_endpoint_id, battle.right_endpoint_id,
           {each_outcome("count(*) FILTER (WHERE outcome = '{name}') AS {column}")}
    FROM arena_parityvote AS vote JOIN arena_paritybattle AS battle ON battle.id = vote.battle_id
    WHERE is_counted GROUP BY 1, 2, 3
), tallied AS (
    SELECT scene_id, left_endpoint_id, right_endpoint_id, {TALLY_COLUMNS} FROM arena_paritytally
    WHERE {each_outcome("{column} > 0", " OR ")}
)
SELECT count(*) FROM (
    (SELECT * FROM counted EXCEPT SELECT * FROM tallied) UNION ALL (SELECT * FROM tallied EXCEPT SELECT * FROM counted)
) AS differing
"""  # noqa: S608


def differing_tallies() -> int:
    """How many tallies and counts of votes have no counterpart: 0 where all agree."""
    with connection.cursor() as cursor:
        cursor.execute(DIFFERENCES)
        return int(cursor.fetchone()[0])
