"""A request as it is priced, and which tariff components hold for it: of each kind the most specific. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Final

from providers.sheet import Json, PriceSheet

# Names of tiers by the side of the square that holds the picture.
TIERS: Final = (("0.5K", 512), ("1K", 1024), ("2K", 2048), ("4K", 4096))
# Sides of other ratios are rounded: 2731x1536 is of the tier 2K.
ROUNDED_SIDES: Final = 1.01
PIXELS: Final = re.compile(r"([0-9]{2,5})[xX×*]([0-9]{2,5})")


@dataclass(frozen=True, kw_only=True)
class Size:
    """Width and height of one picture."""

    width_px: int
    height_px: int

    @property
    def pixels(self) -> int:
        """Width times height."""
        return self.width_px * self.height_px

    @property
    def tier(self) -> str:
        """The smallest resolution tier whose square has about as many pixels or more; "8K" beyond them."""
        return next((name for name, side in TIERS if self.pixels <= side * side * ROUNDED_SIDES), "8K")

    def __str__(self) -> str:
        return f"{self.width_px}x{self.height_px}"


def size_from_text(text: str) -> Size | None:
    """`1024x768` as a size."""
    match = PIXELS.fullmatch(text.strip())
    return Size(width_px=int(match[1]), height_px=int(match[2])) if match else None


@dataclass(frozen=True, kw_only=True)
class DrawnPicture:
    """A picture that came: its own size, and the one by which a price list knows it."""

    size: Size
    listed_as: Size


@dataclass(frozen=True, kw_only=True)
class PricingInput:
    """One request: size of each output, how many, the pictures sent along, and parameters with defaults filled in.

    `text_tokens` is how many the prompt has, None where nobody has counted them. `leaves_size`: the provider chooses
    it, and `size` is a guess. `drawn` are the pictures that came, once they have.
    """

    size: Size
    images: int = 1
    inputs: tuple[Size, ...] = ()
    parameters: Mapping[str, Json] = field(default_factory=dict)
    text_tokens: int | None = None
    leaves_size: bool = False
    drawn: tuple[DrawnPicture, ...] = ()

    @property
    def outputs(self) -> tuple[Size, ...]:
        """The size of each picture."""
        return tuple(picture.size for picture in self.drawn) or (self.size,) * self.images


@dataclass(frozen=True, kw_only=True)
class TokenCount:
    """Tokens of one kind: into or out of the model, text or image, `cached` where they were read from a cache."""

    direction: str
    modality: str
    count: int
    cached: bool = False


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What the provider counted. `seconds` None and no tokens: it did not say."""

    tokens: tuple[TokenCount, ...] = ()
    seconds: Decimal | None = None

    def count(self, direction: str, *modalities: str, cached: bool | None = None) -> int:
        """Of one direction, of all modalities where none is named; `cached` None counts both."""
        return sum(
            one.count
            for one in self.tokens
            if one.direction == direction
            and (not modalities or one.modality in modalities)
            and cached in (None, one.cached)
        )


CACHED: Final = "cached"
# Said of tokens they are no conditions but kinds: text and image tokens are charged beside one another.
KIND_KEYS: Final = ("modality", CACHED)
PICTURE_METRICS: Final = frozenset({"image", "megapixel"})
OR: Final = " or "


@dataclass(frozen=True)
class UnknownCost:
    """No cost can be given; `reason` ends the sentence "the cost is unknown because".

    `at_most_usd` is the dearest that its prices allow; None where they set no bound.
    """

    reason: str
    at_most_usd: Decimal | None = None


@dataclass(frozen=True)
class OpenChoice:
    """Prices of which one will hold: the provider chooses what the request leaves open."""

    prices: tuple[PriceSheet, ...]
    reason: str


def in_force(prices: Iterable[PriceSheet], at: datetime) -> tuple[PriceSheet, ...]:
    """The components that hold at a moment; a tariff holds from its first moment up to, not with, its last."""
    return tuple(
        price
        for price in prices
        if (price.valid_from is None or price.valid_from <= at) and (price.valid_to is None or at < price.valid_to)
    )


def by_kind(prices: Iterable[PriceSheet]) -> list[list[PriceSheet]]:
    """Groups of which one component each is charged."""
    groups: dict[tuple[Json, ...], list[PriceSheet]] = {}
    for price in prices:
        groups.setdefault(price_kind(price), []).append(price)
    return list(groups.values())


def price_forms(groups: Sequence[list[PriceSheet]], usage: Usage | None) -> list[list[list[PriceSheet]]]:
    """The groups that add up; several such lists where the price of what is drawn is published in two forms.

    Pictures and megapixels add up, since a provider may charge the first by one and the rest by the other. Tokens of
    pictures say the same price once more: they are the form that holds once the provider has counted them, the
    table holds before.
    """
    tables = [group for group in groups if group[0].direction == "output" and group[0].metric in PICTURE_METRICS]
    tokens = [group for group in groups if _are_picture_tokens(group[0])]
    if not (tables and tokens):
        return [list(groups)]
    by_table = [group for group in groups if group not in tokens]
    by_tokens = [group for group in groups if group not in tables]
    is_counted = usage is not None and any(one.direction == "output" for one in usage.tokens)
    return [by_tokens] if is_counted else [by_table, by_tokens]


def _are_picture_tokens(price: PriceSheet) -> bool:
    of_pictures = price.conditions.get("modality") in {None, "image"}
    return price.metric == "token" and price.direction == "output" and of_pictures


def price_kind(price: PriceSheet) -> tuple[Json, ...]:
    """Metric and direction; of tokens also what they are tokens of; of surcharges the parameter that causes them."""
    if price.metric == "token":
        return (price.metric, price.direction, price.conditions.get("modality"), price.conditions.get(CACHED, False))
    if price.metric == "request":
        return (price.metric, price.direction, *sorted(price.conditions))
    return (price.metric, price.direction)


def price_that_holds(
    group: Sequence[PriceSheet], request: PricingInput
) -> PriceSheet | OpenChoice | UnknownCost | None:
    """None where a surcharge does not apply; UnknownCost where the request does not say enough."""
    if choice := _open_choice(group, request):
        return choice
    holding = [price for price in group if holds(price, request)]
    if not holding:
        missing = sorted({key for price in group for key in _conditions(price) if not _is_stated(key, request)})
        if missing and group[0].metric != "request":
            return UnknownCost(f"its price depends on {' and '.join(missing)}, which the request does not state")
        return (
            None
            if group[0].metric == "request"
            else UnknownCost(f"no price is stated for {_described(group, request)}")
        )
    most = max(len(_conditions(price)) for price in holding)
    closest = [price for price in holding if len(_conditions(price)) == most]
    if len(closest) > 1:
        return UnknownCost("more than one of its prices holds")
    return closest[0]


def holds(price: PriceSheet, request: PricingInput) -> bool:
    """Whether the request meets all of a component's conditions."""
    return all(_matches(key, value, request) for key, value in _conditions(price).items())


def _open_choice(group: Sequence[PriceSheet], request: PricingInput) -> OpenChoice | None:
    """Of a size or a quality that the provider chooses: every price that could hold, where it depends on the choice."""
    left_open = _left_open(group, request)
    could_hold = tuple(
        price
        for price in group
        if all(key in left_open or _matches(key, value, request) for key, value in _conditions(price).items())
    )
    deciding = sorted({key for price in could_hold for key in _conditions(price) if key in left_open})
    if not deciding:
        return None
    return OpenChoice(could_hold, f"its price depends on {' and '.join(deciding)}, which the provider chooses")


def _left_open(group: Sequence[PriceSheet], request: PricingInput) -> set[str]:
    """Only what an answer tells: its pictures have a size, and some providers name the quality."""
    sizes = {"size"} if "resolution" in request.parameters else {"size", "resolution"}
    quality = request.parameters.get("quality")
    named = [price.conditions["quality"] for price in group if "quality" in price.conditions]
    is_open = quality is None or (quality == "auto" and not any(meets("quality", one, quality) for one in named))
    return (sizes if request.leaves_size else set()) | ({"quality"} if is_open else set())


def _conditions(price: PriceSheet) -> dict[str, Json]:
    if price.metric != "token":
        return price.conditions
    return {key: value for key, value in price.conditions.items() if key not in KIND_KEYS}


def _is_stated(key: str, request: PricingInput) -> bool:
    return key in {"size", "resolution"} or key in request.parameters


def _matches(key: str, value: Json, request: PricingInput) -> bool:
    if key == "size":
        return meets(key, value, str(request.size))
    if key not in request.parameters:
        return key == "resolution" and meets(key, value, request.size.tier)
    return meets(key, value, request.parameters[key])


def _described(group: Sequence[PriceSheet], request: PricingInput) -> str:
    keys = sorted({key for price in group for key in _conditions(price)})
    return ", ".join(f"{key} {_given(key, request)}" for key in keys)


def _given(key: str, request: PricingInput) -> str:
    if key == "size":
        return str(request.size)
    return (
        request.size.tier if key == "resolution" and key not in request.parameters else str(request.parameters.get(key))
    )


def values_of(value: Json) -> list[Json]:
    """The values of which any makes a condition hold."""
    return value if isinstance(value, list) else [value]


def meets(key: str, value: Json, given: Json) -> bool:
    """Whether what is given is among a condition's values."""
    wanted = _comparable(key, given)
    return any(_comparable(key, one) == wanted for one in values_of(value))


def overlapping(price: PriceSheet, others: Sequence[PriceSheet]) -> PriceSheet | None:
    """The first of the others that could hold for the same request and is no closer to it, or none."""
    return next((other for other in others if _collide(price, other)), None)


def conditions_overlap(one: PriceSheet, other: PriceSheet) -> bool:
    """Whether they name the same parameters, and of each share a value."""
    return one.conditions.keys() == other.conditions.keys() and all(
        any(meets(key, value, given) for given in values_of(other.conditions[key]))
        for key, value in one.conditions.items()
    )


def condition_text(value: Json) -> str:
    """As people read it: several values with "or" between them."""
    return OR.join(str(one).lower() if isinstance(one, bool) else str(one) for one in values_of(value))


def _collide(one: PriceSheet, other: PriceSheet) -> bool:
    return (one.metric, one.direction) == (other.metric, other.direction) and conditions_overlap(one, other)


def _comparable(key: str, value: Json) -> tuple[bool, str | Json]:
    """1 and True are equal in Python and are different parameter values."""
    if key == "size":
        return False, str(value).lower().replace("×", "x")
    return isinstance(value, bool), str(value).upper() if key == "resolution" else value
