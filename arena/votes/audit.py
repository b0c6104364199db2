"""Whether tallies and entry counters are exactly what the counted votes give. Read side: it repairs nothing."""

from __future__ import annotations

from typing import Final

from django.db import connection, transaction

from arena.rating.criteria import OVERALL
from arena.votes.outcome_sql import (
    ENTRY_RECOUNT,
    TALLY_COLUMNS,
    TALLY_TOTAL,
    VOTES_COUNTED,
    each_counter,
    each_outcome,
)

# one statement each: votes that come in meanwhile are on both sides of the comparison or on neither
TALLIES: Final = f"""
WITH recount AS (
    SELECT competition_id, left_model_id, right_model_id, criterion, {VOTES_COUNTED}
    FROM arena_vote JOIN arena_battle ON arena_battle.id = battle_id WHERE is_counted GROUP BY 1, 2, 3, 4
), stored AS (
    SELECT competition_id, left_model_id, right_model_id, criterion, {TALLY_COLUMNS}
    FROM arena_tally WHERE {TALLY_TOTAL} > 0
)
SELECT competition.public_id, first.slug, second.slug, criterion,
       concat_ws('/', {each_outcome("stored.{column}")}), concat_ws('/', {each_outcome("recount.{column}")})
FROM stored FULL JOIN recount USING (competition_id, left_model_id, right_model_id, criterion)
JOIN arena_competition AS competition ON competition.id = competition_id
JOIN providers_imagemodel AS first ON first.id = left_model_id
JOIN providers_imagemodel AS second ON second.id = right_model_id
WHERE ({each_outcome("stored.{column}")}) IS DISTINCT FROM ({each_outcome("recount.{column}")})
ORDER BY 1, 2, 3, 4 LIMIT %s
"""  # noqa: S608
ENTRIES: Final = f"""
{ENTRY_RECOUNT}
SELECT entry.public_id, concat_ws('/', {each_counter("entry.{counter}")}),
       concat_ws('/', {each_counter("coalesce(recount.{counter}, 0)")})
FROM arena_entry AS entry LEFT JOIN recount ON recount.entry = entry.id
WHERE ({each_counter("entry.{counter}")}) IS DISTINCT FROM ({each_counter("coalesce(recount.{counter}, 0)")})
ORDER BY 1 LIMIT %s
"""  # noqa: S608
MOST_TOLD: Final = 50


def differences() -> list[str]:
    """One line each, the first of either kind; none when everything agrees."""
    return [
        *(
            f"competition {competition}, {left} against {right}{_by(criterion)}: the tally says {stored or 'nothing'}, "
            f"the votes give {counted or 'nothing'} (left/right/tie/both bad)"
            for competition, left, right, criterion, stored, counted in _rows(TALLIES)
        ),
        *(
            f"entry {entry}: its counters say {stored}, the votes give {counted} (wins/losses/ties/both bad)"
            for entry, stored, counted in _rows(ENTRIES)
        ),
    ]


def _by(criterion: str) -> str:
    return "" if criterion == OVERALL else f" by {criterion}"


def _rows(statement: str) -> list[tuple[str, ...]]:
    with transaction.atomic(), connection.cursor() as cursor:
        # counting every vote may take long
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute(statement, [MOST_TOLD])
        return list(cursor.fetchall())
