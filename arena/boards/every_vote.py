"""A board as it would be had no vote been set aside: the headline's fit on all that was cast and not undone.

Only boards of which votes were set aside have one; of the others the headline is it.
"""

import logging
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, timedelta
from typing import Final

from django.db import OperationalError, transaction
from django.db.models import Case, Count, Exists, F, Max, OuterRef, Q, QuerySet, Value, When
from django.db.models.fields.json import KeyTextTransform
from django.utils import timezone

from arena.boards.ensure_boards import ensure_boards
from arena.boards.methods import EVERY_VOTE
from arena.boards.recompute import skip_if_held
from arena.boards.snapshots import Computed, store_snapshot
from arena.models import Board, Snapshot, Vote
from arena.rating.errors import RatingError
from arena.rating.tallies import OUTCOMES, Tallies
from arena.votes.log import BoardTallies, count_excluded_votes, excluded_votes, read_tallies

LOG = logging.getLogger(__name__)
# the digest of the headline it stands beside, in its findings
BESIDE: Final = "beside"
# of the newest exclusions by the site
ARRIVED: Final = timedelta(days=2)


def compute_changed_every_vote() -> int:
    """For boards whose headline changed, or of which other votes are set aside than it says; how many were written."""
    own = Snapshot.objects.filter(board=OuterRef("board"), method=EVERY_VOTE.name, is_current=True)
    stale = Snapshot.objects.current_headline().filter(
        ~Exists(own.annotate(of=KeyTextTransform(BESIDE, "findings")).filter(of=OuterRef("digest")))
    )
    behind = stale.filter(Q(excluded_votes__gt=0) | Exists(own)).values_list("board_id", flat=True)
    return compute_every_vote(sorted({*behind, *_boards_with_arrivals()}))


def _boards_with_arrivals() -> list[int]:
    """Boards of which votes were set aside when they came: that changes no tally, and so no digest says it."""
    since = timezone.now().astimezone(UTC).date() - ARRIVED
    votes = Vote.objects.filter(exclusion__day__gte=since).exclude(exclusion__gate="")
    boards = Board.objects.filter(id__in=ensure_boards(set(votes.values_list("battle__competition_id", flat=True))))
    shown = dict(Snapshot.objects.current_headline().filter(board__in=boards).values_list("board_id", "excluded_votes"))
    return [board.pk for board in boards if shown.get(board.pk) not in {None, count_excluded_votes(board)}]


def compute_every_vote(board_ids: Iterable[int]) -> int:
    """Each board by itself; one that cannot be computed, or is held, is logged and stays as it is."""
    written = 0
    for board_id in list(board_ids):
        try:
            written += _compute(board_id)
        except RatingError:
            LOG.exception("board %s could not be computed with the votes set aside", board_id)
        except OperationalError as error:
            skip_if_held(board_id, error)
    return written


def _compute(board_id: int) -> bool:
    with transaction.atomic():
        board = Board.objects.select_for_update(no_key=True).filter(id=board_id).first()
        if board is None:
            return False
        counted = read_tallies(board)
        read = _with_set_aside(counted, excluded_votes(board))
        current = Snapshot.objects.filter(board=board, method=EVERY_VOTE.name, is_current=True)
        is_new = not current.filter(digest=read.tallies.digest, version=EVERY_VOTE.version).exists()
        if is_new:
            store_snapshot(board, Computed(EVERY_VOTE, read, EVERY_VOTE.compute(read.tallies), None, 0, timezone.now()))
        current.update(findings={BESIDE: counted.tallies.digest}, last_vote_number=read.last_vote_number)
        _note_set_aside(board, counted.tallies.digest)
        return is_new


def _note_set_aside(board: Board, digest: str) -> None:
    """In the headline, where it is of these votes."""
    headline = Snapshot.objects.current_headline().select_for_update().filter(board=board, digest=digest).first()
    if headline is None:
        return
    by_gate = count_set_aside(board)
    headline.excluded_votes = sum(by_gate.values())
    if headline.findings:
        headline.findings |= {"set_aside": by_gate}
    headline.save(update_fields=["excluded_votes", "findings"])


def _with_set_aside(counted: BoardTallies, votes: QuerySet[Vote]) -> BoardTallies:
    """The tallies with what is in none of them; costs as much as there are votes set aside."""
    sides = ("left_model__slug", "right_model__slug", "left_model_id", "right_model_id")
    summed = (*(Count("number", filter=Q(outcome=outcome)) for outcome in OUTCOMES), Max("number"))
    rows = (
        votes.order_by()
        .values_list(*(f"battle__{side}" for side in sides))
        .annotate(**{f"sum_{place}": of for place, of in enumerate(summed)})
    )
    counts, ids, last = [], dict(counted.model_ids), counted.last_vote_number
    for left, right, left_id, right_id, *outcomes, number in rows:
        counts.append((left, right, *outcomes))
        ids.update({left: left_id, right: right_id})
        last = max(last, number)
    tallies = Tallies.merge((counted.tallies, Tallies.from_rows(counts))) if counts else counted.tallies
    return replace(counted, tallies=tallies, model_ids=ids, last_vote_number=last)


def count_set_aside(board: Board) -> dict[str, int]:
    """Votes that do not count, by the gate that set them aside; `operator` for those a person took out, `lift` for
    those the site did by a flag."""
    by_flag = When(exclusion__gate="", exclusion__flag__isnull=False, exclusion__actor__isnull=True, then=Value("lift"))
    why = Case(by_flag, When(exclusion__gate="", then=Value("operator")), default=F("exclusion__gate"))
    counted = excluded_votes(board).order_by().annotate(why=why).values_list("why").annotate(votes=Count("number"))
    return dict(sorted(counted))
