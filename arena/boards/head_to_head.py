"""Two models against each other: what the tallies, boards and entries say of both. Read side, four queries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import F, FloatField, Q
from django.db.models.functions import Cast

from arena.boards.pairs import read_estimates
from arena.boards.standings import KIND_ORDER, BoardHead
from arena.boards.table import board_head
from arena.models import Entry, Standing, Tally
from arena.models.boards import HEAVY
from arena.models.visibility import public_competition
from arena.rating.comparisons import probability_better
from arena.rating.criteria import OVERALL
from arena.rating.fit import PartialEstimate
from arena.rating.outcomes import UNDECIDED
from arena.rating.scale import POINTS_PER_LOG_ODDS
from providers.models import ImageModel

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
    """Where both stand on one board; `probability` that the first is the stronger one, None where nothing says."""

    head: BoardHead
    votes: int
    first: Standing
    second: Standing
    probability: float | None


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
    """The current headline boards both are on: modes, categories, competitions; most votes first. Two queries."""
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
    rated = {snapshot: _strengths(rows.values(), models) for snapshot, rows in both.items()}
    estimates = read_estimates(
        {snapshot: found for snapshot, found in rated.items() if len(found) == len(models)}, [(first.slug, second.slug)]
    )
    boards = [_shared(rows[first.pk], rows[second.pk], models, estimates.get(key)) for key, rows in both.items()]
    return tuple(sorted(boards, key=lambda one: (KIND_ORDER[one.head.kind], -one.votes, one.head.title, one.head.id)))


def _shared(first: Standing, second: Standing, models: Pair, estimate: PartialEstimate | None) -> SharedBoard:
    slugs = (models[0].slug, models[1].slug)
    return SharedBoard(
        head=board_head(first.snapshot.board),
        votes=first.snapshot.votes,
        first=first,
        second=second,
        # one of them may not be in the fit
        probability=probability_better(estimate, *slugs) if estimate and {*slugs} <= estimate.columns.keys() else None,
    )


def _strengths(standings: Iterable[Standing], models: Pair) -> dict[str, float]:
    """Those that have one, by slug, in log odds."""
    slugs = {model.pk: model.slug for model in models}
    return {slugs[row.model_id]: row.rating / POINTS_PER_LOG_ODDS for row in standings if row.rating is not None}


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
