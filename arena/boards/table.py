"""Boards as they are read by pages and the API: the current snapshots as plain values, in few queries.

Not here: how a board is computed, or how it looks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import FilteredRelation, Q, QuerySet

from arena.boards.methods import HEADLINE
from arena.boards.ranked_anew import ranked_anew
from arena.models import Board, Snapshot, Standing
from arena.models.boards import HEAVY, BoardQuerySet
from arena.models.visibility import EVERYONE, Viewer

KIND_ORDER = {"mode": 0, "category": 1, "competition": 2}
ALL: Final = slice(None)


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


def with_current(
    boards: QuerySet[Board], method: str = HEADLINE.name, variant: str = HEADLINE.variant
) -> QuerySet[Board]:
    """Boards with category, competition and, as `current`, the method's current snapshot, in the same query.

    Without the covariance, which is 32 MB on a board of 2,000 models.
    """
    current = Q(snapshots__is_current=True, snapshots__method=method, snapshots__variant=variant)
    joined = boards.annotate(current=FilteredRelation("snapshots", condition=current))
    loaded = joined.select_related("category", "competition", "current")  # type: ignore[misc]  # annotated above
    return loaded.defer(*(f"current__{name}" for name in HEAVY))


def list_boards(kind: str = "", mode: str = "", part: slice = ALL) -> tuple[BoardSummary, ...]:
    """Public boards with their headline figures: modes, categories, competitions, by title. Two queries."""
    boards = list(with_current(_listed(kind, mode).in_order())[part])
    current = [board.current for board in boards if getattr(board, "current", None)]  # type: ignore[attr-defined]
    leaders: dict[int, Standing] = {}
    for standing in _current_standings(rank=1, snapshot__in=current) if current else ():
        leaders.setdefault(standing.snapshot_id, standing)
    return tuple(_summary(board, leaders) for board in boards)


def count_boards(kind: str = "", mode: str = "") -> int:
    """How many those are."""
    return _listed(kind, mode).count()


def _listed(kind: str, mode: str) -> BoardQuerySet:
    return Board.objects.public().filter(**{name: of for name, of in (("kind", kind), ("mode", mode)) if of})


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

    Raises Board.DoesNotExist, FitMissing.
    """
    seen = Board.objects.visible_to(viewer)
    if at is None:
        board = with_current(seen, method, variant).get(key=key)
        return table_of(board, getattr(board, "current", None))
    board = seen.select_related("category", "competition").get(key=key)
    kept = Snapshot.objects.filter(board=board, method=method, variant=variant, computed_at__lte=at).defer(*HEAVY)
    return table_of(board, kept.order_by("-computed_at", "-id").first())


def table_of(board: Board, snapshot: Snapshot | None) -> BoardTable:
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
    found = [(known[mode], known[mode].current) for mode in modes if mode in known]  # type: ignore[attr-defined]
    return [_table(board, snapshot, rows[snapshot.pk]) for board, snapshot in found if snapshot.unfit_models is None]


def _current_standings(**narrowed: Any) -> QuerySet[Standing]:
    """Public rows of the headline snapshots."""
    found = Standing.objects.public().current_headline().filter(**narrowed)
    return found.select_related("model__creator", "model__family")


def _table(board: Board, snapshot: Snapshot, standings: Iterable[Standing]) -> BoardTable:
    rows = tuple(standing_row(standing) for standing in standings)
    if sum(row.rank is not None for row in rows) != snapshot.ranked_models:
        rows = ranked_anew(rows)
    return BoardTable(board=board_head(board), computation=_computation(snapshot, rows), rows=rows)


def _announced(board: Board, slugs: Iterable[str]) -> tuple[str, ...]:
    """Of a stored list of models, those that may appear on the board."""
    hidden = set(board.unannounced_models().values_list("slug", flat=True))
    return tuple(slug for slug in slugs if slug not in hidden)


def _summary(board: Board, leaders: Mapping[int, Standing]) -> BoardSummary:
    snapshot: Snapshot | None = getattr(board, "current", None)
    # one ranked model leads nobody
    leader = leaders.get(snapshot.pk) if snapshot and snapshot.ranked_models > 1 else None
    return BoardSummary(
        board=board_head(board),
        votes=snapshot.votes if snapshot else 0,
        ranked_models=snapshot.ranked_models if snapshot else 0,
        computed_at=snapshot.computed_at if snapshot else None,
        leader=standing_row(leader) if leader else None,
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


def standing_row(standing: Standing) -> StandingRow:
    """Needs the model with creator and family loaded to cost no query."""
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
