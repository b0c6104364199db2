"""The first sentence of a board, written from its numbers. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol


class Ranked(Protocol):
    """What the sentence needs of a row."""

    @property
    def model(self) -> str: ...
    @property
    def rank(self) -> int | None: ...
    @property
    def rank_best(self) -> int | None: ...


def board_lede(rows: Sequence[Ranked], votes: int, computed_at: datetime | None) -> str:
    """Who leads and how sure that is; then what it rests on. Rows come in board order."""
    ranked = [row for row in rows if row.rank is not None]
    if not ranked or computed_at is None:
        return "No rankings yet: a model is ranked from its fourth battle on."
    day, cast = f"{computed_at.day} {computed_at:%B}", f"{votes:,} vote{'' if votes == 1 else 's'}"
    if len(ranked) == 1:
        return (
            f"As of {day}, {ranked[0].model} is the only ranked model: "
            f"there is no other to compare it with yet. {cast}."
        )
    return f"As of {day}, {_who_leads(ranked)} {len(ranked)} ranked models, {cast}."


def _who_leads(ranked: Sequence[Ranked]) -> str:
    first = [row.model for row in ranked if row.rank == 1]
    if len(first) > 1:
        return f"{_listed(first)} share first place."
    rivals = [row.model for row in ranked if row.rank_best == 1 and row.rank != 1]
    if not rivals:
        return f"{first[0]} leads beyond doubt."
    if len(rivals) > 3:
        return f"{first[0]} leads, but {len(rivals)} others cannot be told apart from it yet."
    return f"{first[0]} leads; {_listed(rivals)} cannot be told apart from it yet."


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
