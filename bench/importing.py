"""A file of votes brought in, beside COPY of the same rows into tables without keys, checks or indexes."""

from __future__ import annotations

from io import BytesIO
from itertools import count

from django.db import connection, transaction

from arena.exchange.import_votes import apply_import
from arena.exchange.plan_import import ImportOptions, plan_import
from arena.exchange.vote_file import read_votes
from arena.rating.tallies import OUTCOMES
from arena.rating.votes import VoteSequence
from bench.report import Line, times_as_long
from bench.timing import take_turns, timed
from bench.votes import draw_votes

MODELS = 25
COLUMNS = {
    "arena_battle": "id, competition_id, left_entry_id, right_entry_id, left_model_id, right_model_id",
    "arena_vote": "number, battle_id, outcome, is_counted",
}


def measure_import(votes: int, rounds: int) -> list[Line]:
    """From the bytes of the file to votes, tallies and entries that are committed."""
    drawn = draw_votes(MODELS, votes)
    file = _csv(drawn)
    rows = _rows(drawn)
    titles = count(1)
    _make_bare_tables()
    tasks = {"import": timed(lambda: _import(file, f"Bench {next(titles)}")), "copy": timed(lambda: _copy(rows))}
    taken = take_turns(tasks, rounds)
    speed = f"{votes / taken['import'].median:,.0f}/s : {votes / taken['copy'].median:,.0f}/s"
    what = f"{votes:,} votes imported : bare COPY ({speed})"
    return [times_as_long(what, taken["import"], taken["copy"])]


def _csv(votes: VoteSequence) -> bytes:
    columns = zip(votes.left.tolist(), votes.right.tolist(), votes.outcomes.tolist(), strict=True)
    lines = (f"{votes.models[left]},{votes.models[right]},{OUTCOMES[outcome]}\n" for left, right, outcome in columns)
    return ("left,right,winner\n" + "".join(lines)).encode()


def _rows(votes: VoteSequence) -> dict[str, str]:
    columns = list(zip(votes.left.tolist(), votes.right.tolist(), votes.outcomes.tolist(), strict=True))
    battles = (f"{n}\t1\t{left}\t{right}\t{left}\t{right}\n" for n, (left, right, _) in enumerate(columns))
    cast = (f"{n}\t{n}\t{OUTCOMES[outcome]}\tt\n" for n, (_, _, outcome) in enumerate(columns))
    return {"arena_battle": "".join(battles), "arena_vote": "".join(cast)}


def _make_bare_tables() -> None:
    with connection.cursor() as cursor:
        for table, columns in COLUMNS.items():
            cursor.execute(f"CREATE TABLE bare_{table} AS SELECT {columns} FROM {table} WITH NO DATA")  # noqa: S608


def _import(file: bytes, title: str) -> None:
    options = ImportOptions(mode="text-to-image", file_name="bench.csv", title=title)
    apply_import(plan_import(read_votes(BytesIO(file)), options))


def _copy(rows: dict[str, str]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for table, lines in rows.items():
            with cursor.copy(f"COPY bare_{table} FROM STDIN") as copy:
                copy.write(lines)
