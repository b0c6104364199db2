"""What an operator decides: votes out of the count and in again in one transaction, flags, reports; no deletion."""

from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, Final

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from arena.boards.ensure_boards import ensure_boards
from arena.boards.recompute import recompute_boards
from arena.competitions.change_competitions import retire_entries
from arena.integrity.lift import LIFT
from arena.integrity.vote_cohorts import votes_of_flag
from arena.models import PairReport, Vote, VoteExclusion, VoteFlag
from arena.votes.outcome_sql import (
    IS_OVERALL,
    TALLY_COLUMNS,
    VOTES_COUNTED,
    counters_counted,
    each_counter,
    each_outcome,
)


class NothingToExclude(ValueError):
    """None of the votes counts, so there is nothing to take out."""


class AlreadyRestored(ValueError):
    """The exclusion has been undone before."""


def exclude_votes(
    votes: QuerySet[Vote] | Collection[int],
    *,
    reason: str,
    actor: User | None = None,
    flag: VoteFlag | None = None,
) -> VoteExclusion:
    """Of these votes, by numbers or as a query, all that count stop counting. Raises NothingToExclude, ValueError."""
    if not reason.strip():
        raise ValueError("reason: must say why the votes are excluded")
    numbers = _numbers(votes)
    with transaction.atomic():
        exclusion = VoteExclusion.objects.create(reason=reason.strip(), actor=actor, flag=flag)
        changed = _flag(EXCLUDE, numbers, exclusion.pk)
        if not changed:
            raise NothingToExclude("none of these votes counts")
        exclusion.votes = len(changed)
        exclusion.save(update_fields=["votes"])
        _count(changed, -1)
    return exclusion


OPEN_EXCLUSION: Final = """
INSERT INTO arena_voteexclusion AS present (gate, day, reason, votes, created_at)
VALUES (%(gate)s, %(day)s, %(reason)s, 0, now())
ON CONFLICT (gate, day) WHERE restored_at IS NULL AND NOT gate = '' DO UPDATE SET votes = present.votes
RETURNING id
"""


@dataclass(frozen=True)
class GateDay:
    """What one gate sets aside of a UTC day, and why."""

    gate: str
    day: date
    reason: str
    numbers: Collection[int]


def set_aside(groups: Iterable[GateDay]) -> int:
    """By the site itself: those of these votes that count, and that no operator restored, stop counting; how many.

    They join what the gate set aside of that day. To be called once within a transaction: tallies and entries are
    taken in the order of votes that are cast, after all votes, and a second time would make a ring with these.
    """
    by_group = list(groups)
    numbers = [number for group in by_group for number in group.numbers]
    lasting = Vote.objects.filter(number__in=numbers, is_counted=True, is_restored=False)
    present = set(lasting.order_by("number").select_for_update(of=("self",)).values_list("number", flat=True))
    changed = []
    for group in by_group:
        if own := sorted(present.intersection(group.numbers)):
            changed += _set_aside(group, own)
    _count(changed, -1)
    return len(changed)


def _set_aside(group: GateDay, numbers: list[int]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(OPEN_EXCLUSION, {"gate": group.gate, "day": group.day, "reason": group.reason})
        (exclusion,) = cursor.fetchone()
    changed = _flag(EXCLUDE, numbers, exclusion)
    VoteExclusion.objects.filter(pk=exclusion).update(votes=F("votes") + len(changed))
    return changed


def restore_votes(exclusion: VoteExclusion, *, actor: User | None = None) -> VoteExclusion:
    """The votes of one exclusion count again. Raises AlreadyRestored."""
    with transaction.atomic():
        held = VoteExclusion.objects.select_for_update().get(pk=exclusion.pk)
        if held.restored_at is not None:
            raise AlreadyRestored(f"these votes count again since {held.restored_at:%Y-%m-%d %H:%M}")
        numbers = list(held.excluded_votes.values_list("number", flat=True))
        _count(_flag(RESTORE, numbers, held.pk), 1)
        held.restored_at, held.restored_by = timezone.now(), actor
        held.save(update_fields=["restored_at", "restored_by"])
    return held


def _numbers(votes: QuerySet[Vote] | Collection[int]) -> list[int]:
    if isinstance(votes, QuerySet):
        return sorted(votes.values_list("number", flat=True))
    return sorted(set(votes))


# conditional, so that a vote is moved once whoever else moves it
EXCLUDE: Final = """
UPDATE arena_vote SET is_counted = FALSE, exclusion_id = %(exclusion)s
FROM arena_battle WHERE arena_battle.id = battle_id AND number = ANY(%(numbers)s) AND is_counted
RETURNING number, outcome, criterion, competition_id, left_entry_id, right_entry_id, left_model_id, right_model_id
"""
RESTORE: Final = """
UPDATE arena_vote SET is_counted = TRUE, exclusion_id = NULL, is_restored = TRUE
FROM arena_battle WHERE arena_battle.id = battle_id AND number = ANY(%(numbers)s)
    AND exclusion_id = %(exclusion)s AND withdrawn_at IS NULL
RETURNING number, outcome, criterion, competition_id, left_entry_id, right_entry_id, left_model_id, right_model_id
"""
HELD: Final = "SELECT 1 FROM arena_vote WHERE number = ANY(%s) ORDER BY number FOR UPDATE"


def _flag(statement: str, numbers: list[int], exclusion: int) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(HELD, [numbers])
        cursor.execute(statement, {"numbers": numbers, "exclusion": exclusion})
        return list(cursor.fetchall())


# rows are taken in the order of their ids, so that two such changes never wait for each other in a ring
TALLIES: Final = f"""
WITH delta AS (
    SELECT competition, left_model, right_model, by, {VOTES_COUNTED}
    FROM unnest(%(outcome)s::text[], %(criterion)s::text[], %(competition)s::bigint[], %(left_model)s::bigint[],
                %(right_model)s::bigint[]) AS changed (outcome, by, competition, left_model, right_model)
    GROUP BY 1, 2, 3, 4
), held AS (
    SELECT id, delta.* FROM arena_tally JOIN delta
        ON competition_id = competition AND left_model_id = left_model AND right_model_id = right_model
            AND criterion = by
    ORDER BY id FOR UPDATE OF arena_tally
)
UPDATE arena_tally AS tally SET
    {each_outcome("{column} = tally.{column} + %(sign)s * held.{column}")}, updated_at = now()
FROM held WHERE tally.id = held.id
"""  # noqa: S608
# votes that were set aside when they came are in no tally yet, and may be newer than any it holds
ROOM: Final = f"""
INSERT INTO arena_tally AS tally
    (competition_id, left_model_id, right_model_id, criterion, {TALLY_COLUMNS}, last_vote_number, updated_at)
SELECT competition, left_model, right_model, by, {each_outcome("0")}, max(number), now()
FROM unnest(%(number)s::bigint[], %(criterion)s::text[], %(competition)s::bigint[], %(left_model)s::bigint[],
            %(right_model)s::bigint[]) AS changed (number, by, competition, left_model, right_model)
GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
ON CONFLICT (competition_id, left_model_id, right_model_id, criterion) DO UPDATE SET
    last_vote_number = greatest(tally.last_vote_number, EXCLUDED.last_vote_number)
"""  # noqa: S608
ENTRIES: Final = f"""
WITH changed AS (
    SELECT * FROM unnest(%(outcome)s::text[], %(criterion)s::text[], %(left_entry)s::bigint[],
                         %(right_entry)s::bigint[]) AS vote (outcome, criterion, left_entry, right_entry)
    WHERE {IS_OVERALL}
), side AS (
    SELECT left_entry AS entry, true AS is_left, outcome FROM changed
    UNION ALL
    SELECT right_entry, false, outcome FROM changed
), delta AS (
    SELECT entry, {counters_counted()} FROM side GROUP BY entry
), held AS (
    SELECT delta.* FROM arena_entry JOIN delta ON id = entry ORDER BY id FOR UPDATE OF arena_entry
)
UPDATE arena_entry SET
    {each_counter("{counter} = arena_entry.{counter} + %(sign)s * held.{counter}")}
FROM held WHERE arena_entry.id = held.entry
"""  # noqa: S608
COLUMNS: Final = (
    "number",
    "outcome",
    "criterion",
    "competition",
    "left_entry",
    "right_entry",
    "left_model",
    "right_model",
)


def _count(changed: list[tuple[Any, ...]], sign: int) -> None:
    """Add the votes to tallies and counters, or take them away; their boards follow on commit."""
    if not changed:
        return
    columns = dict(zip(COLUMNS, (list(column) for column in zip(*changed, strict=True)), strict=True))
    with connection.cursor() as cursor:
        for statement in (*([ROOM] if sign > 0 else []), TALLIES, ENTRIES):
            cursor.execute(statement, {**columns, "sign": sign})
    boards = ensure_boards(set(columns["competition"]))
    transaction.on_commit(partial(recompute_boards, boards))


class FlagDecided(ValueError):
    """The flag is no longer open."""


def exclude_flagged(flag_id: int, *, reason: str, actor: User) -> VoteExclusion:
    """The tested votes that still count stop counting. Raises FlagDecided, NothingToExclude, ValueError."""
    with transaction.atomic():
        flag = _open_flag(flag_id)
        exclusion = exclude_votes(votes_of_flag(flag), reason=reason, actor=actor, flag=flag)
        _decide(flag, "excluded", actor)
    return exclusion


LIFT_REASON: Final = "They push one model up together, beyond chance and taste; set aside by the site."


def set_lifts_aside() -> int:
    """By the site itself: what the nightly look says is lifting a model stops counting, but what an operator restored
    before; how many votes. Each flag has an exclusion of its own."""
    taken_out = 0
    for flag in VoteFlag.objects.filter(status="open", test=LIFT).order_by("id"):
        with transaction.atomic(), suppress(NothingToExclude):
            votes = votes_of_flag(flag).filter(is_restored=False)
            taken_out += exclude_votes(votes, reason=LIFT_REASON, flag=flag).votes
            _decide(flag, "excluded", None)
    return taken_out


def dismiss_flag(flag_id: int, *, actor: User) -> VoteFlag:
    """The votes go on counting; the same ones are not flagged again. Raises FlagDecided."""
    with transaction.atomic():
        flag = _open_flag(flag_id)
        _decide(flag, "dismissed", actor)
    return flag


def _open_flag(flag_id: int) -> VoteFlag:
    flag = VoteFlag.objects.select_for_update().get(pk=flag_id)
    if flag.status != "open":
        raise FlagDecided("this flag has already been decided")
    return flag


def _decide(flag: VoteFlag, status: str, actor: User | None) -> None:
    flag.status, flag.decided_by = status, actor
    flag.save(update_fields=["status", "decided_by"])


class ReportClosed(ValueError):
    """Somebody has settled the report before."""


def close_report(report_id: int, retire: str = "") -> PairReport:
    """`retire` is left, right or empty for neither. Raises ReportClosed."""
    with transaction.atomic():
        reports = PairReport.objects.select_related("battle").select_for_update(of=("self",))
        report = reports.get(pk=report_id)
        if report.settled_at is not None:
            raise ReportClosed("this report has already been settled")
        if retire:
            battle = report.battle
            retire_entries([battle.left_entry_id if retire == "left" else battle.right_entry_id])
        report.settled_at = timezone.now()
        report.save(update_fields=["settled_at"])
    return report
