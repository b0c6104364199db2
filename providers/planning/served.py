"""The catalogue as pictures are planned from it: models by every name, endpoints ready to be called, their figures.

Values; `reading.py` makes them of rows.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from providers.accounts.access import ProviderAccess
from providers.planning.routing import Candidate
from providers.planning.schema.types import ParameterGroup
from providers.pricing import Cost, UnknownCost
from providers.sheet import EndpointSheet, ModelSheet


@dataclass(frozen=True, kw_only=True)
class ServedEndpoint:
    """One endpoint, its sheet with prices in force alone. `obstacle` says why it cannot be called.

    `foreign` are parameters that other providers alone know.
    """

    id: int
    sheet: EndpointSheet
    worst_case_usd: Decimal | None
    access: ProviderAccess | None
    obstacle: str = ""
    foreign: frozenset[str] = frozenset()

    @property
    def key(self) -> str:
        """provider/name."""
        return self.sheet.key

    @property
    def provider(self) -> str:
        """The provider's slug."""
        return self.sheet.provider.slug


@dataclass(frozen=True, kw_only=True)
class ServedModel:
    """A model with its endpoints. `created` and `updated` are seconds since 1970, `groups` its compiled parameters."""

    id: int
    created: int
    sheet: ModelSheet
    endpoints: tuple[ServedEndpoint, ...]
    groups: tuple[ParameterGroup, ...] = field(repr=False)
    is_over: bool = False
    updated: int = 0

    @property
    def slug(self) -> str:
        """Its own, not an alias."""
        return self.sheet.slug

    def sunset_of(self, name: str) -> date | None:
        """The day from which it is answered no more under one of its names; None where nobody says."""
        days = [alias.sunset_on for alias in self.sheet.alias_sunsets if alias.slug == name]
        return min([*days, *([self.sheet.sunset_on] if self.sheet.sunset_on else [])], default=None)

    @property
    def modes(self) -> tuple[str, ...]:
        """What its enabled endpoints serve, in the order the model names them."""
        served = {mode for endpoint in self.endpoints if endpoint.sheet.is_enabled for mode in endpoint.sheet.modes}
        return tuple(mode for mode in self.sheet.modes if mode in served) or tuple(sorted(served))


@dataclass(frozen=True, kw_only=True)
class EndpointFigures:
    """What was measured of an endpoint lately; None is "not known"."""

    p50_ms: float | None = None
    p95_ms: float | None = None
    images_per_minute: float | None = None
    success_rate: float | None = None


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """`by_name` holds slugs and aliases; `ratings` are by model slug and mode; `cooling` by endpoint id."""

    by_name: Mapping[str, ServedModel] = field(repr=False)
    figures: Mapping[int, EndpointFigures] = field(default_factory=dict, repr=False)
    ratings: Mapping[tuple[str, str], float] = field(default_factory=dict, repr=False)
    cooling: frozenset[int] = frozenset()
    version: str = ""

    @property
    def models(self) -> list[ServedModel]:
        """Each once, by slug."""
        return sorted({model.slug: model for model in self.by_name.values()}.values(), key=lambda model: model.slug)

    def endpoint(self, endpoint_id: int | None) -> tuple[ServedModel, ServedEndpoint] | None:
        """With its model; None for one that is not among them."""
        pairs = ((model, endpoint) for model in self.by_name.values() for endpoint in model.endpoints)
        return next((pair for pair in pairs if pair[1].id == endpoint_id), None)

    def candidate(
        self, model: ServedModel, endpoint: ServedEndpoint, mode: str, cost: Cost | UnknownCost, images: int
    ) -> Candidate:
        """The endpoint as routing sees it for this request."""
        figures = self.figures.get(endpoint.id, EndpointFigures())
        return Candidate(
            endpoint_key=endpoint.key,
            provider=endpoint.provider,
            model=model.slug,
            price_usd=cost.total_usd if isinstance(cost, Cost) else None,
            images=images,
            p50_ms=figures.p50_ms,
            p95_ms=figures.p95_ms,
            images_per_minute=figures.images_per_minute,
            success_rate=figures.success_rate,
            worst_case_usd=endpoint.worst_case_usd,
            rating=self.ratings.get((model.slug, mode)),
            is_cooling=endpoint.id in self.cooling,
        )
