"""What a request costs, exactly, or why that cannot be said. Pure."""

from providers.pricing.choice import UnknownCost, in_force
from providers.pricing.cost import Cost, CostPart, Estimate, PriceQuote, compute_cost, estimate_for
from providers.pricing.pricing_input import PricingInput, Size, TokenCount, Usage, usage_from
from providers.pricing.starting import (
    DISCOUNTS,
    STANDARD_HEIGHT_PX,
    STANDARD_WIDTH_PX,
    StartingPrice,
    price_tier,
    starting_price,
)

__all__ = [
    "DISCOUNTS",
    "STANDARD_HEIGHT_PX",
    "STANDARD_WIDTH_PX",
    "Cost",
    "CostPart",
    "Estimate",
    "PriceQuote",
    "PricingInput",
    "Size",
    "StartingPrice",
    "TokenCount",
    "UnknownCost",
    "Usage",
    "compute_cost",
    "estimate_for",
    "in_force",
    "price_tier",
    "starting_price",
    "usage_from",
]
