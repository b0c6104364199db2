"""A board's kept headline snapshots over time. Read side, few queries."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from arena.boards.rank_changes import View
from arena.boards.standings import PastBoard, PastStanding
from arena.boards.table import to_row
from arena.models import Board, Snapshot, Standing
from arena.models.boards import HEAVY
from providers.models import ImageModel

MOST_POINTS = 120
MOST_PLACES = 100


def history(board: Board, days: int, now: datetime, places: int = MOST_PLACES) -> list[PastBoard]:
    """Headline snapshots of the last days, oldest first, thinned to 120, each with its first `places`. Two queries."""
    chosen = _evenly(stored_snapshots(board, now - timedelta(days=days)), MOST_POINTS)
    standings: dict[int, list[PastStanding]] = {past.id: [] for past in chosen}
    columns = ("rating", "lower", "upper", "conditional_lower", "conditional_upper", "rank")
    rated = Standing.objects.filter(snapshot__in=standings, rating__isnull=False, position__lte=places).order_by(
        "snapshot_id", "position"
    )
    rated = rated.exclude(model__in=board.unannounced_models())
    for snapshot, slug, *figures in rated.values_list("snapshot_id", "model__slug", *columns):
        standings[snapshot].append(PastStanding(slug=slug, **dict(zip(columns, figures, strict=True))))
    return [replace(past, standings=tuple(standings[past.id])) for past in chosen]


def stored_snapshots(board: Board, since: datetime | None = None) -> list[PastBoard]:
    """Headline snapshots without their standings, oldest first. One query."""
    stored = Snapshot.objects.headline().filter(board=board)
    if since:
        stored = stored.filter(computed_at__gte=since)
    columns = ("id", "computed_at", "votes", "excluded_votes", "last_vote_number", "digest", "version")
    return [PastBoard(**row) for row in stored.order_by("computed_at", "id").values(*columns)]


def _evenly(listed: Sequence[PastBoard], most: int) -> list[PastBoard]:
    if len(listed) <= most:
        return list(listed)
    return [listed[round(place * (len(listed) - 1) / (most - 1))] for place in range(most)]


LOOK_BACK = timedelta(days=1)


class NoSuchSnapshot(LookupError):
    """The board has no headline snapshot of that number."""


def usual_pair(stored: Sequence[PastBoard]) -> tuple[PastBoard, PastBoard] | None:
    """The newest and the last one at least a day older, or the oldest there is; None with fewer than two."""
    if len(stored) < 2:
        return None
    newest = stored[-1]
    older = [past for past in stored[:-1] if past.computed_at <= newest.computed_at - LOOK_BACK]
    return (older[-1] if older else stored[0]), newest


def snapshot_view(board: Board, snapshot_id: int) -> View:
    """One snapshot with its standings. Raises NoSuchSnapshot. Two queries."""
    snapshot = Snapshot.objects.filter(board=board, id=snapshot_id).defer(*HEAVY, "findings").first()
    if snapshot is None:
        raise NoSuchSnapshot(f"{board.key} has no snapshot {snapshot_id}")
    shown = Standing.objects.of_snapshot(snapshot, board).select_related("model__creator", "model__family")
    return _view(snapshot, shown.order_by("position"))


def snapshot_views(board: Board, ids: Iterable[int]) -> dict[int, View]:
    """The same of several by number, those there are. Three queries."""
    stored = Snapshot.objects.filter(board=board, id__in=ids).defer(*HEAVY, "findings").in_bulk()
    standings = list(Standing.objects.filter(snapshot__in=stored).shown_on(board).order_by("position"))
    models = ImageModel.objects.select_related("creator", "family").in_bulk({one.model_id for one in standings})
    by_snapshot: dict[int, list[Standing]] = {pk: [] for pk in stored}
    for standing in standings:
        standing.model = models[standing.model_id]
        by_snapshot[standing.snapshot_id].append(standing)
    return {pk: _view(snapshot, by_snapshot[pk]) for pk, snapshot in stored.items()}


def _view(snapshot: Snapshot, standings: Iterable[Standing]) -> View:
    return View(
        computed_at=snapshot.computed_at,
        method=f"{snapshot.method} {snapshot.variant} version {snapshot.version}",
        digest=snapshot.digest,
        votes=snapshot.votes,
        excluded_votes=snapshot.excluded_votes,
        models={row.model.slug: to_row(row.model, row) for row in standings},
    )
