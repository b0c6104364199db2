"""Where one model stands on the boards it is on, as pages and the API are given it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from arena.boards.table import KIND_ORDER, BoardHead, StandingRow, board_head, standing_row
from arena.models import Entry, Standing
from arena.models.boards import HEAVY
from providers.models import ImageModel


@dataclass(frozen=True, kw_only=True)
class ModelStanding:
    """A model's current place on one board; on a competition's board with its strongest picture there."""

    board: BoardHead
    ranked_models: int
    votes: int
    computed_at: datetime
    row: StandingRow
    image_sha256: str


def standings_of_model(model: ImageModel, images: Mapping[int, str] | None = None) -> tuple[ModelStanding, ...]:
    """Where a model stands on every public board it is on, in the order of `list_boards`. One query where the strongest
    images by competition are given, else two."""
    standings = (
        Standing.objects.public()
        .current_headline()
        .filter(model=model)
        .select_related("model__creator", "model__family", "snapshot__board__category", "snapshot__board__competition")
        .defer(*(f"snapshot__{name}" for name in HEAVY))
    )
    strongest = (
        strongest_images(Entry.objects.pictured().filter(model=model).select_related("image"))
        if images is None
        else images
    )
    found = [_model_standing(standing, strongest) for standing in standings]
    return tuple(sorted(found, key=lambda one: (KIND_ORDER[one.board.kind], one.board.title, one.board.id)))


def strongest_images(entries: Iterable[Entry]) -> dict[int, str]:
    """By competition, the picture of the entry of highest strength, the oldest of equals."""
    weakest_first = sorted(entries, key=lambda one: (one.strength, -one.pk))
    return {one.competition_id: one.image.sha256 for one in weakest_first if one.image}


def _model_standing(standing: Standing, images: Mapping[int, str]) -> ModelStanding:
    snapshot = standing.snapshot
    return ModelStanding(
        board=board_head(snapshot.board),
        ranked_models=snapshot.ranked_models,
        votes=snapshot.votes,
        computed_at=snapshot.computed_at,
        row=standing_row(standing),
        image_sha256=images.get(snapshot.board.competition_id or 0, ""),
    )
