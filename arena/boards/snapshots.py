"""Stores one computed board as the current snapshot of its method; the one before it becomes history, which is thinned.

Of history all snapshots of two days stay, one an hour for two weeks, one a day after that.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
from django.db import connection, transaction

from arena.boards.deletions import to_bytes
from arena.boards.methods import HEADLINE, BoardMethod
from arena.models import Board, Snapshot, Standing
from arena.rating.board import FIGURES
from arena.rating.board import Board as ComputedBoard
from arena.rating.prompts import PromptsBoard
from arena.votes.log import BoardTallies


@dataclass(frozen=True, eq=False)
class Computed:
    """A board as a method gave it; `unfit` names the models without which the fit exists, and `board` is None then."""

    method: BoardMethod
    read: BoardTallies
    board: ComputedBoard | None
    unfit: tuple[str, ...] | None
    excluded_votes: int
    at: datetime


def store_snapshot(board: Board, computed: Computed) -> Snapshot:
    """Runs in the caller's transaction, which holds the board's row."""
    method, ranking = computed.method, computed.board
    before = Snapshot.objects.filter(board=board, method=method.name, variant=method.variant, is_current=True)
    findings = before.values_list("findings", flat=True).first() or {}
    _forget_fits(board, method)
    before.update(is_current=False)
    snapshot = Snapshot.objects.create(
        board=board,
        method=method.name,
        variant=method.variant,
        parameters=dict(ranking.method.parameters if ranking else method.parameters),
        version=method.version,
        last_vote_number=computed.read.last_vote_number,
        digest=computed.read.tallies.digest,
        competitions_digest=computed.read.competitions_digest if method == HEADLINE else "",
        votes=computed.read.tallies.battles,
        excluded_votes=computed.excluded_votes,
        ranked_models=sum(row.rank is not None for row in ranking.rows) if ranking else 0,
        prior_decides_ends=ranking.prior_decides_ends if ranking else False,
        unfit_models=None if computed.unfit is None else list(computed.unfit),
        findings=findings,
        computed_at=computed.at,
        **_fit(method, ranking),
    )
    if ranking:
        Standing.objects.bulk_create(_standings(snapshot, ranking, computed.read.model_ids))
    return snapshot


def _forget_fits(board: Board, method: BoardMethod) -> None:
    """History is read for its standings alone, and a covariance is most of a snapshot.

    That of the snapshot which is current until now stays until the next one: a page that has begun with it asks it
    about pairs a moment later.
    """
    past = Snapshot.objects.filter(board=board, method=method.name, variant=method.variant, is_current=False)
    past.filter(covariance__isnull=False).update(covariance=None, deletions=None, fitted_models=[])


def _fit(method: BoardMethod, ranking: ComputedBoard | None) -> dict[str, Any]:
    """The headline's covariance alone is asked about pairs."""
    if ranking is None or ranking.fit is None or method != HEADLINE:
        return {}
    covariance = np.ascontiguousarray(ranking.fit.covariance, dtype="<f8")
    known = ranking.deletions if isinstance(ranking, PromptsBoard) else None
    return {
        "covariance": covariance.tobytes(),
        "fitted_models": list(ranking.fit.models),
        "deletions": None if known is None else to_bytes(known),
    }


def _standings(snapshot: Snapshot, ranking: ComputedBoard, model_ids: Mapping[str, int]) -> list[Standing]:
    return [
        Standing(
            snapshot=snapshot,
            model_id=model_ids[row.model],
            position=position,
            is_comparable=row.comparable,
            **{name: getattr(row, name) for name in FIGURES},
        )
        for position, row in enumerate(ranking.rows, start=1)
    ]


KEEP_ALL: Final = timedelta(days=2)
KEEP_HOURLY: Final = timedelta(days=14)
DOOMED: Final = """
CREATE TEMPORARY TABLE doomed_snapshot ON COMMIT DROP AS
SELECT id FROM (
    SELECT id, is_current, row_number() OVER (
        PARTITION BY board_id, method, variant,
            date_trunc(CASE WHEN computed_at > %(hourly)s THEN 'hour' ELSE 'day' END, computed_at, 'UTC'),
            computed_at > %(hourly)s
        ORDER BY computed_at DESC, id DESC
    ) AS place
    FROM arena_snapshot WHERE computed_at <= %(all)s
) AS aged WHERE place > 1 AND NOT is_current AND NOT EXISTS (
    SELECT 1 FROM arena_toldboard AS told WHERE told.snapshot_id = aged.id
)
"""
DELETIONS: Final = (
    "DELETE FROM arena_standing USING doomed_snapshot WHERE snapshot_id = doomed_snapshot.id",
    "DELETE FROM arena_snapshot USING doomed_snapshot WHERE arena_snapshot.id = doomed_snapshot.id",
)


def thin_history(now: datetime) -> int:
    """The last of each span stays, and every one that is current or known to a webhook; how many were deleted."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(DOOMED, {"all": now - KEEP_ALL, "hourly": now - KEEP_HOURLY})
        for deletion in DELETIONS:
            cursor.execute(deletion)
        deleted = cursor.rowcount
        cursor.execute("DROP TABLE doomed_snapshot")
    return int(deleted)
