"""Prices in words, as the Markdown format and the pages print them. Pure."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from providers.pricing import Cost, PricingInput, Size, StartingPrice, UnknownCost, compute_cost, starting_price
from providers.pricing.choice import condition_text
from providers.sheet import EndpointSheet, Json, PriceSheet

DECIMALS: Final = {"megapixel": 4, "token": 2}
USUAL_DECIMALS: Final = 3


def price_text(price: PriceSheet) -> str:
    """`$0.0050/megapixel`, `$0.015/image (quality=medium)`, `$40.00/1000000 tokens (input)`: as cards write prices."""
    amount = dollars(price.amount_usd, DECIMALS.get(price.metric, USUAL_DECIMALS))
    unit = price.metric if price.unit_size == 1 else f"{price.unit_size.normalize():f} {price.metric}s"
    details = ["input"] if price.direction == "input" else []
    details += [f"{key}={condition_text(value)}" for key, value in price.conditions.items()]
    return f"{amount}/{unit}" + (f" ({'; '.join(details)})" if details else "")


def dollars(amount: Decimal, least_decimals: int) -> str:
    """Every digit the amount holds, and at least so many decimals."""
    whole, _, fraction = f"{amount.normalize():f}".partition(".")
    return f"${whole}.{fraction.ljust(least_decimals, '0')}"


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
