"""Brings the snapshots of parity boards up to date: standings from tallies, decisions vote by vote."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import combinations
from typing import Any, Final

import numpy as np
from celery import current_app
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from arena.models import ParityBoard, ParitySnapshot
from arena.parity.counted import CountedParity, read_counted, read_votes, votes_of
from arena.rating.board import BRADLEY_TERRY_VERSION, Board, rank_board
from arena.rating.chances import POINTS_PER_LOG_ODDS, PUBLISHED_DECIMALS
from arena.rating.contrasts import OUTSIDE_OF_VERDICTS, contrasts
from arena.rating.errors import RatingError
from arena.rating.prompts import PromptsBoard, across_prompts
from arena.rating.tallies import Tallies
from arena.rating.verdicts import VerdictState, replay_verdicts
from arena.valkey import ask_valkey

LOG = logging.getLogger(__name__)
SCHEDULED: Final = "lumenboard:parity-awake"
DEBOUNCE_S: Final = 1.5
# a task that got lost is replaced after this long
SCHEDULED_MS: Final = 5000
TASK: Final = "arena.tasks.recompute_parity"
# columns of a snapshot that follow from the votes
COMPUTED: Final = (
    *("method", "version", "parameters"),
    *("digest", "votes", "set_aside_votes", "last_vote_number", "standings", "verdicts"),
    "contrasts",
)


def recompute_parity_board(board_id: int) -> bool:
    """Whether its snapshot had to be written; a board that is gone needs none."""
    with transaction.atomic():
        # one computation of a board at a time; rows that point at it may still come
        board = ParityBoard.objects.select_for_update(no_key=True).filter(pk=board_id).first()
        if board is None:
            return False
        before = ParitySnapshot.objects.filter(board=board).first()
        if before is not None and _is_current(before, read_counted(board_id), _set_aside(board_id)):
            return False
        computed = computed_parity(board_id, before)
        ParitySnapshot.objects.update_or_create(board=board, defaults={**computed, "computed_at": timezone.now()})
        return True


def computed_parity(board_id: int, before: ParitySnapshot | None) -> dict[str, Any]:
    """The columns COMPUTED of its snapshot as the votes give them now. Writes nothing; raises RatingError."""
    counted = read_counted(board_id)
    state = _decided(board_id, counted, before)
    board = rank_board(counted.tallies)
    if len(counted.competitions) > 1:
        board = across_prompts(board, counted.competitions)
    rows = [{"endpoint": figures.pop("model"), **figures} for figures in map(asdict, board.rows)]
    values = (
        *(board.method.name, board.method.version, dict(board.method.parameters)),
        *(counted.tallies.digest, counted.tallies.battles, _set_aside(board_id), counted.last_vote_number),
        *(rows, state.to_json(), list(_contrasts(board))),
    )
    return dict(zip(COMPUTED, values, strict=True))


def _contrasts(board: Board) -> Iterator[dict[str, Any]]:
    """Of a board of several prompts, each pair of endpoints in the order of keys: first less second, in points."""
    if not isinstance(board, PromptsBoard) or board.deletions is None:
        return
    spread = contrasts(board.deletions)
    widths = POINTS_PER_LOG_ODDS * spread.half_widths(OUTSIDE_OF_VERDICTS)
    ratings = {row.model: row.rating for row in board.rows if row.rating is not None}
    for (i, first), (j, second) in combinations(enumerate(board.deletions.models), 2):
        reason, lower, upper = str(spread.withheld[i, j]), None, None
        if not reason:
            ahead, width = ratings[first] - ratings[second], float(widths[i, j])
            lower, upper = round(ahead - width, PUBLISHED_DECIMALS), round(ahead + width, PUBLISHED_DECIMALS)
        yield {
            "first": first,
            "second": second,
            "competitions": int(spread.competitions[i, j]),
            "withheld": reason,
            "lower": lower,
            "upper": upper,
        }


def _set_aside(board_id: int) -> int:
    return votes_of(board_id).exclude(set_aside="").count()


def recompute_parity_boards(board_ids: Sequence[int] | None = None) -> int:
    """All of them, or these: how many snapshots were written. One that cannot be computed keeps its last snapshot."""
    boards = ParityBoard.objects.order_by("pk")
    wanted = boards if board_ids is None else boards.filter(pk__in=board_ids)
    written = 0
    for board_id in wanted.values_list("pk", flat=True):
        try:
            written += recompute_parity_board(board_id)
        except RatingError:
            LOG.exception("parity board %s could not be computed", board_id)
    return written


def _is_current(before: ParitySnapshot, counted: CountedParity, aside: int) -> bool:
    stored = (before.digest, before.last_vote_number, before.set_aside_votes, before.version)
    same = (counted.tallies.digest, counted.last_vote_number, aside, BRADLEY_TERRY_VERSION)
    return stored == same and before.verdicts.get("margin") == settings.VERDICT_MARGIN


def _decided(board_id: int, counted: CountedParity, before: ParitySnapshot | None) -> VerdictState:
    """Goes on from where it was; from the first vote again where one was taken out, or came late."""
    anew = VerdictState(margin=float(settings.VERDICT_MARGIN))
    state = VerdictState.from_json(before.verdicts) if before else anew
    for start in (state, anew) if state.margin == anew.margin else (anew,):
        reached = replay_verdicts(start, *read_votes(board_id, start.last_number))
        if _is_of(reached, counted.tallies):
            break
    return reached


def _is_of(state: VerdictState, tallies: Tallies) -> bool:
    same = state.models == tallies.models and np.array_equal(state.wins, tallies.wins)
    return same and np.array_equal(state.ties, tallies.ties)


def schedule_parity() -> None:
    """Called on commit; never raises, since the vote counts already."""
    if not ask_valkey(lambda store: bool(store.set(SCHEDULED, 1, nx=True, px=SCHEDULED_MS))):
        return
    try:
        current_app.send_task(TASK, countdown=DEBOUNCE_S, expires=60, retry=False)
    except Exception:
        # whatever the broker's library raises: the vote stands, and beat finds the board
        LOG.warning("the recompute could not be sent", exc_info=True)


def recompute_voted_parity() -> int:
    """What `schedule_parity` sends, and beat each minute; how many snapshots were written."""
    # the mark goes first: a vote that comes from here on sends a task of its own
    ask_valkey(lambda store: store.delete(SCHEDULED))
    return recompute_parity_boards()
