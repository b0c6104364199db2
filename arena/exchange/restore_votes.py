"""The vote log of a dataset with its numbers and battles, in an empty site; tallies and counters from the votes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

from django.db import connection

from arena.exchange.dataset_files import VOTES, DatasetRefused
from arena.exchange.dataset_votes import VoteLine, read_votes
from arena.exchange.restore_rows import Restored
from arena.votes.outcome_sql import ENTRY_RECOUNT, TALLY_COLUMNS, each_counter, each_outcome

CHUNK_VOTES: Final = 20_000
BATTLES: Final = """COPY arena_battle (id, public_id, competition_id, left_entry_id, right_entry_id, left_model_id,
    right_model_id, opened_at, pair_probability) FROM STDIN"""
LOG: Final = """COPY arena_vote (number, battle_id, outcome, cast_at, is_counted, withdrawn_at, exclusion_id)
    FROM STDIN"""
TALLIES: Final = f"""
INSERT INTO arena_tally (competition_id, left_model_id, right_model_id, {TALLY_COLUMNS}, last_vote_number, updated_at)
SELECT competition_id, left_model_id, right_model_id,
       {each_outcome("count(*) FILTER (WHERE outcome = '{name}' AND is_counted)")}, max(number), now()
FROM arena_vote JOIN arena_battle ON arena_battle.id = battle_id
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""  # noqa: S608
COUNTERS: Final = f"""
{ENTRY_RECOUNT}
UPDATE arena_entry SET {each_counter("{counter} = recount.{counter}")}
FROM recount WHERE recount.entry = arena_entry.id
"""  # noqa: S608
SEQUENCES: Final = """
SELECT setval(pg_get_serial_sequence('arena_vote', 'number'), greatest(1, (SELECT max(number) FROM arena_vote))),
       setval(pg_get_serial_sequence('arena_battle', 'id'), greatest(1, (SELECT max(id) FROM arena_battle)))
"""


def restore_vote_log(path: Path, rows: Restored) -> int:
    """How many votes were written, in the caller's transaction. Raises DatasetRefused."""
    written = 0
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        votes = read_votes(path)
        while chunk := list(islice(votes, CHUNK_VOTES)):
            _copy(cursor, BATTLES, (_battle(vote, rows) for vote in chunk))
            _copy(cursor, LOG, (_vote(vote, rows) for vote in chunk))
            written += len(chunk)
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        for statement in (TALLIES, COUNTERS, SEQUENCES if written else "", "ANALYZE arena_battle, arena_vote"):
            if statement:
                cursor.execute(statement)
    return written


def _copy(cursor: Any, statement: str, rows: Iterator[tuple[Any, ...]]) -> None:
    with connection.wrap_database_errors, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _battle(vote: VoteLine, rows: Restored) -> tuple[Any, ...]:
    """The vote's number serves as the battle's id: the site is empty, and no two votes share one."""
    try:
        return (
            *(vote.number, vote.battle, rows.competitions[vote.competition]),
            *(rows.entries[vote.entry_a], rows.entries[vote.entry_b]),
            *(rows.models[vote.model_a], rows.models[vote.model_b]),
            *(vote.opened_at or None, vote.pair_probability or None),
        )
    except KeyError as error:
        raise DatasetRefused(f"{VOTES}: vote {vote.number} names {error}, which is not in the dataset") from None


def _vote(vote: VoteLine, rows: Restored) -> tuple[Any, ...]:
    if vote.exclusion and vote.exclusion not in rows.exclusions:
        raise DatasetRefused(f"{VOTES}: vote {vote.number} names an exclusion that is not in the dataset")
    return (
        *(vote.number, vote.number, vote.outcome, vote.cast_at or None, vote.counted),
        *(vote.withdrawn_at or None, rows.exclusions.get(vote.exclusion)),
    )
