"""Two kept snapshots of a board for comparison. Read side, few queries."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from arena.boards.history import PastBoard
from arena.boards.rank_changes import Seen, View
from arena.models import Board, Snapshot, Standing
from arena.models.boards import HEAVY

LOOK_BACK = timedelta(days=1)


class NoSuchSnapshot(LookupError):
    """The board has no headline snapshot of that number."""


def usual_pair(kept: Sequence[PastBoard]) -> tuple[PastBoard, PastBoard] | None:
    """The newest and the last one at least a day older, or the oldest there is; None with fewer than two."""
    if len(kept) < 2:
        return None
    newest = kept[-1]
    older = [past for past in kept[:-1] if past.computed_at <= newest.computed_at - LOOK_BACK]
    return (older[-1] if older else kept[0]), newest


def view_of(board: Board, snapshot_id: int) -> View:
    """One snapshot with its standings. Raises NoSuchSnapshot. Two queries."""
    snapshot = Snapshot.objects.filter(board=board, id=snapshot_id).defer(*HEAVY, "findings").first()
    if snapshot is None:
        raise NoSuchSnapshot(f"{board.key} has no snapshot {snapshot_id}")
    standings = Standing.objects.of_snapshot(snapshot, board).order_by("position").select_related("model")
    return View(
        computed_at=snapshot.computed_at,
        method=f"{snapshot.method} {snapshot.variant} version {snapshot.version}",
        digest=snapshot.digest,
        votes=snapshot.votes,
        excluded_votes=snapshot.excluded_votes,
        models={row.model.slug: _seen(row) for row in standings},
    )


def _seen(row: Standing) -> Seen:
    return Seen(name=row.model.name, rank=row.rank, rating=row.rating, wins=row.wins, losses=row.losses, ties=row.ties)
