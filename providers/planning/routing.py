"""Which endpoints a request is offered to, and in which order. Pure: figures come in, chance is passed in.

Every endpoint appears once at most, the ones that lately failed last.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, Literal, get_args

from providers.sheet import Json

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
CHEAPEST_USD: Final = 1e-6
"""A price under it counts as it, so that a free endpoint has a finite weight."""
LEAST_SUCCESS: Final = 0.05
Draw = Callable[[], float]


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One endpoint with what this request would cost there and its figures; None is "not known".

    `success_rate` is in [0, 1], `images_per_minute` what it delivered lately, `rating` its model's on the mode's board.
    """

    endpoint_key: str
    provider: str
    model: str
    price_usd: Decimal | None = None
    worst_case_usd: Decimal | None = None
    images: int = 1
    p50_ms: float | None = None
    p95_ms: float | None = None
    images_per_minute: float | None = None
    success_rate: float | None = None
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
