"""A board's kept headline snapshots over time, and what is asked about pairs of its models. Read side, few queries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, combinations

import numpy as np

from arena.models import Board, Snapshot, Standing
from arena.rating.comparisons import probability_better, votes_needed
from arena.rating.fit import Estimate
from arena.rating.scale import POINTS_PER_LOG_ODDS

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


@dataclass(frozen=True, kw_only=True)
class PairOdds:
    """The higher rated one first; `votes_needed` None where they are level."""

    first: str
    second: str
    probability: float
    votes_needed: int | None


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


@dataclass(frozen=True)
class BoardPairs:
    """What can be asked about pairs of a board. `order` is its rated models, the best first."""

    digest: str | None
    order: tuple[str, ...]
    estimate: Estimate | None

    def all(self, model: str = "") -> Iterator[tuple[str, str]]:
        """Pairs in board order, those of one model where it is named."""
        pairs = combinations(self.order, 2)
        if not model:
            return pairs
        place = self.order.index(model) if model in self.order else -1
        above, below = self.order[: max(0, place)], self.order[place + 1 :] if place >= 0 else ()
        return chain(((other, model) for other in above), ((model, other) for other in below))

    def count(self, model: str = "") -> int:
        """How many those are."""
        rated = len(self.order)
        return (rated - 1 if model in self.order else 0) if model else rated * (rated - 1) // 2

    def odds(self, first: str, second: str) -> PairOdds:
        """Of two models of `order`, the higher rated one first."""
        assert self.estimate is not None
        return _odds(self.estimate, first, second)


def board_pairs(board: Board) -> BoardPairs:
    """By the current headline snapshot. Three queries."""
    snapshot = Snapshot.objects.current_headline().filter(board=board).first()
    estimate = estimate_of(snapshot) if snapshot else None
    if snapshot is None or estimate is None:
        return BoardPairs(None, (), None)
    order = np.argsort(-estimate.strengths, kind="stable").tolist()
    hidden = set(board.unannounced_models().values_list("slug", flat=True))
    slugs = (estimate.models[place] for place in order)
    return BoardPairs(snapshot.digest, tuple(slug for slug in slugs if slug not in hidden), estimate)


def estimate_of(snapshot: Snapshot) -> Estimate | None:
    """Strengths and covariance as a current headline snapshot keeps them; None where it keeps none. One query."""
    if snapshot.covariance is None or not snapshot.fitted_models:
        return None
    models = tuple(snapshot.fitted_models)
    kept = Standing.objects.filter(snapshot=snapshot, rating__isnull=False).values_list("model__slug", "rating")
    ratings = {slug: rating or 0.0 for slug, rating in kept}
    if set(ratings) != set(models):  # a model was renamed since; the next recompute knows it
        return None
    strengths = np.array([ratings[model] for model in models]) / POINTS_PER_LOG_ODDS
    covariance = np.frombuffer(snapshot.covariance, dtype="<f8").reshape(len(models), len(models))
    return Estimate(models, strengths, covariance)


def _odds(estimate: Estimate, first: str, second: str) -> PairOdds:
    return PairOdds(
        first=first,
        second=second,
        probability=round(probability_better(estimate, first, second), 4),
        votes_needed=votes_needed(estimate, first, second),
    )


def _evenly(listed: Sequence[PastBoard], most: int) -> list[PastBoard]:
    if len(listed) <= most:
        return list(listed)
    return [listed[round(place * (len(listed) - 1) / (most - 1))] for place in range(most)]


def _with_standings(past: PastBoard, standings: Sequence[PastStanding]) -> PastBoard:
    return PastBoard(**{**vars(past), "standings": tuple(standings)})
