"""What a request costs: exact Decimal from tariff components, or Unknown with the reason. Pure.

Which components are in force today is the caller's business; tokens and seconds are not priced before the call.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import product
from typing import Final

from providers.catalogue.sheet import EndpointSheet, Json, PriceSheet
from providers.modes import IMAGE_EDIT, TEXT_TO_IMAGE

STANDARD_WIDTH_PX: Final = 1024
STANDARD_HEIGHT_PX: Final = 1024
DIGITS: Final = 50
AFTER_THE_CALL: Final = {
    "token": "it is charged by token, and the count is known only after the call",
    "second": "it is charged by second, and the time is known only after the call",
}
# A "from" price is for one ordinary call, not for a discount that needs a queue or a cache.
DISCOUNTS: Final = frozenset({"batch", "cached"})
TIERS: Final = ((Decimal("0.012"), "$"), (Decimal("0.04"), "$$"), (Decimal("0.08"), "$$$"))


@dataclass(frozen=True, kw_only=True)
class Size:
    """Width and height of one picture."""

    width_px: int
    height_px: int

    @property
    def pixels(self) -> int:
        """Width times height."""
        return self.width_px * self.height_px

    def __str__(self) -> str:
        return f"{self.width_px}x{self.height_px}"


@dataclass(frozen=True, kw_only=True)
class Order:
    """One request: size of each output, how many, the pictures sent along, and parameters with defaults filled in."""

    size: Size
    images: int = 1
    inputs: tuple[Size, ...] = ()
    parameters: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class CostPart:
    """One component's share: `quantity` units were used, `billed` are charged."""

    metric: str
    direction: str
    quantity: Decimal
    billed: Decimal
    total_usd: Decimal


@dataclass(frozen=True, kw_only=True)
class Cost:
    """An exact sum with its breakdown."""

    total_usd: Decimal
    parts: tuple[CostPart, ...]


@dataclass(frozen=True)
class Unknown:
    """No cost can be given; `reason` ends the sentence "the cost is unknown because"."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class StartingPrice:
    """The least one image costs at `size` in `mode`; `endpoint_keys` all charge it, `parameters` are what it needs."""

    amount_usd: Decimal
    size: Size
    mode: str
    endpoint_keys: tuple[str, ...]
    parameters: tuple[tuple[str, Json], ...] = ()


def cost_of(prices: Sequence[PriceSheet], order: Order) -> Cost | Unknown:
    """The sum over every metric and direction that is priced, each by its most specific component that holds."""
    if not prices:
        return Unknown("no price is known")
    if not all(price.condition_stated for price in prices):
        return Unknown("its source gives several prices without saying when each holds")
    parts: list[CostPart] = []
    for group in _by_kind(prices):
        if group[0].direction == "input" and not order.inputs and group[0].metric in {"image", "megapixel"}:
            continue
        if group[0].metric in AFTER_THE_CALL:
            return Unknown(AFTER_THE_CALL[group[0].metric])
        chosen = _price_that_holds(group, order)
        if isinstance(chosen, Unknown):
            return chosen
        if chosen is not None:
            parts.append(_part(chosen, order))
    if not parts:
        return Unknown(f"no price is stated for {order.size}")
    return Cost(total_usd=_plain(sum((part.total_usd for part in parts), Decimal(0))), parts=tuple(parts))


def starting_price(
    endpoints: Iterable[EndpointSheet],
    width_px: int = STANDARD_WIDTH_PX,
    height_px: int = STANDARD_HEIGHT_PX,
    mode: str = TEXT_TO_IMAGE,
) -> StartingPrice | None:
    """The least cost of one image in `mode` over all enabled endpoints and stated conditions; None when unknown."""
    size = Size(width_px=width_px, height_px=height_px)
    inputs = (size,) if mode == IMAGE_EDIT else ()
    offers: list[tuple[Decimal, str, tuple[tuple[str, Json], ...]]] = []
    for endpoint in endpoints:
        if not endpoint.is_enabled or mode not in endpoint.modes:
            continue
        for parameters in _parameter_choices(endpoint.prices):
            cost = cost_of(endpoint.prices, Order(size=size, inputs=inputs, parameters=parameters))
            if isinstance(cost, Cost):
                offers.append((cost.total_usd, endpoint.key, tuple(parameters.items())))
    if not offers:
        return None
    least = min(offer[0] for offer in offers)
    cheapest = [offer for offer in offers if offer[0] == least]
    keys = tuple(dict.fromkeys(key for _, key, _ in cheapest))
    return StartingPrice(amount_usd=least, size=size, mode=mode, endpoint_keys=keys, parameters=cheapest[0][2])


def price_tier(amount_usd: Decimal) -> str:
    """`$` to `$$$$` for the price of one standard image."""
    return next((tier for highest, tier in TIERS if amount_usd <= highest), "$$$$")


def _by_kind(prices: Sequence[PriceSheet]) -> list[list[PriceSheet]]:
    groups: dict[tuple[str, str], list[PriceSheet]] = {}
    for price in prices:
        groups.setdefault((price.metric, price.direction), []).append(price)
    return list(groups.values())


def _price_that_holds(group: Sequence[PriceSheet], order: Order) -> PriceSheet | Unknown | None:
    """None where a surcharge does not apply; Unknown where the order leaves the choice open."""
    holding = [price for price in group if _holds(price, order)]
    if not holding:
        missing = sorted({key for price in group for key in price.conditions if not _is_stated(key, order)})
        if missing and group[0].metric != "request":
            return Unknown(f"its price depends on {' and '.join(missing)}, which the request does not state")
        return None if group[0].metric == "request" else Unknown(f"no price is stated for {_described(group, order)}")
    most = max(len(price.conditions) for price in holding)
    closest = [price for price in holding if len(price.conditions) == most]
    if len(closest) > 1:
        return Unknown("more than one of its prices holds")
    return closest[0]


def _is_stated(key: str, order: Order) -> bool:
    return key == "size" or key in order.parameters


def _holds(price: PriceSheet, order: Order) -> bool:
    return all(_matches(key, value, order) for key, value in price.conditions.items())


def _matches(key: str, value: Json, order: Order) -> bool:
    if key == "size":
        return str(value).lower().replace("×", "x") == str(order.size)
    # 1 and True are equal in Python and are different parameter values.
    given = order.parameters.get(key)
    return key in order.parameters and given == value and isinstance(given, bool) == isinstance(value, bool)


def _described(group: Sequence[PriceSheet], order: Order) -> str:
    keys = sorted({key for price in group for key in price.conditions})
    values = (str(order.size) if key == "size" else str(order.parameters.get(key)) for key in keys)
    return ", ".join(f"{key} {value}" for key, value in zip(keys, values, strict=True))


def _part(price: PriceSheet, order: Order) -> CostPart:
    quantity, rounded = _quantity(price, order)
    billed = max(rounded, Fraction(price.minimum))
    total = billed / Fraction(price.unit_size) * Fraction(price.amount_usd)
    return CostPart(
        metric=price.metric,
        direction=price.direction,
        quantity=_decimal(quantity),
        billed=_decimal(billed),
        total_usd=_decimal(total),
    )


def _quantity(price: PriceSheet, order: Order) -> tuple[Fraction, Fraction]:
    """Units used and units after rounding, which is done picture by picture."""
    pictures = order.inputs if price.direction == "input" else (order.size,) * order.images
    if price.metric == "request":
        return Fraction(1), Fraction(1)
    if price.metric == "image":
        return Fraction(len(pictures)), Fraction(len(pictures))
    exact = [Fraction(picture.pixels, price.pixels_per_megapixel) for picture in pictures]
    return sum(exact, Fraction(0)), sum((_rounded(units, price.rounding) for units in exact), Fraction(0))


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
        return _plain(Decimal(value.numerator) / Decimal(value.denominator))


def _plain(value: Decimal) -> Decimal:
    """Without trailing zeros or an exponent."""
    return Decimal(f"{value.normalize():f}")


def _parameter_choices(prices: Sequence[PriceSheet]) -> Iterator[dict[str, Json]]:
    """Every combination of the parameter values that prices are conditioned on, and none of them."""
    values: dict[str, list[Json]] = {}
    for price in prices:
        for key, value in price.conditions.items():
            if key != "size" and key not in DISCOUNTS and value not in values.setdefault(key, []):
                values[key].append(value)
    keys = list(values)
    yield {}
    for choice in product(*values.values()) if keys else ():
        yield dict(zip(keys, choice, strict=True))
