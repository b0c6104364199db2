"""Figures of a model as values: reported rows, standings of the arena, pictures it entered, prices over time."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.db.models import F, Q

from arena.boards.table import ModelStanding
from arena.models import Entry
from lumenboard.facts.rows import named
from lumenboard.facts.types import MEASURED, EntryImage, Kind, Origin, PerformanceFacts, StandingFacts
from providers.catalogue.rows import full_price_sheet
from providers.models import PriceComponent, ReportedPerformance, ReportedStanding
from providers.models.reported import Reported
from providers.sheet import Named, PriceSheet
from providers.telemetry.tables import SLIDING, STANDARD, PerformanceLine

WINDOW_DAYS = SLIDING[STANDARD].days
RATE_DIGITS = Decimal("0.000001")
KINDS: dict[str, Kind] = {"mode": "mode", "category": "category", "competition": "competition"}


def reported_origin(row: Reported) -> Origin:
    """Source and day of a reported figure."""
    return Origin(kind="reported", source=row.source, reported_on=row.reported_on)


def reported_performance(row: ReportedPerformance) -> PerformanceFacts:
    """A provider's figures as a card gave them."""
    return PerformanceFacts(
        provider=named(row.provider),
        origin=reported_origin(row),
        simulated=False,
        window_days=row.window_days,
        p50_ms=row.p50_ms,
        p95_ms=row.p95_ms,
        average_ms=row.average_ms,
        ttfb_p50_ms=row.ttfb_p50_ms,
        ttfb_p95_ms=row.ttfb_p95_ms,
        success_rate=None if row.success_percent is None else row.success_percent / 100,
        requests=row.requests,
    )


def measured_performance(line: PerformanceLine) -> PerformanceFacts:
    """A provider's figures over the standard window, from its own calls or the simulator's."""
    total, ttfb, success = line.figures.total, line.figures.ttfb, line.figures.success
    subject = line.subject
    return PerformanceFacts(
        provider=Named(slug=subject.provider_slug, name=subject.provider_name),
        origin=MEASURED,
        simulated=subject.simulated,
        window_days=WINDOW_DAYS,
        p50_ms=total.at(50),
        p95_ms=total.at(95),
        average_ms=total.average_ms,
        ttfb_p50_ms=ttfb.at(50),
        ttfb_p95_ms=ttfb.at(95),
        success_rate=success.rate.quantize(RATE_DIGITS) if success else None,
        requests=line.figures.calls,
        success_lower=success.lower if success else None,
        success_upper=success.upper if success else None,
        withheld=total.withheld,
        note=line.note,
    )


def reported_standing(row: ReportedStanding) -> StandingFacts:
    """A place on a board elsewhere."""
    return StandingFacts(
        kind=KINDS[row.kind],
        title=row.title,
        mode=row.mode,
        origin=reported_origin(row),
        rating=Decimal(row.rating),
        rank=row.rank,
        ranked_models=row.ranked_models,
        wins=row.wins,
        losses=row.losses,
        ties=row.ties,
        image_url=row.image_url,
    )


def measured_standing(standing: ModelStanding, site_url: str, is_demo: bool) -> StandingFacts:
    """A place on one of our boards; figures as published, to two decimals."""
    row = standing.row
    picture = f"{site_url}/images/{standing.image_sha256}" if standing.image_sha256 else ""
    return StandingFacts(
        kind=KINDS[standing.board.kind],
        title=standing.board.title,
        mode=standing.board.mode,
        origin=MEASURED,
        rating=_published(row.rating),
        lower=_published(row.lower),
        upper=_published(row.upper),
        rank=row.rank,
        rank_best=row.rank_best,
        rank_worst=row.rank_worst,
        conditional_lower=_published(row.conditional_lower),
        conditional_upper=_published(row.conditional_upper),
        competitions=row.competitions,
        prompts_withheld=row.prompts_withheld,
        ranked_models=standing.ranked_models,
        wins=row.wins,
        losses=row.losses,
        ties=row.ties,
        both_bad=row.both_bad,
        is_comparable=row.comparable,
        is_demo=is_demo,
        image_url=picture,
        path=standing.board.url,
        prompt=standing.board.prompt,
    )


def entry_image(row: Entry) -> EntryImage:
    """A picture of a competition held here; the entry has an image."""
    if row.image is None:
        raise ValueError(f"entry {row.public_id} has no image")
    return EntryImage(
        competition=row.competition.title,
        competition_path=row.competition.get_absolute_url(),
        prompt=row.competition.prompt,
        mode=row.competition.mode,
        path=row.image.get_absolute_url(),
        thumbnail_path=row.image.thumbnail_url,
        simulated=row.simulated,
        is_demo=row.competition.is_demo,
    )


def _published(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(f"{value:.2f}")


MOST_ROWS: Final = 100


@dataclass(frozen=True, kw_only=True)
class PriceEpoch:
    """A price of one endpoint with the moments between which it holds."""

    endpoint_key: str
    endpoint_source_url: str
    price: PriceSheet


def price_history(model_slug: str) -> tuple[PriceEpoch, ...]:
    """Newest first; of an endpoint without a change nothing, the rest of its prices beside a change."""
    changed = PriceComponent.objects.filter(
        Q(valid_from__isnull=False) | Q(valid_to__isnull=False), endpoint__model__slug=model_slug
    )
    rows = (
        PriceComponent.objects.filter(endpoint__in=changed.values("endpoint"))
        .select_related("endpoint")
        .order_by("endpoint__position", "endpoint_id", F("valid_from").desc(nulls_last=True), "position")
    )
    return tuple(
        PriceEpoch(
            endpoint_key=row.endpoint.key, endpoint_source_url=row.endpoint.source_url, price=full_price_sheet(row)
        )
        for row in rows[:MOST_ROWS]
    )
