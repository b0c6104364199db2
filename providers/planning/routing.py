"""The catalogue as pictures are planned from it, and in which order its endpoints are tried. Pure: chance is passed in.

Models stand under every name, endpoints ready to be called, each once in a route; those that lately failed come last.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final, Literal, get_args

from providers.accounts.access import ProviderAccess
from providers.planning.schema.compile import ParameterGroup
from providers.pricing import Cost, UnknownCost
from providers.sheet import EndpointSheet, Json, ModelSheet

Strategy = Literal["weighted", "price", "latency", "throughput", "quality"]
STRATEGIES: Final[tuple[Strategy, ...]] = get_args(Strategy)
ALIASES: Final[Mapping[str, Strategy]] = {
    "simple-shuffle": "weighted",
    "usage-based-routing": "weighted",
    "usage-based-routing-v2": "weighted",
    "cost-based-routing": "price",
    "latency-based-routing": "latency",
}
PERCENTILES: Final = ("p50", "p95")
# A price under it counts as it, so that a free endpoint has a finite weight.
CHEAPEST_USD: Final = 1e-6
LEAST_SUCCESS: Final = 0.05
Draw = Callable[[], float]


@dataclass(frozen=True, kw_only=True)
class EndpointFigures:
    """What was measured of an endpoint lately; None is "not known"."""

    p50_ms: float | None = None
    p95_ms: float | None = None
    images_per_minute: float | None = None
    success_rate: float | None = None


@dataclass(frozen=True, kw_only=True)
class Candidate(EndpointFigures):
    """One endpoint with what this request would cost there and its figures; None is "not known".

    `success_rate` is in [0, 1], `images_per_minute` what it delivered lately, `rating` its model's on the mode's board.
    """

    endpoint_key: str
    provider: str
    model: str
    price_usd: Decimal | None = None
    worst_case_usd: Decimal | None = None
    images: int = 1
    rating: float | None = None
    is_cooling: bool = False


@dataclass(frozen=True, kw_only=True)
class Preference:
    """What the caller wants of the route: the `provider` object, and the prefix of the model's name as `forced`.

    `require_parameters` is followed before the route is made, where parameters are known.
    """

    sort: Strategy = "weighted"
    order: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    allow_fallbacks: bool = True
    require_parameters: bool = False
    max_price_usd: Decimal | None = None
    max_image_price_usd: Decimal | None = None
    preferred_max_latency_ms: Mapping[str, float] = field(default_factory=dict)
    options: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    forced: str = ""


def route(candidates: Sequence[Candidate], preference: Preference, draw: Draw) -> tuple[Candidate, ...]:
    """The endpoints to try, best first; empty when none is allowed. `draw` gives numbers in [0, 1)."""
    unique = {candidate.endpoint_key: candidate for candidate in candidates}
    allowed = [one for one in unique.values() if _is_allowed(one, preference)]
    ranked = _sorted(allowed, preference.sort, draw)
    ranked.sort(key=lambda candidate: _is_slow(candidate, preference))
    ranked.sort(key=lambda candidate: _place(candidate, preference.order))
    ranked.sort(key=lambda candidate: candidate.is_cooling)
    only_first = bool(preference.forced) or not preference.allow_fallbacks
    return tuple(ranked[:1] if only_first else ranked)


def _is_allowed(candidate: Candidate, preference: Preference) -> bool:
    if preference.forced and candidate.provider != preference.forced:
        return False
    if preference.only and candidate.provider not in preference.only:
        return False
    if candidate.provider in preference.ignore:
        return False
    if not preference.allow_fallbacks and preference.order and candidate.provider not in preference.order:
        return False
    return _is_cheap(candidate, preference.max_price_usd, 1) and _is_cheap(
        candidate, preference.max_image_price_usd, candidate.images
    )


def _is_cheap(candidate: Candidate, limit: Decimal | None, shares: int) -> bool:
    """What a price is not known for cannot be promised to stay under a limit."""
    return limit is None or (candidate.price_usd is not None and candidate.price_usd <= limit * shares)


def _is_slow(candidate: Candidate, preference: Preference) -> bool:
    """Over a latency that was preferred; what was never measured counts as slow."""
    measured = {"p50": candidate.p50_ms, "p95": candidate.p95_ms}
    limits = preference.preferred_max_latency_ms.items()
    return any((taken := measured[name]) is None or taken > most for name, most in limits)


def _place(candidate: Candidate, order: Sequence[str]) -> int:
    return order.index(candidate.provider) if candidate.provider in order else len(order)


def _sorted(candidates: Sequence[Candidate], strategy: Strategy, draw: Draw) -> list[Candidate]:
    """Unknown figures come last; what is equal is ordered by price, by worst case and by key."""
    if strategy == "weighted":
        return _shuffled(sorted(candidates, key=lambda candidate: candidate.endpoint_key), draw)
    figure: Mapping[str, Callable[[Candidate], float | None]] = {
        "price": lambda candidate: None if candidate.price_usd is None else float(candidate.price_usd),
        "latency": lambda candidate: candidate.p50_ms,
        "throughput": lambda candidate: _negative(candidate.images_per_minute),
        "quality": lambda candidate: _negative(candidate.rating),
    }

    def rank(candidate: Candidate) -> tuple[float, float, float, str]:
        value, price, worst = figure[strategy](candidate), candidate.price_usd, candidate.worst_case_usd
        return (
            float("inf") if value is None else value,
            float("inf") if price is None else float(price),
            float("inf") if worst is None else float(worst),
            candidate.endpoint_key,
        )

    return sorted(candidates, key=rank)


def _negative(value: float | None) -> float | None:
    return None if value is None else -value


def _shuffled(candidates: list[Candidate], draw: Draw) -> list[Candidate]:
    """Drawn without putting back, each by its weight among those that are left."""
    weights = dict(zip([candidate.endpoint_key for candidate in candidates], draw_weights(candidates), strict=True))
    left, drawn = list(candidates), []
    while left:
        point = draw() * sum(weights[candidate.endpoint_key] for candidate in left)
        chosen = left[-1]
        for candidate in left:
            point -= weights[candidate.endpoint_key]
            if point < 0:
                chosen = candidate
                break
        left.remove(chosen)
        drawn.append(chosen)
    return drawn


def draw_weights(candidates: Sequence[Candidate]) -> list[float]:
    """1/price² times the success rate, over the largest: how often each is tried first.

    An unknown price counts as the highest one known, an unknown success rate as 1.
    """
    known = [max(float(c.price_usd), CHEAPEST_USD) for c in candidates if c.price_usd is not None]
    highest, lowest = (max(known), min(known)) if known else (1.0, 1.0)

    def weight(candidate: Candidate) -> float:
        price = highest if candidate.price_usd is None else max(float(candidate.price_usd), CHEAPEST_USD)
        success = 1.0 if candidate.success_rate is None else max(candidate.success_rate, LEAST_SUCCESS)
        # Relative to the lowest price, so that nothing overflows.
        return (lowest / price) ** 2 * success

    return [weight(candidate) for candidate in candidates]


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
            **vars(figures),
            worst_case_usd=endpoint.worst_case_usd,
            rating=self.ratings.get((model.slug, mode)),
            is_cooling=endpoint.id in self.cooling,
        )
