"""The prices of one endpoint with the request they are to be computed for, before the call and after it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from providers.pricing.choice import UnknownCost
from providers.pricing.cost import Cost, cost_of
from providers.pricing.pricing_input import PricingInput, Usage
from providers.sheet import PriceSheet


@dataclass(frozen=True)
class PriceQuote:
    """Components in force when the call was planned."""

    prices: tuple[PriceSheet, ...]
    request: PricingInput

    def cost(self, usage: Usage | None = None) -> Cost | UnknownCost:
        """With `usage` what the provider counted is charged; without it what can be said beforehand."""
        return cost_of(self.prices, self.request, usage)
