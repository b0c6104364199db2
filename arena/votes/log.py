"""Reading the vote log: how far it is complete, and a board's votes in order, page by page. Read side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from time import sleep
from typing import Final

import numpy as np
from django.db import OperationalError, connection, transaction
from django.db.models import Max, Q, QuerySet

from arena.models import Board, Vote
from arena.rating.outcomes import OUTCOMES
from arena.rating.votes import VoteSequence
from arena.votes.append import VOTE_LOG_LOCK
from arena.votes.board_tallies import competition_ids

PAGE_VOTES: Final = 50_000
PATIENCE_MS: Final = 300
PAUSES_S: Final = (0.5, 1.0)


class VoteLogBusy(RuntimeError):
    """Votes are being written whose numbers may lie below numbers already visible; ask again later."""


@dataclass(frozen=True, eq=False)
class VotePage:
    """Votes in ascending order; `cast_at` runs along, None where an imported file does not say."""

    votes: VoteSequence
    cast_at: tuple[datetime | None, ...]


def complete_up_to() -> int:
    """The highest vote number with no vote below it still on its way; 0 without votes. Raises VoteLogBusy.

    Numbers are given before votes are committed. For an instant nobody else may write votes; whoever was
    writing has then committed. An import that runs is not waited for.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [VOTE_LOG_LOCK])
        if not cursor.fetchone()[0]:
            raise VoteLogBusy("votes are being imported")
        _lock_soon()
        last = Vote.objects.aggregate(last=Max("number"))["last"]
    return last or 0


def _lock_soon() -> None:
    """Maintenance of the table may hold it for a moment, and votes must flow in between."""
    for pause_s in PAUSES_S:
        try:
            return _lock_briefly()
        except VoteLogBusy:
            sleep(pause_s)
    return _lock_briefly()


def _lock_briefly() -> None:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            # votes queue behind the lock while it waits, so it must not wait long
            cursor.execute(f"SET LOCAL lock_timeout = {PATIENCE_MS}")
            cursor.execute("LOCK TABLE arena_vote IN SHARE MODE")
            cursor.execute("SET LOCAL lock_timeout TO DEFAULT")
    except OperationalError as error:
        raise VoteLogBusy("votes are being written") from error


def board_votes(board: Board) -> QuerySet[Vote]:
    """The votes of a board, counted or not, less those on models excluded from it."""
    excluded = list(board.excluded_models().values_list("pk", flat=True))
    votes = Vote.objects.filter(criterion=board.criterion, battle__competition__in=competition_ids(board))
    return votes.exclude(Q(battle__left_model__in=excluded) | Q(battle__right_model__in=excluded))


def pages(board: Board, after: int, up_to: int, slugs: dict[int, str]) -> Iterator[VotePage]:
    """Counted votes numbered above `after`, up to and with `up_to`; `slugs` by model id, for all that may occur."""
    ids, models = list(slugs), tuple(slugs.values())
    place = {model_id: index for index, model_id in enumerate(ids)}
    votes = board_votes(board).filter(number__lte=up_to, is_counted=True).order_by("number")
    columns = ("number", "battle__left_model_id", "battle__right_model_id", "outcome", "cast_at")
    while rows := list(votes.filter(number__gt=after).values_list(*columns)[:PAGE_VOTES]):
        after = rows[-1][0]
        sequence = VoteSequence(
            models,
            np.array([place[row[1]] for row in rows], np.int64),
            np.array([place[row[2]] for row in rows], np.int64),
            np.array([OUTCOMES.index(row[3]) for row in rows], np.int64),
            after,
        )
        yield VotePage(sequence, tuple(row[4] for row in rows))
