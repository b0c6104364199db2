"""Boards as they are read by pages and the API: the current snapshots as plain values, in few queries.

Not here: how a board is computed, or how it looks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, FloatField, Prefetch
from django.db.models.functions import Cast

from arena.board_methods import HEADLINE
from arena.models import Board, Entry, Snapshot, Standing
from arena.models.visibility import EVERYONE, Viewer
from arena.ranked_anew import ranked_anew
from providers.models import ImageModel

KIND_ORDER = {"mode": 0, "category": 1, "competition": 2}


class FitMissing(LookupError):
    """The snapshot says that this method has no fit on these votes; `models` are the slugs in its way."""

    def __init__(self, models: tuple[str, ...]) -> None:
        self.models = models
        super().__init__(f"the fit does not exist on these votes, because of these models: {', '.join(models)}")


@dataclass(frozen=True, kw_only=True)
class StandingRow:
    """One model on a board. `family` is a slug among its creator's, or "".

    `ties` hold `both_bad`; `win_rate` is a percentage to one decimal, None without battles.
    """

    model: str
    slug: str
    creator: str
    creator_slug: str
    family: str
    is_demo: bool
    rating: float | None
    lower: float | None
    upper: float | None
    rank: int | None
    rank_best: int | None
    rank_worst: int | None
    wins: int
    losses: int
    ties: int
    both_bad: int
    comparable: bool
    mean_opponent: float | None = None
    expected_wins: float | None = None

    @property
    def battles(self) -> int:
        return self.wins + self.losses + self.ties

    @property
    def win_rate(self) -> float | None:
        return round(100 * self.wins / self.battles, 1) if self.battles else None

    @property
    def url(self) -> str:
        return f"/models/{self.creator_slug}/{self.slug}"


@dataclass(frozen=True, kw_only=True)
class BoardHead:
    """What is ranked. `id` is the board's key; the public ids name the competition or category, or are "".

    `prompt` is that of a competition: titles repeat.
    """

    id: str
    kind: str
    title: str
    mode: str
    competition_id: str
    category_id: str
    prompt: str = ""

    @property
    def url(self) -> str:
        return f"/leaderboards/{self.id}"


@dataclass(frozen=True, kw_only=True)
class Computation:
    """How and from what a snapshot was computed."""

    method: str
    variant: str
    version: str
    parameters: dict[str, float]
    votes: int
    excluded_votes: int
    ranked_models: int
    last_vote_number: int
    digest: str
    findings: dict[str, Any]
    prior_decides_ends: bool
    computed_at: datetime


@dataclass(frozen=True, kw_only=True)
class BoardSummary:
    """A board in a list; nothing but its name before its first computation."""

    board: BoardHead
    votes: int
    ranked_models: int
    computed_at: datetime | None
    leader: StandingRow | None


@dataclass(frozen=True, kw_only=True)
class BoardTable:
    """A whole board; no computation and no rows before its first computation."""

    board: BoardHead
    computation: Computation | None
    rows: tuple[StandingRow, ...]


@dataclass(frozen=True, kw_only=True)
class ModelStanding:
    """A model's current place on one board; on a competition's board with its strongest picture there."""

    board: BoardHead
    ranked_models: int
    votes: int
    computed_at: datetime
    row: StandingRow
    image_sha256: str


def list_boards(kind: str = "", mode: str = "") -> tuple[BoardSummary, ...]:
    """Every public board with its headline figures: modes, categories, competitions, by title. Three queries."""
    boards = Board.objects.public().select_related("category", "competition")
    boards = boards.filter(**{name: value for name, value in (("kind", kind), ("mode", mode)) if value})
    leaders = Standing.objects.public().filter(rank=1).select_related("model__creator", "model__family")
    current = Snapshot.objects.current_headline()
    current = current.prefetch_related(Prefetch("standings", leaders, to_attr="leaders"))
    listed = [_summary(board) for board in boards.prefetch_related(Prefetch("snapshots", current, to_attr="current"))]
    return tuple(sorted(listed, key=lambda found: (KIND_ORDER[found.board.kind], found.board.title, found.board.id)))


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
    """One board by its key, as it is or as it was at a moment. Raises Board.DoesNotExist, FitMissing. Three queries."""
    board = find_board(key, viewer)
    snapshot = _snapshot(board, method, variant, at)
    if snapshot is None:
        return BoardTable(board=board_head(board), computation=None, rows=())
    if snapshot.unfit_models is not None:
        raise FitMissing(_announced(board, snapshot.unfit_models))
    shown = Standing.objects.of_snapshot(snapshot, board).select_related("model__creator", "model__family")
    rows = tuple(_row(standing) for standing in shown)
    if sum(row.rank is not None for row in rows) != snapshot.ranked_models:
        rows = ranked_anew(rows)
    return BoardTable(board=board_head(board), computation=_computation(snapshot, rows), rows=rows)


def _announced(board: Board, slugs: Iterable[str]) -> tuple[str, ...]:
    """Of a stored list of models, those that may appear on the board."""
    hidden = set(board.unannounced_models().values_list("slug", flat=True))
    return tuple(slug for slug in slugs if slug not in hidden)


def _snapshot(board: Board, method: str, variant: str, at: datetime | None) -> Snapshot | None:
    kept = Snapshot.objects.filter(board=board, method=method, variant=variant)
    if at is None:
        return kept.filter(is_current=True).first()
    return kept.filter(computed_at__lte=at).order_by("-computed_at", "-id").first()


def standings_of_model(model: ImageModel) -> tuple[ModelStanding, ...]:
    """Where a model stands on every public board it is on, in the order of `list_boards`. Two queries."""
    standings = (
        Standing.objects.public()
        .current_headline()
        .filter(model=model)
        .select_related("model__creator", "model__family", "snapshot__board__category", "snapshot__board__competition")
    )
    images = _strongest_images(model)
    found = [_model_standing(standing, images) for standing in standings]
    return tuple(sorted(found, key=lambda one: (KIND_ORDER[one.board.kind], one.board.title, one.board.id)))


def _strongest_images(model: ImageModel) -> dict[int, str]:
    """By competition, the picture of the model's entry with the highest (W + T/2 + 1) / (battles + 2)."""
    battles = F("wins") + F("losses") + F("ties")
    strength = Cast(F("wins") * 2 + F("ties") + 2, FloatField()) / (battles + 2)
    entries = Entry.objects.pictured().filter(model=model).order_by(strength, "-id")
    return dict(entries.values_list("competition_id", "image__sha256"))


def _model_standing(standing: Standing, images: dict[int, str]) -> ModelStanding:
    snapshot = standing.snapshot
    return ModelStanding(
        board=board_head(snapshot.board),
        ranked_models=snapshot.ranked_models,
        votes=snapshot.votes,
        computed_at=snapshot.computed_at,
        row=_row(standing),
        image_sha256=images.get(snapshot.board.competition_id or 0, ""),
    )


def _summary(board: Board) -> BoardSummary:
    current: Iterable[Snapshot] = getattr(board, "current", ())
    snapshot = next(iter(current), None)
    # one ranked model leads nobody
    leaders = getattr(snapshot, "leaders", ()) if snapshot and snapshot.ranked_models > 1 else ()
    leader = next(iter(leaders), None)
    return BoardSummary(
        board=board_head(board),
        votes=snapshot.votes if snapshot else 0,
        ranked_models=snapshot.ranked_models if snapshot else 0,
        computed_at=snapshot.computed_at if snapshot else None,
        leader=_row(leader) if leader else None,
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
    return Computation(
        method=snapshot.method,
        variant=snapshot.variant,
        version=snapshot.version,
        parameters=snapshot.parameters,
        votes=snapshot.votes,
        excluded_votes=snapshot.excluded_votes,
        ranked_models=sum(row.rank is not None for row in rows),
        last_vote_number=snapshot.last_vote_number,
        digest=snapshot.digest,
        findings=snapshot.findings_about({row.slug for row in rows}),
        prior_decides_ends=snapshot.prior_decides_ends,
        computed_at=snapshot.computed_at,
    )


def _row(standing: Standing) -> StandingRow:
    model = standing.model
    return StandingRow(
        model=model.name,
        slug=model.slug,
        creator=model.creator.name,
        creator_slug=model.creator.slug,
        family=model.family.slug if model.family else "",
        is_demo=model.is_demo,
        rating=standing.rating,
        lower=standing.lower,
        upper=standing.upper,
        rank=standing.rank,
        rank_best=standing.rank_best,
        rank_worst=standing.rank_worst,
        wins=standing.wins,
        losses=standing.losses,
        ties=standing.ties,
        both_bad=standing.both_bad,
        comparable=standing.is_comparable,
        mean_opponent=standing.mean_opponent,
        expected_wins=standing.expected_wins,
    )
