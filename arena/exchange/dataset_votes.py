"""The vote file of a dataset, line by line. Pure."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from arena.exchange.dataset_files import VOTE_COLUMNS, VOTES, WINNERS, DatasetRefused
from providers.plain_values import whole_number

OUTCOMES: Final = {winner: outcome for outcome, winner in WINNERS.items()}
FLAGS: Final = {"t": True, "f": False}


@dataclass(frozen=True, slots=True)
class VoteLine:
    """One vote; times and probability stay text, "" where there is none, and are checked by the database."""

    number: int
    battle: str
    competition: str
    model_a: str
    model_b: str
    outcome: str
    entry_a: str
    entry_b: str
    opened_at: str
    cast_at: str
    counted: bool
    withdrawn_at: str
    exclusion: str
    pair_probability: str


def read_votes(path: Path) -> Iterator[VoteLine]:
    """Votes in ascending order of number. Raises DatasetRefused, naming the line."""
    last = 0
    with path.open("r", encoding="utf-8", newline="") as stream:
        rows = csv.reader(stream)
        if tuple(next(rows, ())) != VOTE_COLUMNS:
            raise DatasetRefused(f"{VOTES}: line 1: must be {','.join(VOTE_COLUMNS)}")
        for line, cells in enumerate(rows, start=2):
            vote = _vote(line, cells)
            if vote.number <= last:
                raise DatasetRefused(f"{VOTES}: line {line}: number {vote.number} does not follow {last}")
            last = vote.number
            yield vote


def _vote(line: int, cells: list[str]) -> VoteLine:
    if len(cells) != len(VOTE_COLUMNS):
        raise DatasetRefused(f"{VOTES}: line {line}: has {len(cells)} cells; {len(VOTE_COLUMNS)} are needed")
    named = dict(zip(VOTE_COLUMNS, cells, strict=True))
    try:
        UUID(named["battle"])
        outcome, counted = OUTCOMES[named["winner"]], FLAGS[named["counted"]]
        if (number := whole_number(named["number"])) is None:
            raise ValueError(f"number is {named['number'][:40]!r}; it must be a whole number")
    except (ValueError, KeyError) as error:
        raise DatasetRefused(f"{VOTES}: line {line}: cannot be read: {error}") from None
    rest = {name: named[name] for name in VOTE_COLUMNS if name not in {"number", "winner", "counted"}}
    return VoteLine(number=number, outcome=outcome, counted=counted, **rest)
