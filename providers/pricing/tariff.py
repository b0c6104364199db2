"""The prices of one endpoint with the request they are to be computed for, before the call and after it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from providers.pricing.choice import Unknown
from providers.pricing.cost import Cost, cost_of
from providers.pricing.order import Order, Usage
from providers.sheet import PriceSheet


@dataclass(frozen=True)
class Tariff:
    """Components in force when the call was planned."""

    prices: tuple[PriceSheet, ...]
    order: Order

    def cost(self, usage: Usage | None = None) -> Cost | Unknown:
        """With `usage` what the provider counted is charged; without it what can be said beforehand."""
        return cost_of(self.prices, self.order, usage)
