"""One picture at growing sizes under every price of some endpoints: the cheapest, and where that changes. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Final

from providers.modes import IMAGE_EDIT
from providers.pricing.choice import PricingInput, Size
from providers.pricing.cost import Cost, compute_cost
from providers.pricing.starting import parameter_choices
from providers.sheet import Json, PriceSheet

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
