"""What the counted votes give each entry, as the beginning of a statement: to compare with, and to write."""

from typing import Final

ENTRY_RECOUNT: Final = """
WITH side AS (
    SELECT left_entry_id AS entry, outcome = 'left' AS won, outcome = 'right' AS lost, outcome
    FROM arena_vote JOIN arena_battle ON arena_battle.id = battle_id WHERE is_counted
    UNION ALL
    SELECT right_entry_id, outcome = 'right', outcome = 'left', outcome
    FROM arena_vote JOIN arena_battle ON arena_battle.id = battle_id WHERE is_counted
), recount AS (
    SELECT entry, count(*) FILTER (WHERE won) AS wins, count(*) FILTER (WHERE lost) AS losses,
           count(*) FILTER (WHERE outcome IN ('tie', 'both_bad')) AS ties,
           count(*) FILTER (WHERE outcome = 'both_bad') AS both_bad
    FROM side GROUP BY entry
)
""".strip()
