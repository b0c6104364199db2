"""A site with as many models as wanted, each sold, measured, pictured and ranked on three boards, and drawn by a run.

And with as many competitions, in all of which the same two models stood against each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import numpy as np
from django.utils import timezone

from arena.models import (
    Board,
    Category,
    Competition,
    Entry,
    Generation,
    Run,
    Schedule,
    ScheduleEntrant,
    Snapshot,
    Standing,
    StoredImage,
    Tally,
)
from providers.models import BudgetCap, Endpoint, ImageModel, PriceComponent, Provider
from providers.telemetry.import_samples import record_samples
from providers.telemetry.roll_up import roll_up_days
from tests.arena.factories import make_creator
from tests.telemetry.factories import make_sample

CALLS = 3
LONG = " of a long name that says everything about itself twice over and then once more" * 2


@dataclass(frozen=True)
class LargeWorld:
    """Boards by kind; `snapshots` are of the competition's board, the older one first."""

    models: list[ImageModel]
    competition: Competition
    boards: dict[str, Board]
    snapshots: list[int]


def make_large_world(number: int) -> LargeWorld:
    """Between the two snapshots of a board every model changed its place."""
    models = _make_models(number)
    competition = Competition.objects.create(title="Large", mode="text-to-image", prompt="A heron", status="open")
    category = Category.objects.create(slug="large", name="Large things", mode="text-to-image")
    competition.categories.add(category)
    _make_record(competition, models)
    _make_offers(models)
    boards = {
        "competition": Board.objects.create(
            key=f"competition-{competition.public_id}",
            kind="competition",
            mode="text-to-image",
            competition=competition,
        ),
        "category": Board.objects.create(
            key="category-large-text-to-image", kind="category", mode="text-to-image", category=category
        ),
        "mode": Board.objects.create(key="mode-text-to-image", kind="mode", mode="text-to-image"),
    }
    _make_competitions(models, category)
    _make_run(competition, models)
    now = timezone.now()
    for board in boards.values():
        older = make_snapshot(board, models[::-1], now - timedelta(days=3), is_current=False)
        newer = make_snapshot(board, models, now, has_covariance=board.kind == "competition")
        if board.kind == "competition":
            snapshots = [older.pk, newer.pk]
    return LargeWorld(models, competition, boards, snapshots)


def _make_models(number: int) -> list[ImageModel]:
    creator = make_creator()
    return ImageModel.objects.bulk_create(
        ImageModel(name=f"Model {n:04}{LONG}"[:200], slug=f"model-{n:04}", creator=creator, modes=["text-to-image"])
        for n in range(number)
    )


def _make_record(competition: Competition, models: list[ImageModel]) -> None:
    """Entries with pictures, whose files are not there, and tallies in a ring and across."""
    pictures = StoredImage.objects.bulk_create(
        StoredImage(
            sha256=f"{n:064x}", file=f"{n}.png", thumbnail=f"{n}.webp", width_px=64, height_px=64, size_bytes=100
        )
        for n in range(len(models))
    )
    record = {"status": "live", "wins": 3, "losses": 3, "ties": 1}
    Entry.objects.bulk_create(
        Entry(competition=competition, model=one, image=picture, **record)
        for one, picture in zip(models, pictures, strict=True)
    )
    Tally.objects.bulk_create(
        Tally(
            **{"competition": competition, "left_model": one, "right_model": models[(n + step) % len(models)]},
            **{"left": 2, "right": 1, "tie": 1},
        )
        for n, one in enumerate(models)
        for step in (1, 7)
    )


def _make_offers(models: list[ImageModel]) -> None:
    """Each model sold by one of two providers, at a price of its own, and called."""
    providers = [Provider.objects.create(slug=slug, name=slug.title()) for slug in ("fal", "replicate")]
    endpoints = Endpoint.objects.bulk_create(
        Endpoint(
            **{"key": f"{providers[n % 2].slug}/{one.slug}", "model": one, "provider": providers[n % 2]},
            **{"provider_model_id": one.slug, "modes": one.modes},
        )
        for n, one in enumerate(models)
    )
    PriceComponent.objects.bulk_create(
        PriceComponent(endpoint=one, metric="image", amount_usd=Decimal(n + 1) / 10_000)
        for n, one in enumerate(endpoints)
    )
    yesterday = timezone.now() - timedelta(days=1)
    record_samples(
        make_sample(one, started_at=yesterday, total_ms=500 + 10 * n + call)
        for n, one in enumerate(endpoints)
        for call in range(CALLS)
    )
    roll_up_days(yesterday.date(), yesterday.date())


def _make_competitions(models: list[ImageModel], category: Category) -> None:
    """One for each model, beside the large one; the fourth model always met the fifth, and both have a picture."""
    first, second, now = models[3], models[4], timezone.now()
    made = Competition.objects.bulk_create(
        Competition(title=f"Competition {n:04}", mode="text-to-image", prompt=f"A heron {LONG}", status="open")
        for n in range(len(models))
    )
    Competition.categories.through.objects.bulk_create(
        Competition.categories.through(competition=one, category=category) for one in made
    )
    Tally.objects.bulk_create(
        Tally(competition=one, left_model=first, right_model=second, left=5, right=3, tie=1) for one in made
    )
    image = StoredImage.objects.first()
    record = {"image": image, "status": "live", "wins": 5, "losses": 3, "ties": 1}
    Entry.objects.bulk_create(Entry(competition=one, model=of, **record) for one in made for of in (first, second))
    boards = Board.objects.bulk_create(
        Board(key=f"competition-{one.public_id}", kind="competition", mode="text-to-image", competition=one)
        for one in made
    )
    figures = {"method": "bradley-terry", "variant": "prior=1", "version": "1", "votes": 9, "ranked_models": 2}
    snapshots = Snapshot.objects.bulk_create(
        Snapshot(board=one, digest="0" * 64, computed_at=now, **figures) for one in boards
    )
    Standing.objects.bulk_create(
        Standing(
            **{"snapshot": one, "model": of, "position": place, "rank": place, "rank_best": 1, "rank_worst": 2},
            **{"rating": 1010.0 - place, "lower": 900.0, "upper": 1100.0, "wins": 5, "losses": 3, "ties": 1},
            **{"both_bad": 0, "mean_opponent": 1000.0, "expected_wins": 4.0},
        )
        for one in snapshots
        for place, of in ((1, first), (2, second))
    )


def _make_run(competition: Competition, models: list[ImageModel]) -> None:
    """A schedule that asks every model, with a run of it, and a budget for as many schedules."""
    schedule = Schedule.objects.create(pk=1, competition=competition, cadence="daily", width_px=1024, height_px=1024)
    ScheduleEntrant.objects.bulk_create(ScheduleEntrant(schedule=schedule, model=one) for one in models)
    run = Run.objects.create(pk=1, schedule=schedule, due_at=timezone.now(), state="running", started_at=timezone.now())
    endpoints = {one.model_id: one for one in Endpoint.objects.all()}
    drawn = {"run": run, "width_px": 64, "height_px": 64, "simulated": True, "planned_usd": Decimal("0.01")}
    Generation.objects.bulk_create(
        Generation(
            **drawn, position=place, model=one, endpoint=endpoints[one.pk], endpoint_key=endpoints[one.pk].key, seed=1
        )
        for place, one in enumerate(models)
    )
    BudgetCap.objects.bulk_create(
        BudgetCap(scope="schedule", subject=str(schedule.pk + n), usd_per_day=1) for n in range(len(models))
    )


def make_snapshot(
    board: Board, ranked: list[ImageModel], at: datetime, *, is_current: bool = True, has_covariance: bool = False
) -> Snapshot:
    """Headline: the models in that order."""
    number = len(ranked)
    fit = {
        "covariance": (np.eye(number) * 0.01).astype("<f8").tobytes(),
        "fitted_models": sorted(one.slug for one in ranked),
    }
    snapshot = Snapshot.objects.create(
        **{"board": board, "method": "bradley-terry", "variant": "prior=1", "version": "1"},
        **{"digest": f"{at.timestamp():064.6f}", "votes": 8 * number, "ranked_models": number},
        **{"computed_at": at, "is_current": is_current},
        **(fit if has_covariance else {}),
    )
    Standing.objects.bulk_create(
        Standing(
            **{"snapshot": snapshot, "model": one, "position": place, "rank": place, "rank_best": place},
            **{"rank_worst": place, "rating": 1500.0 - place / 4, "lower": 1400.0, "upper": 1600.0},
            **{"wins": 3, "losses": 3, "ties": 1, "both_bad": 0, "mean_opponent": 1000.0, "expected_wins": 3.0},
        )
        for place, one in enumerate(ranked, start=1)
    )
    return snapshot
