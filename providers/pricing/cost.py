"""What a request costs: exact Decimal from tariff components, or UnknownCost with the reason. Pure.

Which components are in force is the caller's business (`in_force`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal, localcontext
from fractions import Fraction
from typing import Any, Final

from providers.pricing.choice import (
    CACHED,
    PICTURE_METRICS,
    DrawnPicture,
    OpenChoice,
    PricingInput,
    Size,
    UnknownCost,
    Usage,
    by_kind,
    price_forms,
    price_that_holds,
)
from providers.sheet import PriceSheet

DIGITS: Final = 50
MOST_REMEMBERED: Final = 4096
AFTER_THE_CALL: Final = {
    "token": "it is charged by token, and the count is known only after the call",
    "second": "it is charged by second, and the time is known only after the call",
}
# Parameters by which a request says how long its output is.
LENGTHS: Final = ("seconds", "duration")
MICROS: Final = Decimal(1_000_000)


@dataclass(frozen=True, kw_only=True)
class CostPart:
    """One component's share: `quantity` units were used, `billed` are charged at `unit_price_usd` each."""

    metric: str
    direction: str
    quantity: Decimal
    billed: Decimal
    unit_price_usd: Decimal
    total_usd: Decimal


@dataclass(frozen=True, kw_only=True)
class Cost:
    """An exact sum with its breakdown."""

    total_usd: Decimal
    parts: tuple[CostPart, ...]


def compute_cost(prices: Sequence[PriceSheet], request: PricingInput, usage: Usage | None = None) -> Cost | UnknownCost:
    """The sum over every kind of price, each by its most specific component that holds.

    A price that is published by tokens and as a table counts once, by the form that gives a sum.
    Tokens and seconds come from `usage` once it is known; before, from what the source says of one picture
    (`units_per_image`) or the request says of itself.
    """
    if not prices:
        return UnknownCost("no price is known")
    if not all(price.condition_stated for price in prices):
        return UnknownCost("its source gives several prices without saying when each holds")
    found = [_sum(groups, request, usage) for groups in price_forms(by_kind(prices), usage)]
    if known := next((one for one in found if isinstance(one, Cost)), None):
        return known
    unknown = [one for one in found if isinstance(one, UnknownCost)]
    bounds = [one.at_most_usd for one in unknown if one.at_most_usd is not None]
    return UnknownCost(unknown[0].reason, max(bounds, default=None))


def _sum(groups: Sequence[Sequence[PriceSheet]], request: PricingInput, usage: Usage | None) -> Cost | UnknownCost:
    parts: list[CostPart] = []
    unknown: list[UnknownCost] = []
    for group in groups:
        found = () if _is_void(group[0], request, usage) else _share(group, request, usage)
        if isinstance(found, UnknownCost):
            unknown.append(found)
        else:
            parts += found
    known = plain(sum((part.total_usd for part in parts), Decimal(0)))
    if unknown:
        bounds = [one.at_most_usd for one in unknown if one.at_most_usd is not None]
        return UnknownCost(unknown[0].reason, sum(bounds, known) if len(bounds) == len(unknown) else None)
    if not parts:
        return UnknownCost(f"no price is stated for {request.size}")
    return Cost(total_usd=known, parts=tuple(parts))


def _share(group: Sequence[PriceSheet], request: PricingInput, usage: Usage | None) -> list[CostPart] | UnknownCost:
    """What one kind of price comes to; of pictures that came in several sizes each is charged by its own."""
    first = group[0]
    by_picture = first.direction == "output" and (
        first.metric in PICTURE_METRICS or (first.metric == "token" and not (usage and usage.tokens))
    )
    if not by_picture or len({picture.listed_as for picture in request.drawn}) < 2:
        return _charged(price_that_holds(group, request), request, usage)
    shares: dict[int, tuple[PriceSheet, list[DrawnPicture]]] = {}
    for picture in request.drawn:
        chosen = price_that_holds(group, replace(request, size=picture.listed_as))
        if not isinstance(chosen, PriceSheet):
            return _charged(chosen, request, usage)
        shares.setdefault(id(chosen), (chosen, []))[1].append(picture)
    parts: list[CostPart] = []
    for chosen, pictures in shares.values():
        found = _charged(chosen, replace(request, images=len(pictures), drawn=tuple(pictures)), usage)
        if isinstance(found, UnknownCost):
            return found
        parts += found
    return parts


def _charged(
    chosen: PriceSheet | OpenChoice | UnknownCost | None, request: PricingInput, usage: Usage | None
) -> list[CostPart] | UnknownCost:
    if chosen is None or isinstance(chosen, UnknownCost):
        return chosen or []
    if isinstance(chosen, OpenChoice):
        return _dearest(chosen, request, usage)
    part = _part(chosen, request, usage)
    return part if isinstance(part, UnknownCost) else [part]


def _dearest(choice: OpenChoice, request: PricingInput, usage: Usage | None) -> list[CostPart] | UnknownCost:
    """Unknown but for its bound; once the call is over and all of them come to the same sum, that sum."""
    parts = [_part(price, request, usage) for price in choice.prices]
    known = [part for part in parts if isinstance(part, CostPart)]
    if len(known) < len(parts):
        return UnknownCost(choice.reason)
    if (usage or request.drawn) and len({part.total_usd for part in known}) == 1:
        return known[:1]
    return UnknownCost(choice.reason, max(part.total_usd for part in known))


def _is_void(price: PriceSheet, request: PricingInput, usage: Usage | None) -> bool:
    """Nothing of the kind is sent along; nothing is taken for cached before the provider says so."""
    if price.metric == "token" and price.conditions.get(CACHED) is True and usage is None:
        return True
    of_pictures = price.metric in PICTURE_METRICS or price.conditions.get("modality") == "image"
    return price.direction == "input" and not request.inputs and of_pictures


def _part(price: PriceSheet, request: PricingInput, usage: Usage | None) -> CostPart | UnknownCost:
    quantities = _quantity(price, request, usage)
    if isinstance(quantities, UnknownCost):
        return quantities
    quantity, rounded = quantities
    billed = max(rounded, Fraction(price.minimum))
    unit_price = Fraction(price.amount_usd) / Fraction(price.unit_size)
    return CostPart(
        metric=price.metric,
        direction=price.direction,
        quantity=_decimal(quantity),
        billed=_decimal(billed),
        unit_price_usd=_decimal(unit_price),
        total_usd=_decimal(billed * unit_price),
    )


def _quantity(price: PriceSheet, request: PricingInput, usage: Usage | None) -> tuple[Fraction, Fraction] | UnknownCost:
    """Units used and units after rounding, which is done picture by picture."""
    pictures = request.inputs if price.direction == "input" else request.outputs
    if price.metric == "request":
        return Fraction(1), Fraction(1)
    if price.metric == "megapixel":
        return _megapixels(price, pictures)
    counted = Fraction(len(pictures)) if price.metric == "image" else _counted(price, request, usage, len(pictures))
    return counted if isinstance(counted, UnknownCost) else (counted, _rounded(counted, price.rounding))


def _megapixels(price: PriceSheet, pictures: Sequence[Size]) -> tuple[Fraction, Fraction]:
    exact = [Fraction(picture.pixels, price.pixels_per_megapixel) for picture in pictures]
    return sum(exact, Fraction(0)), sum((_rounded(units, price.rounding) for units in exact), Fraction(0))


def _counted(price: PriceSheet, request: PricingInput, usage: Usage | None, pictures: int) -> Fraction | UnknownCost:
    """Tokens or seconds: as the provider counted, as the request says, as the source says of one picture."""
    if price.metric == "second":
        seconds = usage.seconds if usage and usage.seconds is not None else _length(request)
        return Fraction(seconds) if seconds is not None else _per_picture(price, pictures)
    modality = price.conditions.get("modality")
    if usage is not None and usage.tokens:
        kinds = [one for one in usage.tokens if one.direction == price.direction]
        if not kinds and price.direction == "output":
            return _per_picture(price, pictures)
        wanted = [one for one in kinds if modality in {None, one.modality}]
        cached = price.conditions.get(CACHED, False)
        return Fraction(sum(one.count for one in wanted if one.cached is cached))
    if price.direction == "input" and modality in {None, "text"} and request.text_tokens is not None:
        return Fraction(request.text_tokens)
    return _per_picture(price, pictures)


def _per_picture(price: PriceSheet, pictures: int) -> Fraction | UnknownCost:
    if price.units_per_image is None:
        return UnknownCost(AFTER_THE_CALL[price.metric])
    return Fraction(price.units_per_image) * pictures


def _length(request: PricingInput) -> Decimal | None:
    for name in LENGTHS:
        value = request.parameters.get(name)
        if isinstance(value, int | float | str) and not isinstance(value, bool):
            try:
                return Decimal(str(value)) * request.images
            except ArithmeticError:
                return None
    return None


def _rounded(units: Fraction, rounding: str) -> Fraction:
    if rounding == "up":
        return Fraction(-(-units.numerator // units.denominator))
    if rounding == "nearest":
        return Fraction((2 * units.numerator + units.denominator) // (2 * units.denominator))
    return units


def _decimal(value: Fraction) -> Decimal:
    """Exact for every denominator of twos and fives; else to fifty digits."""
    with localcontext() as context:
        context.prec = DIGITS
        return plain(Decimal(value.numerator) / Decimal(value.denominator))


def plain(value: Decimal) -> Decimal:
    """Without trailing zeros or an exponent."""
    return Decimal(f"{value.normalize():f}")


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """The sum is rounded up to a whole micro, its components likewise, so no part is understated."""

    total_cost_micros: int
    components: tuple[dict[str, Any], ...]


def estimate_for(cost: Cost, calls: int = 1) -> Estimate:
    """`calls` alike calls; quantities and unit prices are numbers as JSON writes them."""
    return Estimate(
        total_cost_micros=micros(cost.total_usd * calls),
        components=tuple(
            {
                "type": part.direction,
                "metric": part.metric,
                "quantity": _number(part.quantity * calls),
                "billable_quantity": _number(part.billed * calls),
                "unit_price": str(part.unit_price_usd),
                "total_cost": micros(part.total_usd * calls),
            }
            for part in cost.parts
        ),
    )


def micros(amount_usd: Decimal) -> int:
    """Millionths of a dollar, rounded up."""
    return int((amount_usd * MICROS).to_integral_value(rounding=ROUND_CEILING))


def _number(quantity: Decimal) -> int | float:
    return int(quantity) if quantity == quantity.to_integral_value() else float(quantity)
