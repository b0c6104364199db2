"""One vote three ways, taking turns: a bare insert, the same with the tally, and the whole vote as it is cast."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from django.db import connection

from arena.models import Competition
from arena.rating.tallies import OUTCOMES
from arena.voting.cast_vote import COUNT_ONCE, cast_vote
from bench.arena_world import Waiting, make_waiting
from bench.bare_view import BARE_VOTE
from bench.report import Line, Target, beside, times_as_long
from bench.timing import take_turns, timed

MOST_ADDED: Final = 0.5
WITH_TALLY: Final = """
WITH battle AS (
    SELECT %(competition)s AS competition_id, %(left_model)s AS left_model_id, %(right_model)s AS right_model_id
), vote AS ({bare}), tally AS ({upsert})
SELECT number FROM vote
"""


def measure_votes(competition: Competition, rounds: int) -> list[Line]:
    """Each statement is a transaction of its own, made durable before it returns."""
    # a third each, and a round of take_turns that is not counted
    waiting = iter(make_waiting(competition, 3 * (rounds + 1)))
    with_tally = WITH_TALLY.format(bare=BARE_VOTE, upsert=tally_upsert())
    tasks = {
        "bare": timed(_executed(BARE_VOTE, waiting)),
        "tally": timed(_executed(with_tally, waiting)),
        "cast": timed(lambda: cast_vote(next(waiting).ballot)),
    }
    taken = take_turns(tasks, rounds)
    added = taken["tally"].median / taken["bare"].median - 1
    target = Target(MOST_ADDED, False, f"≤ {MOST_ADDED:.0%}")
    return [
        Line("what the tally adds to a bare insert of a vote", beside(taken["tally"], taken["bare"]), added, target),
        times_as_long(f"a vote cast ({1 / taken['cast'].median:.0f}/s) : a bare insert", taken["cast"], taken["bare"]),
    ]


def tally_upsert() -> str:
    """The upsert as it stands in the statement that counts a vote, so that it is the real one that is measured."""
    found = re.search(r"\btally AS \((.*?)\n\), held AS", COUNT_ONCE, re.DOTALL)
    if found is None:
        raise LookupError("COUNT_ONCE of arena/voting/cast_vote.py: no longer has `tally AS (…), held AS`")
    return found[1]


def _executed(statement: str, waiting: Iterator[Waiting]) -> Callable[[], None]:
    def run() -> None:
        battle = next(waiting)
        with connection.cursor() as cursor:
            cursor.execute(statement, _parameters(battle))
            cursor.fetchone()

    return run


def _parameters(battle: Waiting) -> dict[str, int | str]:
    return {
        "battle": battle.battle_id,
        "competition": battle.competition_id,
        "left_model": battle.left_model_id,
        "right_model": battle.right_model_id,
        "outcome": battle.ballot.outcome,
        **{outcome: int(outcome == battle.ballot.outcome) for outcome in OUTCOMES},
    }
