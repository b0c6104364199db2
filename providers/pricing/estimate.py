"""A cost as a dry run states it: whole millionths of a dollar, so that no reader adds floats. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Any, Final

from providers.pricing.cost import Cost

MICROS: Final = Decimal(1_000_000)


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """The sum is rounded up to a whole micro, its components likewise, so no part is understated."""

    total_cost_micros: int
    components: tuple[dict[str, Any], ...]


def estimate_for(cost: Cost, calls: int = 1) -> Estimate:
    """`calls` alike calls; quantities and unit prices are numbers as JSON writes them."""
    return Estimate(
        total_cost_micros=_micros(cost.total_usd * calls),
        components=tuple(
            {
                "type": part.direction,
                "metric": part.metric,
                "quantity": _number(part.quantity * calls),
                "billable_quantity": _number(part.billed * calls),
                "unit_price": str(part.unit_price_usd),
                "total_cost": _micros(part.total_usd * calls),
            }
            for part in cost.parts
        ),
    )


def _micros(amount_usd: Decimal) -> int:
    return int((amount_usd * MICROS).to_integral_value(rounding=ROUND_CEILING))


def _number(quantity: Decimal) -> int | float:
    return int(quantity) if quantity == quantity.to_integral_value() else float(quantity)
