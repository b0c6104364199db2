"""What one picture costs, and the least it does: for which size, with which parameters, of which tier. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from typing import Final

from providers.modes import IMAGE_EDIT, TEXT_TO_IMAGE
from providers.pricing.choice import KIND_KEYS, PricingInput, Size, UnknownCost, values_of
from providers.pricing.cost import Cost, compute_cost
from providers.sheet import EndpointSheet, Json, PriceSheet

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
