"""What a request costs, exactly, or why that cannot be said. Pure."""

from providers.pricing.choice import Delivery, UnknownCost, in_force
from providers.pricing.cost import Cost, CostPart, Estimate, PriceQuote, compute_cost, estimate_for, micros, set_aside
from providers.pricing.pricing_input import PricingInput, Size, TokenCount, Usage, size_from_text, usage_from
from providers.pricing.quote_record import quote_from_record, quote_to_record, size_from_record, size_to_record
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
    "estimate_for",
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
