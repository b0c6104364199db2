"""A board with one model of each family, so that siblings neither fill its places nor push others down.

Ratings stay those of the whole board; only ranks and their ranges are counted anew, among the models that are left.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from arena.boards.ranked_anew import ranked_anew
from arena.boards.table import BoardTable, StandingRow

STRONGEST: Final = "strongest"  # how addresses ask for it


def one_per_family(table: BoardTable) -> BoardTable:
    """Of each family the model with the highest rating, ranked ones before unranked; models without family all stay."""
    strongest: dict[tuple[str, str, str], StandingRow] = {}
    for row in table.rows:
        best = strongest.setdefault(_line_of(row), row)
        if _strength(row) > _strength(best):
            strongest[_line_of(row)] = row
    rows = ranked_anew([row for row in table.rows if strongest[_line_of(row)] is row])
    made = table.computation
    ranked = sum(row.rank is not None for row in rows)
    return replace(table, rows=rows, computation=made and replace(made, ranked_models=ranked))


def has_siblings(rows: Iterable[StandingRow]) -> bool:
    """Whether one family has several models on the board."""
    families = [_line_of(row) for row in rows if row.family]
    return len(families) > len(set(families))


def _line_of(row: StandingRow) -> tuple[str, str, str]:
    return (row.creator_slug, row.family, "" if row.family else row.slug)


def _strength(row: StandingRow) -> tuple[bool, bool, float]:
    return (row.comparable, row.rank is not None, row.rating if row.rating is not None else float("-inf"))
