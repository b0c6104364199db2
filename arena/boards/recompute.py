"""Computes boards from their tallies and stores each result as a snapshot; after a vote, soon. Votes are read
only for how long the oldest one waits."""

import logging
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any, Final, cast

from celery import current_app
from django.db import OperationalError, connection, transaction
from django.utils import timezone
from psycopg.errors import LockNotAvailable

from arena.boards.ensure_boards import ensure_boards
from arena.boards.methods import FITTED, HEADLINE, BoardMethod, FittedMethod, ReplayedMethod, compute_fitted
from arena.boards.snapshots import Computed, store_snapshot
from arena.models import Board, Competition, Snapshot
from arena.models.boards import HEADLINE_SQL
from arena.models.competitions import unannounced_models
from arena.models.visibility import PUBLIC_COMPETITION_SQL
from arena.rating.errors import FitDoesNotExist, RatingError
from arena.valkey import ask_valkey
from arena.votes.log import BoardTallies, count_excluded_votes, read_competitions, read_tallies
from arena.votes.outcome_sql import IS_OVERALL, each_outcome

LOG = logging.getLogger(__name__)
# a change may become visible this long after the time written on it: no transaction is longer
RECHECKED: Final = timedelta(minutes=10)


def recompute_board(board_id: int, at: datetime | None = None, methods: Collection[FittedMethod] = FITTED) -> int:
    """Bring the snapshots of these methods up to date; how many had to be written. Unknown boards count 0.

    `at` is the moment written on them, now unless given.
    """
    with transaction.atomic():
        # one computation of a board at a time; rows that point at it may still come
        board = Board.objects.select_for_update(no_key=True).filter(id=board_id).first()
        if board is None:
            return 0
        by_competition = HEADLINE in methods and board.kind != "competition"
        read = read_competitions(board) if by_competition else read_tallies(board)
        stale = [method for method in methods if is_stale(board, method, read)]
        excluded = count_excluded_votes(board) if stale else 0
        for method in stale:
            store_snapshot(board, _computed(method, read, excluded, at or timezone.now()))
        return len(stale)


def recompute_boards(
    board_ids: Iterable[int], at: datetime | None = None, methods: Collection[FittedMethod] = FITTED
) -> int:
    """Each board in its own transaction; one that cannot be computed, or that another session holds, is logged and
    keeps its last snapshot."""
    written = 0
    for board_id in board_ids:
        try:
            written += recompute_board(board_id, at, methods)
        except RatingError:
            LOG.exception("board %s could not be computed", board_id)
        except OperationalError as error:
            skip_if_held(board_id, error)
    return written


def skip_if_held(board_id: int, error: OperationalError) -> None:
    """Another session has held the board's row too long: the other boards need not wait for it. Raises the rest."""
    if not isinstance(error.__cause__, LockNotAvailable):
        raise error
    LOG.warning("board %s is held by another session: %s", board_id, error)


def recompute_changed_boards() -> int:
    """Recompute boards whose tallies no longer are those of their snapshots; how many snapshots were written."""
    return recompute_boards(changed_boards(timezone.now(), FITTED))


def is_stale(board: Board, method: BoardMethod, read: BoardTallies) -> bool:
    """Whether the method's snapshot is not of these tallies, or the headline not of these competitions: merged ones
    have the same sum.

    A newer cut-off with the same counts is just noted, but for methods to which the order of votes matters: a vote
    that was undone and cast again has another place in it.
    """
    current = Snapshot.objects.filter(board=board, method=method.name, variant=method.variant, is_current=True)
    found = current.only("digest", "competitions_digest", "version", "last_vote_number", "is_outdated").first()
    if found is None or (found.digest, found.version) != (read.tallies.digest, method.version):
        return True
    if method == HEADLINE and found.competitions_digest != read.competitions_digest:
        return True
    if found.last_vote_number != read.last_vote_number:
        if isinstance(method, ReplayedMethod):
            return True
        current.update(last_vote_number=read.last_vote_number)
    if found.is_outdated:
        current.update(is_outdated=False)
    return False


def _computed(method: FittedMethod, read: BoardTallies, excluded: int, at: datetime) -> Computed:
    try:
        board = compute_fitted(method, read.tallies, read.competitions)
        return Computed(method, read, board, None, excluded, at)
    except FitDoesNotExist as error:
        return Computed(method, read, None, error.models, excluded, at)


BOARD_STATES: Final = f"""
WITH member AS (
    SELECT board.id AS board_id, competition.id AS competition_id, {PUBLIC_COMPETITION_SQL} AS is_public
    FROM arena_board AS board JOIN arena_competition AS competition ON competition.id = board.competition_id
    UNION ALL
    SELECT board.id, competition.id, true FROM arena_board AS board
    JOIN arena_competition AS competition ON competition.mode = board.mode AND {PUBLIC_COMPETITION_SQL}
    WHERE board.kind = 'mode'
    UNION ALL
    SELECT board.id, competition.id, true FROM arena_board AS board
    JOIN arena_competition_categories AS member ON member.category_id = board.category_id
    JOIN arena_competition AS competition
        ON competition.id = member.competition_id AND {PUBLIC_COMPETITION_SQL}
    WHERE board.kind = 'category'
)
SELECT board.id, coalesce(sum({each_outcome("tally.{column}", " + ")}), 0)::bigint,
       coalesce(max(tally.last_vote_number), 0), max(tally.updated_at)
FROM arena_board AS board
LEFT JOIN (
    member JOIN arena_tally AS tally USING (competition_id)
) ON member.board_id = board.id AND tally.criterion = board.criterion AND NOT EXISTS (
    SELECT 1 FROM arena_boardexclusion AS excluded
    WHERE excluded.board_id = board.id AND excluded.model_id IN (tally.left_model_id, tally.right_model_id)
) AND NOT (member.is_public AND %(unannounced)s::bigint[] && ARRAY[tally.left_model_id, tally.right_model_id])
GROUP BY board.id ORDER BY board.id
"""  # noqa: S608


def changed_boards(now: datetime, methods: Collection[BoardMethod]) -> list[int]:
    """Boards whose votes, vote cut-off, slugs, members or methods are not their snapshots', or whose tallies changed
    lately."""
    stored: dict[int, set[tuple[Any, ...]]] = {}
    columns = ("board_id", "method", "variant", "version", "votes", "last_vote_number")
    for board_id, *state in Snapshot.objects.filter(is_current=True, is_outdated=False).values_list(*columns):
        stored.setdefault(board_id, set()).add(tuple(state))
    with connection.cursor() as cursor:
        unannounced = list(unannounced_models().values_list("pk", flat=True))
        cursor.execute(BOARD_STATES, {"unannounced": unannounced})
        states = cursor.fetchall()
    return [
        board_id
        for board_id, votes, last, touched in states
        if not {(m.name, m.variant, m.version, votes, last) for m in methods} <= stored.get(board_id, set())
        or (touched and touched > now - RECHECKED)
    ]


BOARDS_BEHIND = "lumenboard:boards-behind"
SCHEDULED = "lumenboard:recompute-awake"
DEBOUNCE_S = 1.5
# a task that got lost is replaced after this long
SCHEDULED_MS = 5000
TASK = "arena.tasks.recompute_voted_boards"


def schedule_recompute(competition_id: int) -> None:
    """Called on commit; never raises, since the vote counts already."""

    def mark(store: Any) -> bool:
        pipeline = store.pipeline(transaction=False)
        pipeline.sadd(BOARDS_BEHIND, competition_id)
        pipeline.set(SCHEDULED, 1, nx=True, px=SCHEDULED_MS)
        return bool(pipeline.execute()[1])

    if not ask_valkey(mark):
        return
    try:
        current_app.send_task(TASK, countdown=DEBOUNCE_S, expires=60, retry=False)
    except Exception:
        # whatever the broker's library raises: the vote stands, and beat finds the boards
        LOG.warning("the recompute could not be sent", exc_info=True)


def recompute_voted_boards() -> int:
    """Headlines of the boards of competitions voted on since the last call; how many snapshots were written."""

    def take(store: Any) -> list[bytes]:
        pipeline = store.pipeline()
        # the mark goes first: a vote that comes from here on sends a task of its own
        pipeline.delete(SCHEDULED)
        pipeline.smembers(BOARDS_BEHIND)
        pipeline.delete(BOARDS_BEHIND)
        return list(cast(set[bytes], pipeline.execute()[1]))

    competitions = [int(member) for member in ask_valkey(take) or []]
    present = list(Competition.objects.filter(id__in=competitions).values_list("id", flat=True))
    return recompute_boards(ensure_boards(present), methods=(HEADLINE,)) if present else 0


# Every vote is one of its mode's board. The vote may say an old time, or none, where it was imported: it cannot have
# waited for longer than since the last computation.
LAG: Final = f"""
WITH shown AS (
    SELECT board.id, board.mode, coalesce(snapshot.last_vote_number, 0) AS last, snapshot.computed_at,
           (SELECT max(tally.last_vote_number) FROM arena_tally AS tally
            JOIN arena_competition AS competition ON competition.id = tally.competition_id
            WHERE competition.mode = board.mode AND {PUBLIC_COMPETITION_SQL} AND tally.{IS_OVERALL} AND NOT EXISTS (
                SELECT 1 FROM arena_boardexclusion AS excluded WHERE excluded.board_id = board.id
                AND excluded.model_id IN (tally.left_model_id, tally.right_model_id))) AS newest
    FROM arena_board AS board LEFT JOIN arena_snapshot AS snapshot
    ON snapshot.board_id = board.id AND snapshot.is_current AND {HEADLINE_SQL}
    WHERE board.kind = 'mode' AND board.{IS_OVERALL}
)
SELECT min(greatest(waiting.cast_at, shown.computed_at)) FROM shown CROSS JOIN LATERAL (
    SELECT vote.cast_at FROM arena_vote AS vote JOIN arena_battle AS battle ON battle.id = vote.battle_id
    JOIN arena_competition AS competition ON competition.id = battle.competition_id
    WHERE vote.number > shown.last AND vote.number <= shown.newest AND vote.is_counted AND vote.{IS_OVERALL}
    AND competition.mode = shown.mode AND {PUBLIC_COMPETITION_SQL}
    ORDER BY vote.number LIMIT 1
) AS waiting WHERE shown.newest > shown.last
"""  # noqa: S608  # a constant of ours


def board_lag_s(now: datetime) -> float:
    """In seconds; 0 when every counted vote is in."""
    with connection.cursor() as cursor:
        cursor.execute(LAG)
        (since,) = cursor.fetchone()
    return max(0.0, (now - since).total_seconds()) if since else 0.0
