"""Statements about outcomes, made from the one list of them: columns of tallies and counters of entries."""

from collections.abc import Sequence
from typing import Final

from arena.rating.criteria import OVERALL
from arena.rating.tallies import ALL_OUTCOMES, COUNTERS, Outcome

NAME: Final = "'{name}'"


def each_outcome(form: str, joined: str = ", ", outcomes: Sequence[Outcome] = ALL_OUTCOMES) -> str:
    """The form once for every outcome: `{name}` is its name, `{column}` its column of arena_tally, quoted."""
    return joined.join(form.format(name=one.name, column=f'"{one.name}"') for one in outcomes)


def each_counter(form: str, joined: str = ", ") -> str:
    """The form once for every counter of arena_entry, `{counter}`."""
    return joined.join(form.format(counter=counter) for counter in COUNTERS)


def counters_changed(sign: str, votes: str) -> str:
    """What an entry `entry` is set to; `held.is_left` says its side, `votes` is the number of votes of `{name}`."""
    changes = []
    for counter in COUNTERS:
        left, right = (each_outcome(votes, " + ", _adding(counter, side)) for side in ("left", "right"))
        value = f"({left})" if left == right else f"CASE WHEN held.is_left THEN {left} ELSE {right} END"
        changes.append(f"{counter} = entry.{counter} {sign} {value}")
    return ", ".join(changes)


def counters_counted() -> str:
    """Counts over rows (is_left, outcome), one for each side of a vote."""
    return ", ".join(
        f"count(*) FILTER (WHERE outcome = ANY(CASE WHEN is_left THEN {_names(_adding(counter, 'left'))}"
        f" ELSE {_names(_adding(counter, 'right'))} END)) AS {counter}"
        for counter in COUNTERS
    )


def _adding(counter: str, side: str) -> list[Outcome]:
    return [one for one in ALL_OUTCOMES if counter in (one.left_counters if side == "left" else one.right_counters)]


def _names(outcomes: Sequence[Outcome]) -> str:
    return f"ARRAY[{each_outcome(NAME, outcomes=outcomes)}]"


TALLY_COLUMNS: Final = each_outcome("{column}")
TALLY_TOTAL: Final = each_outcome("{column}", " + ")
# of an upsert into `arena_tally AS tally`
TALLY_ADDED: Final = (
    each_outcome("{column} = tally.{column} + EXCLUDED.{column}")
    + ", last_vote_number = greatest(tally.last_vote_number, EXCLUDED.last_vote_number), updated_at = now()"
)
# of votes in a group
VOTES_COUNTED: Final = each_outcome("count(*) FILTER (WHERE outcome = '{name}') AS {column}")
# what the public counts, as a condition on rows of votes or tallies
IS_OVERALL: Final = f"criterion = '{OVERALL}'"
# the counters of every entry, as the beginning of a statement: to compare with, and to write
ENTRY_RECOUNT: Final = f"""
WITH side AS (
    SELECT left_entry_id AS entry, true AS is_left, outcome
    FROM arena_vote JOIN arena_battle ON arena_battle.id = battle_id WHERE is_counted AND {IS_OVERALL}
    UNION ALL
    SELECT right_entry_id, false, outcome
    FROM arena_vote JOIN arena_battle ON arena_battle.id = battle_id WHERE is_counted AND {IS_OVERALL}
), recount AS (
    SELECT entry, {counters_counted()} FROM side GROUP BY entry
)
""".strip()  # noqa: S608
