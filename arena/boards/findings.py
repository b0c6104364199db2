"""Works out what a headline board's figures hide: how fragile its first place is, which side wins, what ties do.

Dearer than the board itself, so it follows in a slower task and is kept beside the snapshot it is of.
"""

import logging
from collections.abc import Collection, Iterable
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.db.models.fields.json import KeyTextTransform

from arena.boards.every_vote import compute_changed_every_vote, compute_every_vote, count_set_aside
from arena.boards.judging import judge_boards, judge_changed_boards
from arena.boards.replay import replay_boards, replay_changed_boards
from arena.boards.voter_widths import FINDING as BY_VOTER
from arena.boards.voter_widths import compute_voter_widths
from arena.models import Board, Snapshot
from arena.rating.changed_votes import ChangedVotes, fewest_added, fewest_flipped
from arena.rating.errors import RatingError
from arena.rating.fragility import Fragility, SideBias, fragility, side_bias
from arena.rating.tallies import Tallies
from arena.rating.tie_policies import tie_policies
from arena.votes.log import read_tallies

LOG = logging.getLogger(__name__)


def compute_changed_findings() -> int:
    """Boards whose findings are of other votes than their headline snapshot; for how many they were written."""
    current = Snapshot.objects.current_headline()
    current = current.annotate(of=KeyTextTransform("digest", "findings"))
    return compute_findings(current.filter(~Q(of=F("digest")) | Q(of__isnull=True)).values_list("board_id", flat=True))


def compute_findings(board_ids: Iterable[int]) -> int:
    """Each board by itself; one that cannot be examined is logged and keeps its last findings."""
    written = 0
    for board_id in list(board_ids):
        try:
            written += compute_board_findings(board_id)
        except RatingError:
            LOG.exception("board %s could not be examined", board_id)
    return written


def compute_board_findings(board_id: int) -> bool:
    """Whether findings were written: there must be a headline snapshot of the tallies as they are now."""
    board = Board.objects.filter(id=board_id).first()
    if board is None:
        return False
    tallies = read_tallies(board).tallies
    findings = findings_for(tallies) | {"set_aside": count_set_aside(board)}
    with transaction.atomic():
        current = Snapshot.objects.current_headline().select_for_update().filter(board=board, digest=tallies.digest)
        # what is found each night stays until the next
        before = current.values_list(f"findings__{BY_VOTER}", flat=True).first()
        return bool(current.update(findings=findings | ({BY_VOTER: before} if before else {})))


def findings_for(tallies: Tallies) -> dict[str, Any]:
    """As JSON keeps them; `digest` and `votes` say which votes they are of."""
    return {
        "digest": tallies.digest,
        "votes": tallies.battles,
        "fragility": _fragility(fragility(tallies), fewest_added(tallies), fewest_flipped(tallies)),
        "side_bias": _side_bias(side_bias(tallies)),
        "tie_policies": {
            ranks.model: {"half": ranks.half, "dropped": ranks.dropped, "davidson": ranks.davidson}
            for ranks in (tie_policies(tallies) if tallies.battles else ())
        },
    }


def _fragility(
    found: Fragility | None, added: ChangedVotes | None, flipped: ChangedVotes | None
) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        **{"leader": found.leader, "successor": found.successor, "votes": found.votes, "battles": found.battles},
        "added": _changed(added),
        "flipped": _changed(flipped),
    }


def _changed(found: ChangedVotes | None) -> dict[str, Any] | None:
    return {"successor": found.successor, "votes": found.votes} if found else None


def _side_bias(found: SideBias | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "log_odds": round(found.log_odds, 4),
        "error": round(found.error, 4),
        "points": round(found.points, 2),
        "left_share": round(found.left_wins, 4),
        "shows": found.shows,
    }


def complete_boards(board_ids: Collection[int]) -> int:
    """How many snapshots were written; findings are written into those that are there."""
    written = replay_boards(board_ids)
    judge_boards(board_ids)
    compute_findings(board_ids)
    compute_voter_widths(board_ids)
    aside = Snapshot.objects.current_headline().filter(board__in=board_ids, excluded_votes__gt=0)
    return written + compute_every_vote(aside.values_list("board_id", flat=True))


def complete_changed_boards() -> int:
    """As above, for the boards that need it."""
    written = replay_changed_boards()
    judge_changed_boards()
    compute_changed_findings()
    return written + compute_changed_every_vote()
