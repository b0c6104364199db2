"""Votes out through the site, as NDJSON and CSV, beside COPY of the same columns; and what memory it takes."""

from __future__ import annotations

from django.db import connection
from django.test import Client

from bench.arena_world import make_competition
from bench.export_memory import grown_by
from bench.report import Line, Target, shown_ratio
from bench.timing import take_turns, timed

FORMS = ("ndjson", "csv")
MOST_MIB = 20.0
BATTLES = """
INSERT INTO arena_battle (competition_id, left_entry_id, right_entry_id, left_model_id, right_model_id)
SELECT left_one.competition_id, left_one.id, right_one.id, left_one.model_id, right_one.model_id
FROM generate_series(1, %(votes)s) AS number
JOIN (SELECT *, row_number() OVER (ORDER BY id) AS place FROM arena_entry) AS left_one
    ON left_one.place = 1 + number %% 25
JOIN (SELECT *, row_number() OVER (ORDER BY id) AS place FROM arena_entry) AS right_one
    ON right_one.place = 1 + (number + 1 + number %% 7) %% 25
"""
VOTES = """
INSERT INTO arena_vote (battle_id, outcome, cast_at, is_counted)
SELECT id, (ARRAY['left', 'right', 'tie', 'both_bad'])[1 + id %% 4], now() - interval '30 days', true
FROM arena_battle ORDER BY id
"""
BARE = """
COPY (
    SELECT vote.number, battle.public_id, left_model.slug, right_model.slug, vote.outcome, vote.cast_at
    FROM arena_vote AS vote JOIN arena_battle AS battle ON battle.id = vote.battle_id
    JOIN providers_imagemodel AS left_model ON left_model.id = battle.left_model_id
    JOIN providers_imagemodel AS right_model ON right_model.id = battle.right_model_id
    ORDER BY vote.number
) TO STDOUT
"""


def measure_votes_out(votes: int, rounds: int) -> list[Line]:
    """Rows per second of both forms as a ratio, and what the process grows by."""
    _make_votes(votes)
    tasks = {"bare": timed(_bare), **{form: timed(lambda form=form: _read(form)) for form in FORMS}}
    taken = take_turns(tasks, rounds)
    lines = []
    for form in FORMS:
        ratio = taken[form].median / taken["bare"].median
        figure = f"{votes / taken[form].median:,.0f}/s : {votes / taken['bare'].median:,.0f}/s"
        lines.append(Line(f"{votes:,} votes as {form} : bare COPY ({shown_ratio(ratio)} as long)", figure, ratio))
    return [*lines, *(_memory(votes, form) for form in FORMS)]


def _make_votes(votes: int) -> None:
    make_competition()
    with connection.cursor() as cursor:
        cursor.execute(BATTLES, {"votes": votes})
        cursor.execute(VOTES, {})
        cursor.execute("ANALYZE")


def _bare() -> None:
    with connection.cursor() as cursor, cursor.copy(BARE) as copy:
        for _ in copy:
            pass


def _read(form: str) -> None:
    for _ in Client(HTTP_HOST="localhost").get(f"/api/v1/votes?format={form}").streaming_content:
        pass


def _memory(votes: int, form: str) -> Line:
    grown = grown_by(form) / 2**20
    what = f"the most memory that {votes:,} votes as {form} add to a fresh process"
    return Line(what, f"{grown:.1f} MiB", grown / MOST_MIB, Target(1.0, False, f"≤ {MOST_MIB:g} MiB"))
