"""Judges the pairs of each board after every counted vote, and keeps what was decided.

Not at a look: decision, vote number and date follow from the votes, and going on gives what all votes from the start
would.
"""

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from django.conf import settings
from django.db import InternalError, OperationalError, connection, transaction
from django.utils import timezone

from arena.boards.methods import REPLAYED
from arena.boards.replay import ReplayMismatch, alone_on
from arena.boards.verdicts import METHOD, TOO_LARGE, VERSION, variant
from arena.models import Board, SequentialState, Snapshot, Verdict, Vote
from arena.rating.errors import RatingError
from arena.rating.verdicts import VerdictState, replay_verdicts
from arena.votes.log import (
    PAGE_VOTES,
    TalliesUpTo,
    VotePage,
    competition_ids,
    excluded_votes,
    pages,
    read_tallies_up_to,
)

LOG = logging.getLogger(__name__)
# a vote on n models takes about n²/5 microseconds, 2 ms here; a board of 500 would take 50 ms for each
MOST_MODELS: Final = 100
# votes × models² in one run of the task, a minute and a half; a longer log takes several
WORK_OF_A_RUN: Final = 400_000_000
# between two queries, ten seconds: a session that says nothing for two minutes inside a transaction is ended
WORK_OF_A_PAGE: Final = 50_000_000
# a vote can be undone for some minutes, and is then set aside or stays; the stored state holds none that young, or it
# would have to start anew all the time
SETTLED: Final = timedelta(hours=1)
BEHIND: Final = """
SELECT snapshot.board_id FROM arena_snapshot AS snapshot
LEFT JOIN arena_sequentialstate AS judged ON judged.board_id = snapshot.board_id AND judged.method = %(method)s
    AND judged.variant = %(variant)s AND judged.version = %(version)s
WHERE snapshot.is_current AND snapshot.method = %(of)s AND snapshot.variant = %(of_variant)s AND (
    judged.id IS NULL OR judged.state->'tip' IS NULL OR judged.state->>'digest' <> snapshot.digest
    OR (judged.state->>'of')::bigint <> snapshot.last_vote_number)
ORDER BY (judged.state->>'at')::timestamptz NULLS FIRST, snapshot.board_id
"""
_OF: Final = REPLAYED[0]


@dataclass(frozen=True, eq=False)
class _Judged:
    """`settled` is what a later run goes on from, `tip` has seen all votes up to now; `votes` were judged for it."""

    settled: VerdictState
    tip: VerdictState
    votes: int
    is_whole: bool


def judge_changed_boards() -> int:
    """Boards whose replayed methods know other votes than their verdicts; how many were judged, one run's work."""
    return _judge(_boards_behind(), WORK_OF_A_RUN)


def judge_boards(board_ids: Collection[int]) -> int:
    """These to the end, however long it takes."""
    return _judge([board for board in _boards_behind() if board in set(board_ids)], None)


def _boards_behind() -> list[int]:
    """Those whose turn was longest ago first, so that none takes the work of every run."""
    names = {"method": METHOD, "variant": variant(), "version": VERSION}
    with connection.cursor() as cursor:
        cursor.execute(BEHIND, {**names, "of": _OF.name, "of_variant": _OF.variant})
        return [board for (board,) in cursor.fetchall()]


def _judge(board_ids: Collection[int], work: int | None) -> int:
    """Each board in its own transaction; one that cannot be judged now is logged and keeps its verdicts."""
    judged = 0
    for board_id in board_ids:
        if work is not None and work <= 0:
            break
        try:
            done = judge_board(board_id, work)
        except (ReplayMismatch, RatingError):
            LOG.exception("board %s could not be judged", board_id)
            continue
        except (OperationalError, InternalError):  # a lock that came too late, a session that rested too long
            LOG.exception("board %s could not be judged now", board_id)
            continue
        judged += done is not None
        work = work if work is None else work - (done or 0)
    return judged


def judge_board(board_id: int, work: int | None = None) -> int | None:
    """Judge the votes that its replayed methods know, as far as `work` (votes × models²) reaches, all if None.

    What it took; None where there was nothing to judge, or another session does it.
    """
    with transaction.atomic():
        board = Board.objects.filter(id=board_id).first()
        of = Snapshot.objects.filter(board_id=board_id, method=_OF.name, variant=_OF.variant, is_current=True)
        known = of.only("digest", "last_vote_number").first()
        if board is None or known is None or not alone_on(board_id):
            return None
        read = read_tallies_up_to(board, known.last_vote_number)
        if read.tallies.digest != known.digest:  # votes were taken out since: the replay comes first
            return None
        size = _size(read)
        if size > MOST_MODELS:
            _store(board, read, known, None, {"withheld": TOO_LARGE, "models": {}, "judged": 0, "tip": None})
            return 0
        most = None if work is None else max(1, work // max(size, 1) ** 2)
        done = _judged(board, read, known.last_vote_number, most)
        models = {slug: read.model_ids[slug] for slug in done.tip.models}
        base = _base(board, done.settled.last_number)
        states = {"state": done.settled.to_json(), "tip": done.tip.to_json()}
        rest = {"base": base, "models": models, "judged": done.tip.last_number, **states}
        _store(board, read, known, done, rest)
        return done.votes * size**2


def _base(board: Board, up_to: int) -> str:
    """Changes when one of the votes up to that number was taken out or let in again, and when models or competitions
    came or went."""
    taken_out = excluded_votes(board).filter(number__lte=up_to).order_by("number").values_list("number", flat=True)
    models_out = sorted(board.excluded_models().values_list("pk", flat=True))
    return sha256(repr((competition_ids(board), models_out, list(taken_out))).encode()).hexdigest()


def _judged(board: Board, read: TalliesUpTo, up_to: int, most: int | None) -> _Judged:
    """Withdrawn votes may have been judged before: where the sums differ, all are judged from the first vote."""
    fresh = VerdictState(margin=float(settings.VERDICT_MARGIN))
    for start in filter(None, (_stored(board, read), fresh)):
        done = _advance(board, start, read, up_to, most)
        if not done.is_whole or done.tip.battles == read.tallies.battles:
            return done
    raise ReplayMismatch(f"{board.key}: judged {done.tip.battles} votes, the tallies count {read.tallies.battles}")


def _stored(board: Board, read: TalliesUpTo) -> VerdictState | None:
    """None where there is nothing to go on from: another version or margin, other votes before, a renamed model."""
    found = SequentialState.objects.filter(board=board, method=METHOD, variant=variant(), version=VERSION).first()
    if found is None or found.state.get("base") != _base(board, found.last_vote_number):
        return None
    if not found.state["models"].items() <= read.model_ids.items():
        return None
    return VerdictState.from_json(found.state["state"])


def _advance(board: Board, start: VerdictState, read: TalliesUpTo, up_to: int, most: int | None) -> _Judged:
    settled = tip = start
    settled_by, left = timezone.now() - SETTLED, most
    for page in pages(board, start.last_number, up_to, read.slugs, size=_page_votes(read)):
        taken = page.votes.battles if left is None else min(left, page.votes.battles)
        old = _settled_votes(page, settled_by) if settled is tip else 0
        old = min(old, taken)
        settled = _replayed(settled, page, 0, old) if old else settled
        tip = _replayed(settled if old else tip, page, old, taken)
        left = left if left is None else left - taken
        if taken < page.votes.battles:
            return _Judged(settled, tip, most or 0, is_whole=False)
    return _Judged(settled, tip, tip.battles - start.battles, is_whole=True)


def _page_votes(read: TalliesUpTo) -> int:
    return max(1, min(PAGE_VOTES, WORK_OF_A_PAGE // max(1, _size(read)) ** 2))


def _size(read: TalliesUpTo) -> int:
    """How many models have battles."""
    return sum(record.battles > 0 for record in read.tallies.records)


def _settled_votes(page: VotePage, by: datetime) -> int:
    """How many come before the first one that may still be undone."""
    young = (place for place, at in enumerate(page.cast_at) if at is not None and at > by)
    return next(young, page.votes.battles)


def _replayed(state: VerdictState, page: VotePage, first: int, last: int) -> VerdictState:
    if first >= last:
        return state
    return replay_verdicts(state, page.votes.part(first, last, page.numbers[last - 1]), page.numbers[first:last])


def _store(board: Board, read: TalliesUpTo, known: Snapshot, done: _Judged | None, state: dict[str, Any]) -> None:
    is_whole = done is None or done.is_whole
    rows = SequentialState.objects.filter(board=board, method=METHOD)
    rows.exclude(variant=variant()).delete()
    before = rows.filter(version=VERSION).first()
    # votes judged anew over several runs: what was decided stands until they have got as far
    is_short = bool(done and before and not is_whole and done.tip.last_number < before.state["judged"])
    standing = _standing(before, state["models"], read) if before and is_short else {}
    # a state that is behind is of no snapshot, so that the next run goes on
    of = {"digest": known.digest if is_whole else "", "of": known.last_vote_number, "at": timezone.now().isoformat()}
    SequentialState.objects.update_or_create(
        board=board,
        method=METHOD,
        variant=variant(),
        defaults={
            "version": VERSION,
            "last_vote_number": done.settled.last_number if done else 0,
            "state": {**state, **standing, **of},
        },
    )
    if not is_short:
        _store_verdicts(board, done.tip if done else VerdictState(), state["models"])


def _standing(before: SequentialState, models: dict[str, int], read: TalliesUpTo) -> dict[str, Any]:
    """What outlooks are read from, and up to which vote; without those where a model has another slug since."""
    known, tip = before.state["models"], before.state.get("tip")
    same = known.items() <= read.model_ids.items()
    return {
        "judged": before.state["judged"],
        "tip": tip if same else None,
        "models": {**(known if same else {}), **models},
    }


def _store_verdicts(board: Board, tip: VerdictState, models: dict[str, int]) -> None:
    """Decisions stand, so most runs write none."""
    wanted = {(each.kind, models[each.first], models[each.second], each.number) for each in tip.decisions}
    stored = {
        (kind, first, second, number): pk
        for pk, kind, first, second, number in Verdict.objects.filter(board=board).values_list(
            "pk", "kind", "first_id", "second_id", "number"
        )
    }
    Verdict.objects.filter(pk__in=[pk for key, pk in stored.items() if key not in wanted]).delete()
    new = sorted(wanted - stored.keys(), key=lambda key: (key[3], *key[:3]))
    dates = dict(Vote.objects.filter(number__in={key[3] for key in new}).values_list("number", "cast_at"))
    Verdict.objects.bulk_create(
        Verdict(board=board, kind=kind, first_id=first, second_id=second, number=number, decided_at=dates[number])
        for kind, first, second, number in new
    )
