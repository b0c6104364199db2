"""What is known of providers: their endpoints with prices, and the performance reported of them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from lumenboard.facts import figures, rows
from lumenboard.facts.assembly import STANDARD_SIZE
from lumenboard.facts.types import PerformanceFacts
from providers.models import Endpoint, ImageModel, Provider, ReportedPerformance
from providers.pricing import Cost, Size, UnknownCost, defaults_of, image_cost
from providers.sheet import TEXT_TO_IMAGE, EndpointSheet, Named
from providers.telemetry.reading import endpoint_name, performance_for
from providers.telemetry.tables import STANDARD, sliding_window


@dataclass(frozen=True, kw_only=True)
class SoldEndpoint:
    """An endpoint as its provider sells it; `image_cost` is one image of the standard size in its first mode."""

    sheet: EndpointSheet
    model: Named
    model_path: str
    model_is_demo: bool
    image_cost: Cost | UnknownCost


@dataclass(frozen=True, kw_only=True)
class ModelPerformance:
    """Figures of one model at the provider."""

    model: Named
    model_path: str
    figures: PerformanceFacts


@dataclass(frozen=True, kw_only=True)
class ProviderFacts:
    """One provider; `performance` is empty in lists."""

    slug: str
    name: str
    website_url: str
    is_demo: bool
    endpoints: tuple[SoldEndpoint, ...]
    performance: tuple[ModelPerformance, ...] = ()

    @property
    def path(self) -> str:
        """Canonical path."""
        return f"/providers/{self.slug}"

    @property
    def models(self) -> tuple[Named, ...]:
        """Distinct models on sale."""
        return tuple(dict.fromkeys(endpoint.model for endpoint in self.endpoints))

    @property
    def modes(self) -> tuple[str, ...]:
        """Distinct modes served."""
        return tuple(dict.fromkeys(mode for endpoint in self.endpoints for mode in endpoint.sheet.modes))

    @property
    def starting_usd(self) -> Decimal | None:
        """The least one image of the standard size costs here; None when unknown."""
        known = [e.image_cost.total_usd for e in self.endpoints if isinstance(e.image_cost, Cost)]
        return min(known, default=None)

    @property
    def price_size(self) -> Size:
        """The size the starting price is for."""
        return STANDARD_SIZE


def list_providers() -> tuple[ProviderFacts, ...]:
    """Every provider by name; four queries."""
    return tuple(_facts(row) for row in _loaded().order_by("name"))


def provider_facts(slug: str) -> ProviderFacts | None:
    """One provider with what was measured and what is reported of it; six queries."""
    row = _loaded().filter(slug=slug).first()
    if row is None:
        return None
    reported = ReportedPerformance.objects.filter(provider=row).select_related("provider", "model__creator")
    return replace(_facts(row), performance=_performance(row, reported.order_by("model__name")))


def _loaded() -> QuerySet[Provider]:
    found = rows.endpoints_with_prices().select_related("provider", "model__creator").prefetch_related("parameters")
    endpoints = found.order_by("model__name", "key")
    return Provider.objects.prefetch_related(Prefetch("endpoints", queryset=endpoints))


def part_of(facts: ProviderFacts, first: int, most: int) -> ProviderFacts:
    """So many endpoints from a place on, and the performance of their models; the whole where it is no more."""
    endpoints = facts.endpoints[first : first + most]
    if len(endpoints) == len(facts.endpoints):
        return facts
    models = {row.model.slug for row in endpoints}
    performance = tuple(row for row in facts.performance if row.model.slug in models)
    return replace(facts, endpoints=endpoints, performance=performance)


def _performance(row: Provider, reported: Iterable[ReportedPerformance]) -> tuple[ModelPerformance, ...]:
    """By model; a report yields to calls measured of the same model, not to simulated ones."""
    endpoints = list(row.endpoints.all())
    models = {endpoint.model.slug: endpoint.model for endpoint in endpoints}
    names = [endpoint_name(endpoint, endpoint.model) for endpoint in endpoints]
    lines = performance_for(names, sliding_window(STANDARD, timezone.now()), by=("model", "provider")).lines
    measured = [_of_model(models[line.subject.model_slug], figures.measured_performance(line)) for line in lines]
    real = {one.model.slug for one in measured if not one.figures.simulated}
    rest = [_of_model(one.model, figures.reported_performance(one)) for one in reported if one.model.slug not in real]
    return tuple(sorted([*measured, *rest], key=lambda one: (one.model.name, one.figures.simulated)))


def _of_model(model: ImageModel, found: PerformanceFacts) -> ModelPerformance:
    return ModelPerformance(model=rows.named(model), model_path=model.get_absolute_url(), figures=found)


def _facts(row: Provider) -> ProviderFacts:
    return ProviderFacts(
        slug=row.slug,
        name=row.name,
        website_url=row.website_url,
        is_demo=row.is_demo,
        endpoints=tuple(_sold(endpoint) for endpoint in row.endpoints.all()),
    )


def _sold(row: Endpoint) -> SoldEndpoint:
    sheet = rows.endpoint_sheet(row)
    mode = sheet.modes[0] if sheet.modes else TEXT_TO_IMAGE
    return SoldEndpoint(
        sheet=sheet,
        model=rows.named(row.model),
        model_path=row.model.get_absolute_url(),
        model_is_demo=row.model.is_demo,
        image_cost=image_cost(sheet.prices, mode, STANDARD_SIZE, defaults_of(sheet)),
    )
