"""Whether tallies and entry counters are exactly what the counted votes give. Read side: it repairs nothing."""

from __future__ import annotations

from typing import Final

from django.db import connection, transaction

from arena.recount_sql import ENTRY_RECOUNT

# one statement each: votes that come in meanwhile are on both sides of the comparison or on neither
TALLIES: Final = """
WITH recount AS (
    SELECT competition_id, left_model_id, right_model_id,
           count(*) FILTER (WHERE outcome = 'left') AS "left", count(*) FILTER (WHERE outcome = 'right') AS "right",
           count(*) FILTER (WHERE outcome = 'tie') AS tie, count(*) FILTER (WHERE outcome = 'both_bad') AS both_bad
    FROM arena_vote JOIN arena_battle ON arena_battle.id = battle_id WHERE is_counted GROUP BY 1, 2, 3
), kept AS (
    SELECT competition_id, left_model_id, right_model_id, "left", "right", tie, both_bad FROM arena_tally
    WHERE "left" + "right" + tie + both_bad > 0
)
SELECT competition.public_id, first.slug, second.slug,
       concat_ws('/', kept."left", kept."right", kept.tie, kept.both_bad),
       concat_ws('/', recount."left", recount."right", recount.tie, recount.both_bad)
FROM kept FULL JOIN recount USING (competition_id, left_model_id, right_model_id)
JOIN arena_competition AS competition ON competition.id = competition_id
JOIN providers_imagemodel AS first ON first.id = left_model_id
JOIN providers_imagemodel AS second ON second.id = right_model_id
WHERE (kept."left", kept."right", kept.tie, kept.both_bad)
    IS DISTINCT FROM (recount."left", recount."right", recount.tie, recount.both_bad)
ORDER BY 1, 2, 3 LIMIT %s
"""
ENTRIES: Final = f"""
{ENTRY_RECOUNT}
SELECT entry.public_id, concat_ws('/', entry.wins, entry.losses, entry.ties, entry.both_bad),
       concat_ws('/', coalesce(recount.wins, 0), coalesce(recount.losses, 0), coalesce(recount.ties, 0),
                 coalesce(recount.both_bad, 0))
FROM arena_entry AS entry LEFT JOIN recount ON recount.entry = entry.id
WHERE (entry.wins, entry.losses, entry.ties, entry.both_bad) IS DISTINCT FROM
    (coalesce(recount.wins, 0), coalesce(recount.losses, 0), coalesce(recount.ties, 0), coalesce(recount.both_bad, 0))
ORDER BY 1 LIMIT %s
"""  # noqa: S608
MOST_TOLD: Final = 50


def differences() -> list[str]:
    """One line each, the first of either kind; none when everything agrees."""
    return [
        *(
            f"competition {competition}, {left} against {right}: the tally says {kept or 'nothing'}, "
            f"the votes give {counted or 'nothing'} (left/right/tie/both bad)"
            for competition, left, right, kept, counted in _rows(TALLIES)
        ),
        *(
            f"entry {entry}: its counters say {kept}, the votes give {counted} (wins/losses/ties/both bad)"
            for entry, kept, counted in _rows(ENTRIES)
        ),
    ]


def _rows(statement: str) -> list[tuple[str, ...]]:
    with transaction.atomic(), connection.cursor() as cursor:
        # counting every vote may take long
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute(statement, [MOST_TOLD])
        return list(cursor.fetchall())
