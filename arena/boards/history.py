"""A board's kept headline snapshots over time. Read side, few queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from arena.models import Board, Snapshot, Standing

MOST_POINTS = 120
MOST_PLACES = 100


@dataclass(frozen=True, kw_only=True)
class PastStanding:
    """One rated model at one moment."""

    slug: str
    rating: float
    lower: float | None
    upper: float | None
    rank: int | None


@dataclass(frozen=True, kw_only=True)
class PastBoard:
    """One kept snapshot."""

    id: int
    computed_at: datetime
    votes: int
    excluded_votes: int
    last_vote_number: int
    digest: str
    standings: tuple[PastStanding, ...] = ()


def history(board: Board, days: int, now: datetime, places: int = MOST_PLACES) -> list[PastBoard]:
    """Headline snapshots of the last days, oldest first, thinned to 120, each with its first `places`. Two queries."""
    chosen = _evenly(kept_snapshots(board, now - timedelta(days=days)), MOST_POINTS)
    standings: dict[int, list[PastStanding]] = {past.id: [] for past in chosen}
    columns = ("snapshot_id", "model__slug", "rating", "lower", "upper", "rank")
    rated = Standing.objects.filter(snapshot__in=standings, rating__isnull=False, position__lte=places).order_by(
        "snapshot_id", "position"
    )
    rated = rated.exclude(model__in=board.unannounced_models())
    for snapshot, slug, rating, lower, upper, rank in rated.values_list(*columns):
        standings[snapshot].append(PastStanding(slug=slug, rating=rating, lower=lower, upper=upper, rank=rank))
    return [_with_standings(past, standings[past.id]) for past in chosen]


def kept_snapshots(board: Board, since: datetime | None = None) -> list[PastBoard]:
    """Headline snapshots without their standings, oldest first. One query."""
    kept = Snapshot.objects.headline().filter(board=board)
    if since:
        kept = kept.filter(computed_at__gte=since)
    columns = ("id", "computed_at", "votes", "excluded_votes", "last_vote_number", "digest")
    return [PastBoard(**row) for row in kept.order_by("computed_at", "id").values(*columns)]


def _evenly(listed: Sequence[PastBoard], most: int) -> list[PastBoard]:
    if len(listed) <= most:
        return list(listed)
    return [listed[round(place * (len(listed) - 1) / (most - 1))] for place in range(most)]


def _with_standings(past: PastBoard, standings: Sequence[PastStanding]) -> PastBoard:
    return PastBoard(**{**vars(past), "standings": tuple(standings)})
