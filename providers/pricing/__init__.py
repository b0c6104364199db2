"""What a request costs, exactly, or why that cannot be said. Pure."""

from providers.pricing.choice import PricingInput, Size, TokenCount, UnknownCost, Usage, in_force, size_from_text
from providers.pricing.cost import Cost, CostPart, Estimate, compute_cost, estimate_for, micros
from providers.pricing.quote import (
    Delivery,
    PriceQuote,
    quote_from_record,
    quote_to_record,
    set_aside,
    size_from_record,
    size_to_record,
    usage_from,
)
from providers.pricing.starting import (
    DISCOUNTS,
    STANDARD_HEIGHT_PX,
    STANDARD_WIDTH_PX,
    StartingPrice,
    defaults_of,
    headline_price,
    image_cost,
    price_tier,
    starting_price,
)

__all__ = [
    "DISCOUNTS",
    "STANDARD_HEIGHT_PX",
    "STANDARD_WIDTH_PX",
    "Cost",
    "CostPart",
    "Delivery",
    "Estimate",
    "PriceQuote",
    "PricingInput",
    "Size",
    "StartingPrice",
    "TokenCount",
    "UnknownCost",
    "Usage",
    "compute_cost",
    "defaults_of",
    "estimate_for",
    "headline_price",
    "image_cost",
    "in_force",
    "micros",
    "price_tier",
    "quote_from_record",
    "quote_to_record",
    "set_aside",
    "size_from_record",
    "size_from_text",
    "size_to_record",
    "starting_price",
    "usage_from",
]
