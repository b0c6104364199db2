"""What one picture costs, the least it does, and which endpoint is cheapest at which size. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise, product
from typing import Final

from providers.pricing.choice import KIND_KEYS, PricingInput, Size, UnknownCost, values_of
from providers.pricing.cost import Cost, compute_cost
from providers.sheet import IMAGE_EDIT, TEXT_TO_IMAGE, EndpointSheet, Json, PriceSheet

STANDARD_WIDTH_PX: Final = 1024
STANDARD_HEIGHT_PX: Final = 1024
# A "from" price is for one ordinary call, not for a discount that needs a queue or a cache.
DISCOUNTS: Final = frozenset({"batch", "cached"})
TIERS: Final = ((Decimal("0.012"), "$"), (Decimal("0.04"), "$$"), (Decimal("0.08"), "$$$"))


@dataclass(frozen=True, kw_only=True)
class StartingPrice:
    """The least one image costs at `size` in `mode`; `endpoint_keys` all charge it, `parameters` are what it needs."""

    amount_usd: Decimal
    size: Size
    mode: str
    endpoint_keys: tuple[str, ...]
    parameters: tuple[tuple[str, Json], ...] = ()


def starting_price(
    endpoints: Iterable[EndpointSheet],
    width_px: int = STANDARD_WIDTH_PX,
    height_px: int = STANDARD_HEIGHT_PX,
    mode: str = TEXT_TO_IMAGE,
) -> StartingPrice | None:
    """The least cost of one image in `mode` over all enabled endpoints and stated conditions; None when unknown.

    The tokens of a prompt, which differ from prompt to prompt, are left out.
    """
    size = Size(width_px=width_px, height_px=height_px)
    inputs = (size,) if mode == IMAGE_EDIT else ()
    offers: list[tuple[Decimal, str, tuple[tuple[str, Json], ...]]] = []
    for endpoint in endpoints:
        if not endpoint.is_enabled or mode not in endpoint.modes:
            continue
        for parameters in parameter_choices(endpoint.prices):
            cost = compute_cost(
                endpoint.prices, PricingInput(size=size, inputs=inputs, parameters=parameters, text_tokens=0)
            )
            if isinstance(cost, Cost):
                offers.append((cost.total_usd, endpoint.key, tuple(parameters.items())))
    if not offers:
        return None
    least = min(offer[0] for offer in offers)
    cheapest = [offer for offer in offers if offer[0] == least]
    keys = tuple(dict.fromkeys(key for _, key, _ in cheapest))
    return StartingPrice(amount_usd=least, size=size, mode=mode, endpoint_keys=keys, parameters=cheapest[0][2])


def image_cost(
    prices: Sequence[PriceSheet], mode: str, size: Size, defaults: Mapping[str, Json] | None = None
) -> Cost | UnknownCost:
    """One image in a mode, parameters at the endpoint's `defaults`; an edit sends one picture of the same size."""
    inputs = (size,) if mode == "image-edit" else ()
    return compute_cost(prices, PricingInput(size=size, inputs=inputs, parameters=defaults or {}))


def defaults_of(endpoint: EndpointSheet) -> dict[str, Json]:
    """What the endpoint takes for parameters that a request leaves out; empty where its parameters are not loaded."""
    return {row.name: row.default for row in endpoint.parameters if row.default is not None}


def headline_price(endpoints: Sequence[EndpointSheet], modes: Sequence[str]) -> StartingPrice | None:
    """The starting price in the first of the modes that has one."""
    found = (starting_price(endpoints, mode=mode) for mode in modes)
    return next((price for price in found if price is not None), None)


def price_tier(amount_usd: Decimal) -> str:
    """`$` to `$$$$` for the price of one standard image."""
    return next((tier for highest, tier in TIERS if amount_usd <= highest), "$$$$")


def parameter_choices(prices: Sequence[PriceSheet]) -> Iterator[dict[str, Json]]:
    """Every combination of the parameter values that prices are conditioned on, and none of them."""
    values: dict[str, list[Json]] = {}
    for price in prices:
        for key, value in price.conditions.items():
            # A size and its tier are given; a kind of token is no parameter.
            given = key in {"size", "resolution"} or (price.metric == "token" and key in KIND_KEYS)
            if not given and key not in DISCOUNTS:
                known = values.setdefault(key, [])
                known += [one for one in values_of(value) if one not in known]
    keys = list(values)
    yield {}
    for choice in product(*values.values()) if keys else ():
        yield dict(zip(keys, choice, strict=True))


# An endpoint with more of them is compared by its first ones.
MOST_CURVES: Final = 12


@dataclass(frozen=True, kw_only=True)
class PricedEndpoint:
    """An endpoint's prices in force and the mode they are asked for."""

    key: str
    mode: str
    prices: tuple[PriceSheet, ...]


@dataclass(frozen=True, kw_only=True)
class CostCurve:
    """What one picture costs at one endpoint with some parameters, size by size; None where that is unknown."""

    key: str
    parameters: tuple[tuple[str, Json], ...]
    costs_usd: tuple[Decimal | None, ...]


@dataclass(frozen=True, kw_only=True)
class CheapestSpan:
    """Neighbouring sizes at which the same endpoints are the cheapest; `crosses_at` is where it begins, in pixels.

    `crosses_at` is exact where both curves grow evenly between the two sizes, as prices by megapixel and by image do;
    0 at the smallest size.
    """

    curves: tuple[CostCurve, ...]
    crosses_at: int


def cost_curves(offers: Iterable[PricedEndpoint], sizes: Sequence[Size]) -> tuple[CostCurve, ...]:
    """Those whose cost is known somewhere, by endpoint; of those that always cost the same the first."""
    found: list[CostCurve] = []
    for offer in offers:
        own: dict[tuple[Decimal | None, ...], CostCurve] = {}
        for parameters in parameter_choices(offer.prices):
            costs = tuple(_cost(offer, size, parameters) for size in sizes)
            if any(cost is not None for cost in costs) and len(own) < MOST_CURVES:
                curve = CostCurve(key=offer.key, parameters=tuple(parameters.items()), costs_usd=costs)
                own.setdefault(costs, curve)
        found.extend(own.values())
    return tuple(found)


def cheapest_at(curves: Sequence[CostCurve], place: int) -> tuple[CostCurve, ...]:
    """The cheapest at one of the sizes; all of them where several cost the same, none where no cost is known."""
    known = [cost for one in curves if (cost := one.costs_usd[place]) is not None]
    return tuple(one for one in curves if known and one.costs_usd[place] == min(known))


def cheapest_spans(curves: Sequence[CostCurve], sizes: Sequence[Size]) -> tuple[CheapestSpan, ...]:
    """The cheapest from the smallest of the sizes to the largest; sizes without a known cost are left out."""
    places = [(place, least) for place in range(len(sizes)) if (least := cheapest_at(curves, place))]
    spans = [CheapestSpan(curves=least, crosses_at=0) for _, least in places[:1]]
    for (before, old), (after, new) in pairwise(places):
        if old != new:
            spans.append(CheapestSpan(curves=new, crosses_at=_crossing(old[0], new[0], sizes, before, after)))
    return tuple(spans)


def _cost(offer: PricedEndpoint, size: Size, parameters: dict[str, Json]) -> Decimal | None:
    """An edit sends one picture of the same size; the tokens of a prompt are left out."""
    inputs = (size,) if offer.mode == IMAGE_EDIT else ()
    cost = compute_cost(offer.prices, PricingInput(size=size, inputs=inputs, parameters=parameters, text_tokens=0))
    return cost.total_usd if isinstance(cost, Cost) else None


def _crossing(old: CostCurve, new: CostCurve, sizes: Sequence[Size], before: int, after: int) -> int:
    """Pixels at which two straight lines meet; the later size where one of them is not known at both ends."""
    ends = old.costs_usd[before], new.costs_usd[before], old.costs_usd[after], new.costs_usd[after]
    low, high = sizes[before].pixels, sizes[after].pixels
    if None in ends:
        return high
    lead, lag = (Decimal(ends[1] or 0) - Decimal(ends[0] or 0)), (Decimal(ends[2] or 0) - Decimal(ends[3] or 0))
    return round(low + (high - low) * lead / (lead + lag)) if lead + lag else high
