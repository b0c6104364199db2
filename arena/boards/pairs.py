"""What is asked about pairs of a board's models, from the fit its headline snapshot keeps. Read side, few queries.

A covariance is 32 MB for 2,000 models, so PostgreSQL cuts out what the pairs need: a row for each, and variances.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, combinations
from typing import Any, Final

import numpy as np
from django.db import connection
from django.db.models import Exists, F, FloatField, OuterRef, Q
from django.db.models.functions import Cast

from arena.boards.claims import PairVerdict
from arena.boards.standings import KIND_ORDER, BoardHead
from arena.boards.table import board_head
from arena.boards.verdicts import verdicts_on_boards
from arena.models import Board, Entry, Snapshot, Standing, Tally
from arena.models.boards import HEAVY
from arena.models.visibility import public_competition
from arena.rating.bradley_terry import probability_better, votes_needed
from arena.rating.chances import POINTS_PER_LOG_ODDS
from arena.rating.criteria import OVERALL
from arena.rating.fit import PartialEstimate
from arena.rating.tallies import UNDECIDED
from providers.models import ImageModel

Slugs = tuple[str, str]
# a float64 has eight bytes; the row and the variance of a model begin at these
PARTS: Final = """
SELECT s.id, f.slug, f.place, substring(s.covariance FROM 8 * f.place * (f.size + 1) + 1 FOR 8),
    CASE WHEN f.slug = ANY(%s) THEN substring(s.covariance FROM 8 * f.place * f.size + 1 FOR 8 * f.size) END
FROM arena_snapshot s CROSS JOIN LATERAL (
    SELECT slug, place::int - 1 AS place, cardinality(s.fitted_models) AS size
    FROM unnest(s.fitted_models) WITH ORDINALITY AS fitted(slug, place)
    WHERE slug = ANY(%s)
) AS f
WHERE s.id = ANY(%s) AND s.covariance IS NOT NULL
"""


@dataclass(frozen=True, kw_only=True)
class PairOdds:
    """The higher rated one first; `votes_needed` None where they are level."""

    first: str
    second: str
    probability: float
    votes_needed: int | None


@dataclass(frozen=True)
class BoardPairs:
    """What can be asked about pairs of a board. `order` is its rated models, the best first."""

    digest: str | None
    order: tuple[str, ...]
    snapshot_id: int | None
    strengths: Mapping[str, float]

    def all(self, model: str = "") -> Iterator[Slugs]:
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

    def odds(self, pairs: Iterable[Slugs]) -> list[PairOdds]:
        """Of pairs of `order`, in each the higher rated one first. One query."""
        asked = list(pairs)
        estimate = self.estimate(asked)
        return [_odds(estimate, *pair) for pair in asked]

    def estimate(self, pairs: Collection[Slugs]) -> PartialEstimate:
        """What answers questions about these pairs of `order`. One query."""
        if self.snapshot_id is None or not pairs:
            return PartialEstimate(strengths={}, variances={}, rows={}, columns={})
        return read_estimates({self.snapshot_id: self.strengths}, pairs)[self.snapshot_id]


NO_PAIRS: Final = BoardPairs(None, (), None, {})


def board_pairs(board: Board) -> BoardPairs:
    """By the current headline snapshot. Two queries."""
    current = Snapshot.objects.current_headline().filter(board=board, covariance__isnull=False)
    snapshot = current.only("digest", "fitted_models").first()
    if snapshot is None:
        return NO_PAIRS
    hides = Exists(board.unannounced_models().filter(pk=OuterRef("model")))
    rated = Standing.objects.filter(snapshot=snapshot, rating__isnull=False).annotate(is_hidden=hides)
    rows = {slug: row for slug, *row in rated.values_list("model__slug", "rating", "is_hidden")}
    if set(rows) != set(snapshot.fitted_models):  # a model was renamed since; the next recompute knows it
        return NO_PAIRS
    strengths = {slug: (rows[slug][0] or 0.0) / POINTS_PER_LOG_ODDS for slug in snapshot.fitted_models}
    # equals stand in the order of the fit, which is that of slugs
    order = sorted(strengths, key=strengths.__getitem__, reverse=True)
    return BoardPairs(snapshot.digest, tuple(slug for slug in order if not rows[slug][1]), snapshot.pk, strengths)


def read_estimates(
    strengths: Mapping[int, Mapping[str, float]], pairs: Collection[Slugs]
) -> dict[int, PartialEstimate]:
    """By snapshot, of those that keep a covariance, as much as the pairs need. One query.

    `strengths`, in log odds, say which snapshots and of which models.
    """
    wanted, rows = sorted({slug for pair in pairs for slug in pair}), _rows_for(pairs)
    found: dict[int, dict[str, dict[str, Any]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(PARTS, [rows, wanted, list(strengths)])
        for snapshot, slug, column, variance, row in cursor.fetchall():
            parts = found.setdefault(snapshot, {"variances": {}, "rows": {}, "columns": {}})
            parts["columns"][slug] = column
            parts["variances"][slug] = float(np.frombuffer(variance, dtype="<f8")[0])
            if row is not None:
                parts["rows"][slug] = np.frombuffer(row, dtype="<f8")
    return {key: PartialEstimate(strengths=strengths[key], **parts) for key, parts in found.items()}


def _rows_for(pairs: Collection[Slugs]) -> list[str]:
    """Models of which each pair has one, few of them: those that most pairs have first."""
    count = Counter(slug for pair in pairs for slug in pair)
    rows: set[str] = set()
    for pair in sorted(pairs, key=lambda pair: -max(count[slug] for slug in pair)):
        if rows.isdisjoint(pair):
            rows.add(max(pair, key=lambda slug: count[slug]))
    return sorted(rows)


def _odds(estimate: PartialEstimate, first: str, second: str) -> PairOdds:
    return PairOdds(
        first=first,
        second=second,
        probability=round(probability_better(estimate, first, second), 4),
        votes_needed=votes_needed(estimate, first, second),
    )


Pair = tuple[ImageModel, ImageModel]


@dataclass(frozen=True, kw_only=True)
class HeadToHead:
    """Battles of the two alone; `ties` hold `both_bad`."""

    title: str
    url: str
    wins: int
    ties: int
    both_bad: int
    losses: int
    is_demo: bool
    prompt: str = ""

    @property
    def battles(self) -> int:
        return self.wins + self.ties + self.losses

    @property
    def even(self) -> int:
        """Ties that were not both bad."""
        return self.ties - self.both_bad


@dataclass(frozen=True, kw_only=True)
class SharedBoard:
    """Where both stand on one board; what is decided about them there, None where one is not rated."""

    head: BoardHead
    votes: int
    first: Standing
    second: Standing
    verdict: PairVerdict | None


def head_to_head(models: Pair) -> tuple[HeadToHead, ...]:
    """Seen from the first model, by competition title. One query."""
    first, second = models
    between = Q(left_model=first, right_model=second) | Q(left_model=second, right_model=first)
    shown = Tally.objects.filter(between, criterion=OVERALL).filter(public_competition("competition__"))
    tallies = shown.select_related("competition").order_by("competition__title", "competition")
    found: dict[int, HeadToHead] = {}
    for tally in tallies:
        straight = tally.left_model_id == first.pk
        before = found.get(tally.competition_id)
        found[tally.competition_id] = HeadToHead(
            title=tally.competition.title,
            url=tally.competition.get_absolute_url(),
            wins=(before.wins if before else 0) + (tally.left if straight else tally.right),
            losses=(before.losses if before else 0) + (tally.right if straight else tally.left),
            ties=(before.ties if before else 0) + sum(getattr(tally, name) for name in UNDECIDED),
            both_bad=(before.both_bad if before else 0) + tally.both_bad,
            is_demo=tally.competition.is_demo,
            prompt=tally.competition.prompt,
        )
    return tuple(one for one in found.values() if one.battles)


def shared_boards(models: Pair) -> tuple[SharedBoard, ...]:
    """The current headline boards both are on: modes, categories, competitions; most votes first. Four queries."""
    standings = (
        Standing.objects.public()
        .current_headline()
        .filter(model__in=models)
        .select_related("snapshot__board__category", "snapshot__board__competition")
    )
    held: dict[int, dict[int, Standing]] = {}
    for standing in standings.defer(*(f"snapshot__{name}" for name in (*HEAVY, "findings"))):
        held.setdefault(standing.snapshot_id, {})[standing.model_id] = standing
    both = {snapshot: rows for snapshot, rows in held.items() if len(rows) == len(models)}
    first, second = models
    slugs = {model.pk: model.slug for model in models}
    rated = {
        row.snapshot.board: {slugs[key]: row for key, row in rows.items()}
        for rows in both.values()
        for row in rows.values()
        if all(one.rating is not None for one in rows.values())
    }
    verdicts = verdicts_on_boards((first.slug, second.slug), rated) if rated else {}
    boards = [_shared(rows[first.pk], rows[second.pk], verdicts) for rows in both.values()]
    return tuple(sorted(boards, key=lambda one: (KIND_ORDER[one.head.kind], -one.votes, one.head.title, one.head.id)))


def _shared(first: Standing, second: Standing, verdicts: Mapping[Board, PairVerdict]) -> SharedBoard:
    return SharedBoard(
        head=board_head(first.snapshot.board),
        votes=first.snapshot.votes,
        first=first,
        second=second,
        verdict=verdicts.get(first.snapshot.board),
    )


def strongest_entries(models: Pair) -> tuple[tuple[Entry, Entry], ...]:
    """Per shared competition the entry of each of highest strength, which PostgreSQL computes here. One query."""
    strength = Cast(F("wins") * 2 + F("ties") + 2, FloatField()) / (F("wins") + F("losses") + F("ties") + 2)
    shown = Entry.objects.pictured().filter(model__in=models)
    best = shown.order_by("competition_id", "model_id", -strength, "id").distinct("competition_id", "model_id")
    return _paired(best.select_related("image", "competition"), models)


def _paired(entries: Iterable[Entry], models: Pair) -> tuple[tuple[Entry, Entry], ...]:
    held: dict[int, dict[int, Entry]] = {}
    for entry in entries:
        held.setdefault(entry.competition_id, {})[entry.model_id] = entry
    first, second = models
    pairs = [(found[first.pk], found[second.pk]) for found in held.values() if len(found) == len(models)]
    return tuple(sorted(pairs, key=lambda pair: (pair[0].competition.title, pair[0].competition_id)))
