"""Keeps one computed board as the current snapshot of its method; the one before it becomes history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from arena.boards.methods import HEADLINE, BoardMethod
from arena.models import Board, Snapshot, Standing
from arena.rating.board import Board as ComputedBoard
from arena.rating.opponents import Opposition, oppositions
from arena.votes.board_tallies import BoardTallies


@dataclass(frozen=True, eq=False)
class Computed:
    """A board as a method gave it; `unfit` names the models without which the fit exists, and `board` is None then."""

    method: BoardMethod
    read: BoardTallies
    board: ComputedBoard | None
    unfit: tuple[str, ...] | None
    excluded_votes: int
    at: datetime


def keep_snapshot(board: Board, computed: Computed) -> Snapshot:
    """Runs in the caller's transaction, which holds the board's row."""
    method, made = computed.method, computed.board
    before = Snapshot.objects.filter(board=board, method=method.name, variant=method.variant, is_current=True)
    findings = before.values_list("findings", flat=True).first() or {}
    # history is read for its standings alone, and a covariance is most of a snapshot
    before.update(is_current=False, covariance=None, fitted_models=[])
    snapshot = Snapshot.objects.create(
        board=board,
        method=method.name,
        variant=method.variant,
        parameters=dict(made.method.parameters if made else method.parameters),
        version=method.version,
        last_vote_number=computed.read.last_vote_number,
        digest=computed.read.tallies.digest,
        votes=computed.read.tallies.battles,
        excluded_votes=computed.excluded_votes,
        ranked_models=sum(row.rank is not None for row in made.rows) if made else 0,
        prior_decides_ends=made.prior_decides_ends if made else False,
        unfit_models=None if computed.unfit is None else list(computed.unfit),
        findings=findings,
        computed_at=computed.at,
        **_fit(method, made),
    )
    if made:
        Standing.objects.bulk_create(_standings(snapshot, made, computed.read))
    return snapshot


def _fit(method: BoardMethod, made: ComputedBoard | None) -> dict[str, Any]:
    """The headline's covariance alone is asked about pairs."""
    if made is None or made.fit is None or method != HEADLINE:
        return {}
    covariance = np.ascontiguousarray(made.fit.covariance, dtype="<f8")
    return {"covariance": covariance.tobytes(), "fitted_models": list(made.fit.models)}


def _standings(snapshot: Snapshot, made: ComputedBoard, read: BoardTallies) -> list[Standing]:
    met: dict[str, Opposition] = {}
    if made.fit is not None:
        met = {one.model: one for one in oppositions(read.tallies, made.fit)}
    return [
        Standing(
            snapshot=snapshot,
            model_id=read.model_ids[row.model],
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
            mean_opponent=round(met[row.model].mean_opponent, 2) if row.model in met else None,
            expected_wins=round(met[row.model].average_wins, 2) if row.model in met else None,
            is_comparable=row.comparable,
        )
        for position, row in enumerate(made.rows, start=1)
    ]
