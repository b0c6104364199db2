"""The vote log of a dataset as battles, votes and voters, and the tallies and counters of them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from secrets import randbelow
from typing import Any, Final

from django.db import connection

from arena.exchange.dataset_files import VOTES, DatasetRefused, VoteLine, read_votes
from arena.exchange.restore_rows import Restored
from arena.models import Voter
from arena.rating.criteria import OVERALL
from arena.votes.outcome_sql import ENTRY_RECOUNT, TALLY_COLUMNS, each_counter, each_outcome

CHUNK_VOTES: Final = 20_000
BATTLE_COLUMNS: Final = """id, public_id, competition_id, left_entry_id, right_entry_id, left_model_id, right_model_id,
    opened_at, pair_probability, voter_id"""
VOTE_COLUMNS: Final = (
    "number, battle_id, criterion, outcome, cast_at, is_counted, withdrawn_at, exclusion_id, is_restored"
)
BATTLES: Final = f"COPY arena_battle ({BATTLE_COLUMNS}) FROM STDIN"
LOG: Final = f"COPY arena_vote ({VOTE_COLUMNS}) FROM STDIN"
# votes by other criteria are of battles that most often have their vote of `overall`, somewhere in the file
BESIDE: Final = f"""
CREATE TEMPORARY TABLE beside_battle ON COMMIT DROP AS SELECT {BATTLE_COLUMNS} FROM arena_battle WITH NO DATA;
CREATE TEMPORARY TABLE beside_vote ON COMMIT DROP AS SELECT {VOTE_COLUMNS} FROM arena_vote WITH NO DATA
"""  # noqa: S608
BATTLES_BESIDE: Final = "COPY beside_battle FROM STDIN"
LOG_BESIDE: Final = "COPY beside_vote FROM STDIN"
MISSING_BATTLES: Final = f"""
INSERT INTO arena_battle ({BATTLE_COLUMNS})
SELECT DISTINCT ON (public_id) {BATTLE_COLUMNS} FROM beside_battle ORDER BY public_id, id
ON CONFLICT (public_id) DO NOTHING
"""  # noqa: S608
VOTES_BESIDE: Final = f"""
INSERT INTO arena_vote ({VOTE_COLUMNS})
SELECT vote.number, battle.id, vote.criterion, vote.outcome, vote.cast_at, vote.is_counted, vote.withdrawn_at,
       vote.exclusion_id, vote.is_restored
FROM beside_vote AS vote JOIN beside_battle AS told ON told.id = vote.number
JOIN arena_battle AS battle USING (public_id, competition_id, left_entry_id, right_entry_id)
"""  # noqa: S608
TALLIES: Final = f"""
INSERT INTO arena_tally
    (competition_id, left_model_id, right_model_id, criterion, {TALLY_COLUMNS}, last_vote_number, updated_at)
SELECT competition_id, left_model_id, right_model_id, criterion,
       {each_outcome("count(*) FILTER (WHERE outcome = '{name}' AND is_counted)")}, max(number), now()
FROM arena_vote JOIN arena_battle ON arena_battle.id = battle_id
GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
"""  # noqa: S608
COUNTERS: Final = f"""
{ENTRY_RECOUNT}
UPDATE arena_entry SET {each_counter("{counter} = recount.{counter}")}
FROM recount WHERE recount.entry = arena_entry.id
"""  # noqa: S608
# cookies of the site that was may still be about: no voter here may have the id that one of them names
FIRST_VOTER: Final = "SELECT setval(pg_get_serial_sequence('arena_voter', 'id'), %s)"
LEAST_VOTER, VOTER_SPAN = 1 << 40, 1 << 48
VOTERS: Final = """
UPDATE arena_voter AS voter SET votes = cast_by.votes FROM (
    SELECT battle.voter_id, count(*) AS votes FROM arena_vote AS vote
    JOIN arena_battle AS battle ON battle.id = vote.battle_id
    WHERE vote.criterion = 'overall' AND vote.withdrawn_at IS NULL AND battle.voter_id IS NOT NULL GROUP BY 1
) AS cast_by WHERE voter.id = cast_by.voter_id
"""
SEQUENCES: Final = """
SELECT setval(pg_get_serial_sequence('arena_vote', 'number'), greatest(1, (SELECT max(number) FROM arena_vote))),
       setval(pg_get_serial_sequence('arena_battle', 'id'), greatest(1, (SELECT max(id) FROM arena_battle)))
"""


def import_vote_log(path: Path, rows: Restored) -> int:
    """How many votes were written, in the caller's transaction. Raises DatasetRefused."""
    written = 0
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(BESIDE)
        cursor.execute(FIRST_VOTER, [LEAST_VOTER + randbelow(VOTER_SPAN)])
        voters: dict[str, int] = {}
        votes = read_votes(path)
        while chunk := list(islice(votes, CHUNK_VOTES)):
            _make_voters(voters, {vote.voter for vote in chunk if vote.voter})
            overall = [vote for vote in chunk if vote.criterion == OVERALL]
            beside = [vote for vote in chunk if vote.criterion != OVERALL]
            for battles, log, found in ((BATTLES, LOG, overall), (BATTLES_BESIDE, LOG_BESIDE, beside)):
                _copy(cursor, battles, (_battle(vote, rows, voters) for vote in found))
                _copy(cursor, log, (_vote(vote, rows) for vote in found))
            written += len(chunk)
        _join_beside(cursor)
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        for statement in (TALLIES, COUNTERS, VOTERS, SEQUENCES if written else "", "ANALYZE arena_battle, arena_vote"):
            if statement:
                cursor.execute(statement)
    return written


def _make_voters(known: dict[str, int], names: set[str]) -> None:
    new = sorted(names - known.keys())
    known.update(zip(new, (voter.pk for voter in Voter.objects.bulk_create(Voter() for _ in new)), strict=True))


def _join_beside(cursor: Any) -> None:
    cursor.execute(MISSING_BATTLES)
    cursor.execute(VOTES_BESIDE)
    joined = cursor.rowcount
    cursor.execute("SELECT count(*) FROM beside_vote")
    if cursor.fetchone()[0] != joined:
        raise DatasetRefused(f"{VOTES}: votes on one battle name different competitions or entries")


def _copy(cursor: Any, statement: str, rows: Iterator[tuple[Any, ...]]) -> None:
    with connection.wrap_database_errors, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _battle(vote: VoteLine, rows: Restored, voters: dict[str, int]) -> tuple[Any, ...]:
    """The vote's number serves as the battle's id: the site is empty, and no two votes share one."""
    try:
        return (
            *(vote.number, vote.battle, rows.competitions[vote.competition]),
            *(rows.entries[vote.entry_a], rows.entries[vote.entry_b]),
            *(rows.models[vote.model_a], rows.models[vote.model_b]),
            *(vote.opened_at or None, vote.pair_probability or None, voters.get(vote.voter)),
        )
    except KeyError as error:
        raise DatasetRefused(f"{VOTES}: vote {vote.number} names {error}, which is not in the dataset") from None


def _vote(vote: VoteLine, rows: Restored) -> tuple[Any, ...]:
    if vote.exclusion and vote.exclusion not in rows.exclusions:
        raise DatasetRefused(f"{VOTES}: vote {vote.number} names an exclusion that is not in the dataset")
    return (
        *(vote.number, vote.number, vote.criterion, vote.outcome, vote.cast_at or None, vote.counted),
        *(vote.withdrawn_at or None, rows.exclusions.get(vote.exclusion), vote.restored),
    )
