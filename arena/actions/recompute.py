"""Computes boards from their tallies and keeps each result as a snapshot. Never reads votes."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Max, Q, Sum
from django.utils import timezone

from arena.board_methods import METHODS, BoardMethod
from arena.models import Board, Snapshot, Standing, Tally
from arena.rating.board import Board as ComputedBoard
from arena.rating.errors import FitDoesNotExist, RatingError
from arena.rating.tallies import Tallies, TallyRow

LOG = logging.getLogger(__name__)
# a change may become visible this long after the time written on it: no transaction is longer
RECHECKED: Final = timedelta(minutes=10)


@dataclass(frozen=True, eq=False)
class BoardTallies:
    """What one board is computed from; `model_ids` by slug."""

    tallies: Tallies
    model_ids: dict[str, int]
    last_vote_number: int


def recompute_board(board_id: int) -> int:
    """Bring every method's snapshot of a board up to date; how many had to be written. Unknown boards count 0."""
    with transaction.atomic():
        # one computation of a board at a time; rows that point at it may still come
        board = Board.objects.select_for_update(no_key=True).filter(id=board_id).first()
        if board is None:
            return 0
        read = read_tallies(board)
        current = {(s.method, s.variant): s for s in Snapshot.objects.filter(board=board, is_current=True)}
        return sum(
            _bring_up_to_date(board, method, read, current.get((method.name, method.variant))) for method in METHODS
        )


def recompute_boards(board_ids: Iterable[int]) -> int:
    """Each board in its own transaction; one that cannot be computed is logged and keeps its last snapshot."""
    written = 0
    for board_id in board_ids:
        try:
            written += recompute_board(board_id)
        except RatingError:
            LOG.exception("board %s could not be computed", board_id)
    return written


def recompute_changed_boards() -> int:
    """Recompute boards whose tallies no longer are those of their snapshots; how many snapshots were written."""
    return recompute_boards(changed_boards(timezone.now()))


def read_tallies(board: Board) -> BoardTallies:
    """The board's tallies, summed over its competitions, less its exclusions. One query."""
    excluded = board.exclusions.values("model_id")
    rows = (
        Tally.objects.filter(_competitions_of(board))
        .exclude(Q(left_model__in=excluded) | Q(right_model__in=excluded))
        .values_list("left_model__slug", "right_model__slug", "left_model_id", "right_model_id")
        .annotate(*(Sum(outcome) for outcome in ("left", "right", "tie", "both_bad")), Max("last_vote_number"))
    )
    counts: list[TallyRow] = []
    ids: dict[str, int] = {}
    last = 0
    for left, right, left_id, right_id, *outcomes, number in rows:
        counts.append((left, right, *(int(count) for count in outcomes)))
        ids.update({left: left_id, right: right_id})
        last = max(last, number)
    return BoardTallies(Tallies.from_rows(counts), ids, last)


def _competitions_of(board: Board) -> Q:
    if board.kind == "competition":
        return Q(competition=board.competition_id)
    if board.kind == "category":
        return Q(competition__categories=board.category_id)
    return Q(competition__mode=board.mode)


def _bring_up_to_date(board: Board, method: BoardMethod, read: BoardTallies, current: Snapshot | None) -> bool:
    if current and (current.digest, current.version) == (read.tallies.digest, method.version):
        if current.last_vote_number != read.last_vote_number:
            Snapshot.objects.filter(id=current.id).update(last_vote_number=read.last_vote_number)
        return False
    try:
        computed, unfit = method.compute(read.tallies), None
    except FitDoesNotExist as error:
        computed, unfit = None, list(error.models)
    Snapshot.objects.filter(board=board, method=method.name, variant=method.variant, is_current=True).update(
        is_current=False
    )
    snapshot = Snapshot.objects.create(
        board=board,
        method=method.name,
        variant=method.variant,
        parameters=dict(method.parameters),
        version=method.version,
        last_vote_number=read.last_vote_number,
        digest=read.tallies.digest,
        votes=read.tallies.battles,
        ranked_models=sum(row.rank is not None for row in computed.rows) if computed else 0,
        prior_decides_ends=computed.prior_decides_ends if computed else False,
        unfit_models=unfit,
        computed_at=timezone.now(),
    )
    if computed:
        Standing.objects.bulk_create(_standings(snapshot, computed, read.model_ids))
    return True


def _standings(snapshot: Snapshot, computed: ComputedBoard, model_ids: dict[str, int]) -> list[Standing]:
    return [
        Standing(
            snapshot=snapshot,
            model_id=model_ids[row.model],
            position=position,
            rating=row.rating,
            lower=row.lower,
            upper=row.upper,
            rank=row.rank,
            rank_best=row.rank_best,
            rank_worst=row.rank_worst,
            wins=row.record.wins,
            losses=row.record.losses,
            ties=row.record.ties,
            both_bad=row.record.both_bad,
            is_comparable=row.comparable,
        )
        for position, row in enumerate(computed.rows, start=1)
    ]


BOARD_STATES: Final = """
WITH member AS (
    SELECT id AS board_id, competition_id FROM arena_board WHERE kind = 'competition'
    UNION ALL
    SELECT board.id, competition.id FROM arena_board AS board
    JOIN arena_competition AS competition ON competition.mode = board.mode WHERE board.kind = 'mode'
    UNION ALL
    SELECT board.id, member.competition_id FROM arena_board AS board
    JOIN arena_competition_categories AS member ON member.category_id = board.category_id
    WHERE board.kind = 'category'
)
SELECT board.id, coalesce(sum(tally."left" + tally."right" + tally.tie + tally.both_bad), 0)::bigint,
       coalesce(max(tally.last_vote_number), 0), max(tally.updated_at)
FROM arena_board AS board
LEFT JOIN (
    member JOIN arena_tally AS tally USING (competition_id)
) ON member.board_id = board.id AND NOT EXISTS (
    SELECT 1 FROM arena_boardexclusion AS excluded
    WHERE excluded.board_id = board.id AND excluded.model_id IN (tally.left_model_id, tally.right_model_id)
)
GROUP BY board.id ORDER BY board.id
"""


def changed_boards(now: datetime) -> list[int]:
    """Boards whose votes, vote cut-off or methods differ from their snapshots', or whose tallies changed lately."""
    kept: dict[int, set[tuple[Any, ...]]] = {}
    columns = ("board_id", "method", "variant", "version", "votes", "last_vote_number")
    for board_id, *state in Snapshot.objects.filter(is_current=True).values_list(*columns):
        kept.setdefault(board_id, set()).add(tuple(state))
    with connection.cursor() as cursor:
        cursor.execute(BOARD_STATES)
        states = cursor.fetchall()
    return [
        board_id
        for board_id, votes, last, touched in states
        if not {(m.name, m.variant, m.version, votes, last) for m in METHODS} <= kept.get(board_id, set())
        or (touched and touched > now - RECHECKED)
    ]
