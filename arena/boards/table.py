"""Boards as they are read by pages and the API: the current snapshots as plain values, in few queries.

Not here: how a board is computed, or how it looks.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from django.db.models import FilteredRelation, Q, QuerySet

from arena.boards.methods import EVERY_VOTE, HEADLINE
from arena.boards.standings import (
    BoardHead,
    BoardSummary,
    BoardTable,
    Computation,
    StandingRow,
    rerank,
)
from arena.models import Board, Entry, Snapshot, Standing
from arena.models.boards import HEAVY
from arena.models.visibility import EVERYONE, Viewer
from arena.rating.board import FIGURES, Figures
from providers.models import ImageModel


class FitMissing(LookupError):
    """The snapshot says that this method has no fit on these votes; `models` are the slugs in its way."""

    def __init__(self, models: tuple[str, ...]) -> None:
        self.models = models
        super().__init__(f"the fit does not exist on these votes, because of these models: {', '.join(models)}")


@dataclass(frozen=True, kw_only=True)
class ModelStanding:
    """A model's current place on one board; on a competition's board with its strongest picture there."""

    board: BoardHead
    ranked_models: int
    votes: int
    computed_at: datetime
    row: StandingRow
    image_sha256: str


def with_current(
    boards: QuerySet[Board], method: str = HEADLINE.name, variant: str = HEADLINE.variant
) -> QuerySet[Board]:
    """With category, competition and, as `current`, the method's snapshot without its covariance, in the same query."""
    current = Q(snapshots__is_current=True, snapshots__method=method, snapshots__variant=variant)
    joined = boards.annotate(current=FilteredRelation("snapshots", condition=current))
    loaded = joined.select_related("category", "competition", "current")  # type: ignore[misc]  # annotated above
    return loaded.defer(*(f"current__{name}" for name in HEAVY))


class ListedBoards:
    """Public boards: modes, categories, competitions, by title; of them what the look-ups leave. For a paginator."""

    def __init__(self, **narrowed: Any) -> None:
        self.boards = Board.objects.public().filter(**narrowed)

    def count(self) -> int:
        """One query."""
        return self.boards.count()

    def __getitem__(self, part: slice) -> tuple[BoardSummary, ...]:
        """Two queries."""
        boards = list(with_current(self.boards.in_order())[part])
        current = [board.current for board in boards if getattr(board, "current", None)]  # type: ignore[attr-defined]
        leaders: dict[int, list[Standing]] = defaultdict(list)
        for standing in _current_standings(rank=1, snapshot__in=current) if current else ():
            leaders[standing.snapshot_id].append(standing)
        return tuple(_summary(board, leaders) for board in boards)


def list_boards(**narrowed: Any) -> tuple[BoardSummary, ...]:
    """All that the look-ups leave. Two queries."""
    return ListedBoards(**narrowed)[:]


def find_board(key: str, viewer: Viewer = EVERYONE) -> Board:
    """Category and competition loaded. Raises Board.DoesNotExist, also where the viewer may not know of it."""
    return Board.objects.visible_to(viewer).select_related("category", "competition").get(key=key)


def board_table(
    key: str,
    method: str = HEADLINE.name,
    variant: str = HEADLINE.variant,
    at: datetime | None = None,
    *,
    viewer: Viewer = EVERYONE,
) -> BoardTable:
    """One board by its key, as it is, in two queries, or as it was at a moment.

    With every vote it is the headline where none is set aside. Raises Board.DoesNotExist, FitMissing.
    """
    seen = Board.objects.visible_to(viewer)
    if at is None:
        board = with_current(seen, method, variant).get(key=key)
        current = getattr(board, "current", None)
        if current is None and method == EVERY_VOTE.name:
            return board_table(key, viewer=viewer)
        return table_from(board, current)
    board = seen.select_related("category", "competition").get(key=key)
    past = Snapshot.objects.filter(board=board, method=method, variant=variant, computed_at__lte=at).defer(*HEAVY)
    return table_from(board, past.order_by("-computed_at", "-id").first())


def table_from(board: Board, snapshot: Snapshot | None) -> BoardTable:
    """The board as one of its snapshots says. One query. Raises FitMissing."""
    if snapshot is None:
        return BoardTable(board=board_head(board), computation=None, rows=())
    if snapshot.unfit_models is not None:
        raise FitMissing(_announced(board, snapshot.unfit_models))
    shown = Standing.objects.of_snapshot(snapshot, board).select_related("model__creator", "model__family")
    return _table(board, snapshot, shown)


def mode_tables(modes: Iterable[str]) -> list[BoardTable]:
    """The boards of modes that have been computed, in that order. Two queries."""
    boards = with_current(Board.objects.public()).filter(kind="mode", mode__in=modes)
    rows: dict[int, list[Standing]] = defaultdict(list)
    for standing in _current_standings(snapshot__board__kind="mode", snapshot__board__mode__in=modes):
        rows[standing.snapshot_id].append(standing)
    known = {board.mode: board for board in boards if getattr(board, "current", None)}
    computed = [(known[mode], known[mode].current) for mode in modes if mode in known]  # type: ignore[attr-defined]
    return [_table(board, snapshot, rows[snapshot.pk]) for board, snapshot in computed if snapshot.unfit_models is None]


def _current_standings(**narrowed: Any) -> QuerySet[Standing]:
    """Public rows of the headline snapshots."""
    found = Standing.objects.public().current_headline().filter(**narrowed)
    return found.select_related("model__creator", "model__family")


def _table(board: Board, snapshot: Snapshot, standings: Iterable[Standing]) -> BoardTable:
    rows = tuple(to_row(standing.model, standing) for standing in standings)
    if sum(row.rank is not None for row in rows) != snapshot.ranked_models:
        rows = rerank(rows)
    return BoardTable(board=board_head(board), computation=_computation(snapshot, rows), rows=rows)


def _announced(board: Board, slugs: Iterable[str]) -> tuple[str, ...]:
    """Of a stored list of models, those that may appear on the board."""
    hidden = set(board.unannounced_models().values_list("slug", flat=True))
    return tuple(slug for slug in slugs if slug not in hidden)


def _summary(board: Board, leaders: Mapping[int, list[Standing]]) -> BoardSummary:
    snapshot: Snapshot | None = getattr(board, "current", None)
    # one ranked model leads nobody
    first = leaders.get(snapshot.pk, []) if snapshot and snapshot.ranked_models > 1 else []
    return BoardSummary(
        board=board_head(board),
        votes=snapshot.votes if snapshot else 0,
        ranked_models=snapshot.ranked_models if snapshot else 0,
        computed_at=snapshot.computed_at if snapshot else None,
        leader=to_row(first[0].model, first[0]) if len(first) == 1 else None,
        sharing=len(first) if len(first) > 1 else 0,
    )


def board_head(board: Board) -> BoardHead:
    """Needs category and competition loaded to cost no query."""
    return BoardHead(
        id=board.key,
        kind=board.kind,
        title=board.title,
        mode=board.mode,
        competition_id=board.competition.public_id if board.competition else "",
        category_id=board.category.public_id if board.category else "",
        prompt=board.competition.prompt if board.competition else "",
    )


def _computation(snapshot: Snapshot, rows: Sequence[StandingRow]) -> Computation:
    shown = {
        "ranked_models": sum(row.rank is not None for row in rows),
        "findings": snapshot.findings_about({row.slug for row in rows}),
    }
    return Computation(**{field.name: getattr(snapshot, field.name) for field in fields(Computation)} | shown)


def to_row(model: ImageModel, figures: Figures | Standing, **other: float | None) -> StandingRow:
    """Of what a fit gave or a snapshot holds; `other` figures in place of its own. Needs creator and family loaded."""
    return StandingRow(
        model=model.name,
        slug=model.slug,
        creator=model.creator.name,
        creator_slug=model.creator.slug,
        family=model.family.slug if model.family else "",
        is_demo=model.is_demo,
        **{name: getattr(figures, name) for name in FIGURES} | other,
    )


def standings_of_model(model: ImageModel, images: Mapping[int, str] | None = None) -> tuple[ModelStanding, ...]:
    """Where a model stands on every public board it is on, in the order of `list_boards`. One query where the strongest
    images by competition are given, else two."""
    standings = (
        Standing.objects.public()
        .current_headline()
        .filter(model=model)
        .select_related("snapshot__board__category", "snapshot__board__competition")
        .defer(*(f"snapshot__{name}" for name in (*HEAVY, "findings")))
    )
    if images is None:
        images = strongest_images(Entry.objects.pictured().filter(model=model).select_related("image"))
    places = [_model_standing(standing, model, images) for standing in standings]
    return tuple(sorted(places, key=lambda place: place.board.order))


def strongest_images(entries: Iterable[Entry]) -> dict[int, str]:
    """By competition, the picture of the entry of highest strength, the oldest of equals."""
    weakest_first = sorted(entries, key=lambda entry: (entry.strength, -entry.pk))
    return {entry.competition_id: entry.image.sha256 for entry in weakest_first if entry.image}


def _model_standing(standing: Standing, model: ImageModel, images: Mapping[int, str]) -> ModelStanding:
    snapshot = standing.snapshot
    return ModelStanding(
        board=board_head(snapshot.board),
        ranked_models=snapshot.ranked_models,
        votes=snapshot.votes,
        computed_at=snapshot.computed_at,
        row=to_row(model, standing),
        image_sha256=images.get(snapshot.board.competition_id or 0, ""),
    )
