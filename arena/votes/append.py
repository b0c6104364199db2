"""The one bulk path into the vote log: battles, votes, tallies and entry counters in one transaction.

Not for a single cast vote, nor for deciding which competitions, models or entries there are.
"""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

import numpy as np
from django.db import connection, transaction

from arena.rating.criteria import OVERALL, checked_criterion
from arena.rating.tallies import ALL_OUTCOMES, COUNTERS, OUTCOMES
from arena.votes.outcome_sql import TALLY_ADDED, TALLY_COLUMNS, each_counter, each_outcome

CHUNK_VOTES: Final = 20_000
ANALYZED_FROM: Final = 2_000
VOTE_LOG_LOCK: Final = "arena: append to the vote log"

Progress = Callable[[int, int], None]


class Pairing(NamedTuple):
    """Rows by id: two entries of one competition, left and right, with their models."""

    competition: int
    left_entry: int
    right_entry: int
    left_model: int
    right_model: int


@dataclass(frozen=True, eq=False)
class NewVotes:
    """Votes by one criterion, in the order in which they are to be numbered; each has a battle of its own.

    `pairing` are places in `pairings`, `outcome` places in OUTCOMES; times and ids of voters, where known, run along.
    """

    pairings: Sequence[Pairing]
    pairing: array[int]
    outcome: array[int]
    opened_at: Sequence[datetime] | None = None
    cast_at: Sequence[datetime] | None = None
    criterion: str = OVERALL
    voter: Sequence[int | None] | None = None

    def __post_init__(self) -> None:
        checked_criterion(self.criterion)
        times = [len(column) for column in (self.opened_at, self.cast_at, self.voter) if column is not None]
        if {len(self.pairing), len(self.outcome), *times} != {len(self.outcome)}:
            raise ValueError("pairing, outcome, times and voters must be of one length")
        if len(self.outcome) and (max(self.pairing) >= len(self.pairings) or max(self.outcome) >= len(OUTCOMES)):
            raise ValueError("pairing and outcome must be places in pairings and in OUTCOMES")

    def __len__(self) -> int:
        return len(self.outcome)


@dataclass(frozen=True)
class AppendedVotes:
    """The numbers the votes were given; both 0 when there were none."""

    first_number: int
    last_number: int


@dataclass(frozen=True, eq=False)
class _Counted:
    """Per pairing: its outcomes, pairings × OUTCOMES, and the number of its last vote."""

    outcomes: np.ndarray[Any, np.dtype[np.int64]]
    last_number: np.ndarray[Any, np.dtype[np.int64]]


def lock_vote_log(cursor: Any) -> None:
    """Until the transaction ends no other bulk append runs, so numbers follow the order of the imports."""
    # an import may wait for another one and may itself be long
    cursor.execute("SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0")
    cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [VOTE_LOG_LOCK])


def append_votes(
    votes: NewVotes, *, vote_import_id: int | None = None, progress: Progress | None = None
) -> AppendedVotes:
    """Write the votes, add them to tallies and, if of `overall`, to entries; `progress` is told (written, of all)."""
    with transaction.atomic(), connection.cursor() as cursor:
        lock_vote_log(cursor)
        # checked per statement, not at commit, so that pending checks do not pile up in memory
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        size = len(votes.pairings)
        counted = _Counted(np.zeros((size, len(OUTCOMES)), np.int64), np.zeros(size, np.int64))
        first = last = 0
        for start in range(0, len(votes), CHUNK_VOTES):
            end = min(start + CHUNK_VOTES, len(votes))
            numbers = _write(cursor, votes, start, end, vote_import_id)
            _count(counted, votes, start, end, numbers)
            first, last = first or numbers[0], numbers[-1]
            if progress:
                progress(end, len(votes))
        _add_to_tallies(cursor, votes, counted)
        if votes.criterion == OVERALL:
            _add_to_entries(cursor, votes.pairings, counted)
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        if len(votes) >= ANALYZED_FROM:
            # without it the boards of a first import are read by nested loops over the whole log
            cursor.execute("ANALYZE arena_battle, arena_vote, arena_tally")
    return AppendedVotes(first, last)


def _write(cursor: Any, votes: NewVotes, start: int, end: int, vote_import_id: int | None) -> list[int]:
    battles = _reserve(cursor, "arena_battle", "id", end - start)
    numbers = _reserve(cursor, "arena_vote", "number", end - start)
    columns = "id, competition_id, left_entry_id, right_entry_id, left_model_id, right_model_id, opened_at, voter_id"
    opened, voter = (_part(column, start, end) for column in (votes.opened_at, votes.voter))
    battle_rows = (
        (battle, *votes.pairings[pairing], at, by)
        for battle, pairing, at, by in zip(battles, votes.pairing[start:end], opened, voter, strict=True)
    )
    _copy(cursor, f"arena_battle ({columns})", battle_rows)
    vote_rows = (
        (number, battle, votes.criterion, OUTCOMES[outcome], cast, "t", vote_import_id)
        for number, battle, outcome, cast in zip(
            numbers, battles, votes.outcome[start:end], _part(votes.cast_at, start, end), strict=True
        )
    )
    columns = "number, battle_id, criterion, outcome, cast_at, is_counted, vote_import_id"
    _copy(cursor, f"arena_vote ({columns})", vote_rows)
    return numbers


def _part(column: Sequence[Any] | None, start: int, end: int) -> Iterable[Any]:
    return column[start:end] if column is not None else [None] * (end - start)


def _reserve(cursor: Any, table: str, column: str, count: int) -> list[int]:
    cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)", [table, column, count])
    return [row[0] for row in cursor.fetchall()]


def _copy(cursor: Any, target: str, rows: Iterator[tuple[Any, ...]]) -> None:
    """Cells hold numbers, times and fixed words only, so nothing needs escaping."""
    lines = ["\t".join(["\\N" if cell is None else str(cell) for cell in row]) for row in rows]
    with connection.wrap_database_errors, cursor.copy(f"COPY {target} FROM STDIN") as copy:
        copy.write("\n".join(lines) + "\n")


def _count(counted: _Counted, votes: NewVotes, start: int, end: int, numbers: list[int]) -> None:
    pairing = np.array(votes.pairing[start:end], np.int64)
    np.add.at(counted.outcomes, (pairing, np.array(votes.outcome[start:end], np.int64)), 1)
    np.maximum.at(counted.last_number, pairing, numbers)


TALLY_UPSERT: Final = f"""
INSERT INTO arena_tally AS tally
    (competition_id, left_model_id, right_model_id, criterion, {TALLY_COLUMNS}, last_vote_number, updated_at)
SELECT competition, left_model, right_model, %s,
       {each_outcome("sum({column})")}, max(last_number), now()
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], {each_outcome("%s::bigint[]")}, %s::bigint[])
    AS new (competition, left_model, right_model, {TALLY_COLUMNS}, last_number)
GROUP BY competition, left_model, right_model ORDER BY competition, left_model, right_model
ON CONFLICT (competition_id, left_model_id, right_model_id, criterion) DO UPDATE SET
    {TALLY_ADDED}
"""  # noqa: S608


def _add_to_tallies(cursor: Any, votes: NewVotes, counted: _Counted) -> None:
    rows = [
        (pairing.competition, pairing.left_model, pairing.right_model, *outcomes, last)
        for pairing, outcomes, last in zip(
            votes.pairings, counted.outcomes.tolist(), counted.last_number.tolist(), strict=True
        )
        if last
    ]
    if rows:
        cursor.execute(TALLY_UPSERT, [votes.criterion, *(list(column) for column in zip(*rows, strict=True))])


ENTRY_UPDATE: Final = f"""
UPDATE arena_entry AS entry SET
    {each_counter("{counter} = entry.{counter} + new.{counter}")}
FROM unnest(%s::bigint[], {each_counter("%s::bigint[]")}) AS new (id, {each_counter("{counter}")})
WHERE entry.id = new.id
"""  # noqa: S608


def _add_to_entries(cursor: Any, pairings: Sequence[Pairing], counted: _Counted) -> None:
    added: dict[int, Counter[str]] = defaultdict(Counter)
    for pairing, votes in zip(pairings, counted.outcomes.tolist(), strict=True):
        for outcome, n in zip(ALL_OUTCOMES, votes, strict=True):
            added[pairing.left_entry].update(dict.fromkeys(outcome.left_counters, n))
            added[pairing.right_entry].update(dict.fromkeys(outcome.right_counters, n))
    entries = sorted(added)
    columns = [[added[entry][counter] for entry in entries] for counter in COUNTERS]
    cursor.execute(ENTRY_UPDATE, [entries, *columns])
