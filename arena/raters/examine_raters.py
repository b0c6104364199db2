"""Works out, of each board whose votes changed, what its voters say together and one by one, and stores it. Nightly.

Votes are read with who cast them, which the board itself never needs.
"""

import logging
import math
from collections.abc import Iterable
from dataclasses import asdict
from time import monotonic
from typing import Any, Final

import numpy as np
from django.db import OperationalError, transaction
from django.db.models import F, Q
from django.utils import timezone

from arena.boards.methods import RATER_WEIGHTED
from arena.boards.recompute import is_stale, skip_if_held
from arena.boards.snapshots import Computed, store_snapshot
from arena.models import Board, RaterFindings, Snapshot, VoterFigures
from arena.raters.read_answers import BoardAnswers, TooManyVotes, VotesMoved, read_answers, read_looks, read_segments
from arena.rating.bradley_terry import fit_bradley_terry
from arena.rating.errors import RatingError
from arena.rating.raters.agreement import Consistency, agreement_without, alpha, self_consistency
from arena.rating.raters.board import rank_rater_board
from arena.rating.raters.discrimination import RaterFit, fit_raters
from arena.rating.raters.looks import explain_lead
from arena.rating.raters.segments import compare_segments
from arena.votes.log import VoteLogBusy, complete_up_to, count_excluded_votes

LOG = logging.getLogger(__name__)
VERSION: Final = "1"
SEGMENTS: Final = ("device", "language", "group")
# of one board, those of most votes; each costs a fit
MOST_VOTERS: Final = 2_000
# of the nightly task's time limit; a large board takes minutes
NIGHTLY_S: Final = 240.0
LEAST_VOTES: Final = 10
# boards on which single voters are looked at: a voter's votes on a competition are few
BY_VOTER: Final = "mode"


def examine_changed_raters(seconds: float = math.inf) -> int:
    """Boards whose findings are of other votes than their headline; how many were examined. None while the log is
    busy."""
    current = Snapshot.objects.current_headline()
    behind = (
        Q(board__rater_findings__isnull=True)
        | ~Q(board__rater_findings__digest=F("digest"))
        | ~Q(board__rater_findings__version=VERSION)
        | Q(board__rater_findings__unmeasured__gt=0)
    )
    # those that waited longest first: what one night has no time for comes the next
    waited = F("board__rater_findings__computed_at").asc(nulls_first=True)
    boards = current.filter(behind).order_by(waited, "board_id").values_list("board_id", flat=True)
    return examine_raters(boards, seconds)


def examine_raters(board_ids: Iterable[int], seconds: float = math.inf) -> int:
    """Each board in its own transaction; one that cannot be examined is logged and keeps what was found before.

    None is begun after so many seconds.
    """
    until = monotonic() + seconds
    try:
        up_to = complete_up_to()
    except VoteLogBusy as busy:
        LOG.info("no voters examined: %s", busy)
        return 0
    written = 0
    for board_id in list(board_ids):
        if monotonic() > until:
            LOG.warning("voters of some boards were not examined for want of time")
            break
        try:
            written += examine_board(board_id, up_to)
        except (RatingError, TooManyVotes, VotesMoved):
            LOG.exception("the voters of board %s could not be examined", board_id)
        except OperationalError as error:
            skip_if_held(board_id, error)
    return written


def examine_board(board_id: int, up_to: int) -> bool:
    """Of counted votes up to that number; whether there is such a board, still at the end."""
    board = Board.objects.filter(id=board_id).first()
    if board is None:
        return False
    read = read_answers(board, up_to)
    fit = fit_raters(read.answers)
    consistency = self_consistency(read.answers)
    findings, unmeasured = _findings(read, fit, consistency)
    figures = _figures(board, read, fit, consistency) if board.kind == BY_VOTER else []
    with transaction.atomic():
        # the row is taken at the end, so that the other methods need not wait
        board = Board.objects.select_for_update(no_key=True).filter(id=board_id).first()
        if board is None:
            return False
        if is_stale(board, RATER_WEIGHTED, read.read):
            computed = rank_rater_board(read.read.tallies, read.answers, fit)
            excluded = count_excluded_votes(board)
            store_snapshot(board, Computed(RATER_WEIGHTED, read.read, computed, None, excluded, timezone.now()))
        RaterFindings.objects.update_or_create(
            board=board,
            defaults={
                "version": VERSION,
                "digest": read.read.tallies.digest,
                "last_vote_number": read.read.last_vote_number,
                "findings": findings,
                "unmeasured": unmeasured,
                "computed_at": timezone.now(),
            },
        )
        VoterFigures.objects.filter(board=board).delete()
        VoterFigures.objects.bulk_create(figures, batch_size=500)
    return True


def _findings(read: BoardAnswers, fit: RaterFit, consistency: Consistency) -> tuple[dict[str, Any], int]:
    """As JSON keeps them, and how many pictures were not measured yet. Seeds are of the digest: digits repeat."""
    answers, digest = read.answers, read.read.tallies.digest

    def generator(purpose: int) -> np.random.Generator:
        return np.random.default_rng((int(digest[:16], 16), purpose))

    again = consistency.repeated > 0
    looks = read_looks(answers)
    headline = fit_bradley_terry(read.read.tallies)
    leader = headline.models[int(headline.strengths.argmax())] if headline.models else ""
    found: dict[str, Any] = {
        "alpha": _rounded(asdict(alpha(answers, generator(0)))),
        "care": {
            "weighed": int(fit.weighed.sum()),
            "voters": answers.voters,
            "careless": None if fit.careless is None else round(fit.careless, 4),
        },
        "consistency": {
            "voters": int(again.sum()),
            "repeated": int(consistency.repeated.sum()),
            "same": int(consistency.same.sum()),
        },
        "looks": _rounded(asdict(explain_lead(answers, looks.competition, looks.measured, leader))),
    }
    for purpose, kind in enumerate(SEGMENTS, start=1):
        test = compare_segments(answers, read_segments(read.voter_ids, kind), generator(purpose))
        found[kind] = _rounded(asdict(test)) if test else None
    return found, looks.unmeasured


def _rounded(found: Any) -> Any:
    """Figures to four decimals, in whatever they stand."""
    if isinstance(found, dict):
        return {key: _rounded(value) for key, value in found.items()}
    if isinstance(found, list | tuple):
        return [_rounded(value) for value in found]
    return round(found, 4) if isinstance(found, float) else found


def _figures(board: Board, read: BoardAnswers, fit: RaterFit, consistency: Consistency) -> list[VoterFigures]:
    votes = read.answers.votes_of_voters
    able = np.flatnonzero(votes >= LEAST_VOTES)
    asked = np.sort(able[np.argsort(-votes[able], kind="stable")][:MOST_VOTERS])
    beside = agreement_without(read.answers, asked)
    columns = (beside.decided, beside.agreed, beside.expected, beside.distance)
    return [
        VoterFigures(
            board=board,
            voter_id=read.voter_ids[voter],
            votes=int(votes[voter]),
            decided=decided,
            agreed=agreed,
            expected=expected,
            distance=distance,
            care=float(fit.discrimination[voter]) if fit.weighed[voter] else None,
            repeated=int(consistency.repeated[voter]),
            same=int(consistency.same[voter]),
            stayed_left=int(consistency.stayed_left[voter]),
            stayed_right=int(consistency.stayed_right[voter]),
        )
        for voter, decided, agreed, expected, distance in zip(
            asked.tolist(), *(column.tolist() for column in columns), strict=True
        )
    ]
