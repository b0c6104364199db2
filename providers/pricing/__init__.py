"""What a request costs, exactly, or why that cannot be said. Pure."""

from providers.pricing.choice import Unknown, in_force
from providers.pricing.cost import Cost, CostPart, cost_of
from providers.pricing.estimate import Estimate, estimate_of
from providers.pricing.order import Order, Size, TokenCount, Usage, usage_from
from providers.pricing.starting import (
    DISCOUNTS,
    STANDARD_HEIGHT_PX,
    STANDARD_WIDTH_PX,
    StartingPrice,
    price_tier,
    starting_price,
)
from providers.pricing.tariff import Tariff

__all__ = [
    "DISCOUNTS",
    "STANDARD_HEIGHT_PX",
    "STANDARD_WIDTH_PX",
    "Cost",
    "CostPart",
    "Estimate",
    "Order",
    "Size",
    "StartingPrice",
    "Tariff",
    "TokenCount",
    "Unknown",
    "Usage",
    "cost_of",
    "estimate_of",
    "in_force",
    "price_tier",
    "starting_price",
    "usage_from",
]
