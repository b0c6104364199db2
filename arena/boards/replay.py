"""Computes the methods that replay votes in their order, going on from where each board's replay had got to."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Final

from django.db import OperationalError, connection, transaction
from django.db.models import Count
from django.utils import timezone

from arena.boards.methods import REPLAYED
from arena.boards.recompute import changed_boards, is_stale, skip_if_held
from arena.boards.snapshots import Computed, store_snapshot
from arena.models import Board, SequentialState, VoteExclusion
from arena.rating.errors import BadState
from arena.rating.votes import VotesByDay
from arena.votes.log import (
    TalliesUpTo,
    VoteLogBusy,
    competition_ids,
    complete_up_to,
    count_excluded_votes,
    pages,
    read_tallies_up_to,
)

LOG = logging.getLogger(__name__)
DAYS: Final = ("votes-by-day", "")
DAYS_VERSION: Final = "1"
Key = tuple[str, str]


class ReplayMismatch(RuntimeError):
    """The votes replayed are not those the tallies count: votes were taken out meanwhile. The next run starts anew."""


@dataclass(frozen=True, eq=False)
class Replay:
    """`states` by (method, variant), all of them up to the same vote; `base` says what they were started on."""

    states: dict[Key, Any]
    last_number: int
    base: str

    @property
    def battles(self) -> set[int]:
        return {state.battles for state in self.states.values()}


def replay_changed_boards() -> int:
    """How many snapshots were written; none while the vote log is busy."""
    return replay_boards(changed_boards(timezone.now(), REPLAYED))


def replay_boards(board_ids: Iterable[int]) -> int:
    """Each board in its own transaction. A board that cannot be replayed now is logged and keeps its snapshots."""
    try:
        up_to = complete_up_to()
    except VoteLogBusy as busy:
        LOG.info("nothing replayed: %s", busy)
        return 0
    written = 0
    for board_id in board_ids:
        try:
            written += replay_board(board_id, up_to)
        except (ReplayMismatch, BadState):
            LOG.exception("board %s could not be replayed", board_id)
        except OperationalError as error:
            skip_if_held(board_id, error)
    return written


def replay_board(board_id: int, up_to: int) -> int:
    """Replay the board's counted votes up to that number; how many snapshots were written."""
    with transaction.atomic():
        board = Board.objects.filter(id=board_id).first()
        if board is None or not alone_on(board_id):
            return 0
        base = _base(board)
        read = read_tallies_up_to(board, up_to)
        stale = [method for method in REPLAYED if is_stale(board, method, read)]
        if not stale:
            return 0
        done = _replayed(board, base, read, up_to)
        # the row is taken at the end, so that the fitted methods need not wait for a long replay
        Board.objects.select_for_update(no_key=True).get(id=board_id)
        _store_states(board, done, read)
        return _store_snapshots(board, done, read, up_to)


def replayed(board: Board, read: TalliesUpTo, up_to: int) -> Replay:
    """All methods on the counted votes up to that number, from the stored state where it holds; writes nothing.

    Raises ReplayMismatch where votes and tallies disagree.
    """
    return _replayed(board, _base(board), read, up_to)


def alone_on(board_id: int) -> bool:
    """Whether this transaction alone replays the board's votes now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended('arena: replay of a board', %s))", [board_id])
        return bool(cursor.fetchone()[0])


def _base(board: Board) -> str:
    """Changes when votes or models were taken out or let in again, and when competitions came or went."""
    exclusions = VoteExclusion.objects.aggregate(made=Count("id"), undone=Count("restored_at"))
    excluded = sorted(board.excluded_models().values_list("pk", flat=True))
    return sha256(repr((competition_ids(board), excluded, sorted(exclusions.items()))).encode()).hexdigest()


def _replayed(board: Board, base: str, read: TalliesUpTo, up_to: int) -> Replay:
    """Withdrawn votes may have been replayed before: where the sums differ, all is replayed from the first vote."""
    for start in filter(None, (_stored(board, base, read), _fresh(base))):
        done = _advance(board, start, read, up_to)
        if done.battles == {read.tallies.battles}:
            return done
    raise ReplayMismatch(f"{board.key}: replayed {done.battles}, the tallies count {read.tallies.battles}")


def _fresh(base: str) -> Replay:
    return Replay({DAYS: VotesByDay(), **{(m.name, m.variant): m.start for m in REPLAYED}}, 0, base)


def _stored(board: Board, base: str, read: TalliesUpTo) -> Replay | None:
    """None where there is nothing to go on from: another version, other votes before, a renamed model."""
    loaders = {(m.name, m.variant): (m.version, m.load) for m in REPLAYED} | {
        DAYS: (DAYS_VERSION, VotesByDay.from_json)
    }
    # a board has states of others too: verdicts, and variants that are replayed no more
    found = SequentialState.objects.filter(board=board, method__in={method for method, _ in loaders})
    rows = [row for row in found if (row.method, row.variant) in loaders]
    if {(row.method, row.variant, row.version) for row in rows} != {(*key, v) for key, (v, _) in loaders.items()}:
        return None
    if {row.state.get("base") for row in rows} != {base} or len({row.last_vote_number for row in rows}) > 1:
        return None
    # by slug and id: two models can have traded their slugs
    if any(not row.state.get("models", {"": 0}).items() <= read.model_ids.items() for row in rows):
        return None
    states = {(row.method, row.variant): loaders[row.method, row.variant][1](row.state["state"]) for row in rows}
    return Replay(states, rows[0].last_vote_number, base)


def _advance(board: Board, replay: Replay, read: TalliesUpTo, up_to: int) -> Replay:
    states, last = dict(replay.states), replay.last_number
    for page in pages(board, replay.last_number, up_to, read.slugs):
        for method in REPLAYED:
            key = (method.name, method.variant)
            states[key] = method.replay(states[key], page.votes)
        states[DAYS] = states[DAYS].plus(page.cast_at)
        last = page.votes.last_number
    return replace(replay, states=states, last_number=last)


def _store_states(board: Board, done: Replay, read: TalliesUpTo) -> None:
    named = {model for state in done.states.values() for model in getattr(state, "models", ())}
    models = {slug: read.model_ids[slug] for slug in sorted(named)}
    versions = {(m.name, m.variant): m.version for m in REPLAYED} | {DAYS: DAYS_VERSION}
    SequentialState.objects.bulk_create(
        [
            SequentialState(
                board=board,
                method=key[0],
                variant=key[1],
                version=versions[key],
                last_vote_number=done.last_number,
                state={"base": done.base, "models": models, "state": state.to_json()},
            )
            for key, state in done.states.items()
        ],
        update_conflicts=True,
        unique_fields=["board", "method", "variant"],
        update_fields=["version", "last_vote_number", "state"],
    )


def _store_snapshots(board: Board, done: Replay, read: TalliesUpTo, up_to: int) -> int:
    # with votes after the cut-off the tallies' last vote is one of those
    seen = read if read.last_vote_number <= up_to else replace(read, last_vote_number=done.last_number)
    excluded, now, written = count_excluded_votes(board), timezone.now(), 0
    for method in REPLAYED:
        if is_stale(board, method, seen):
            computed = method.compute(seen.tallies, done.states[method.name, method.variant])
            store_snapshot(board, Computed(method, seen, computed, None, excluded, now))
            written += 1
    return written
