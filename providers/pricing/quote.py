"""A call's price from its planning to its end: quoted, stored in its row as JSON, charged by what came. Pure.

Of a component only what decides a price is stored; decimals are strings, so nothing is rounded.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, replace
from decimal import Decimal
from typing import Any, Final

from providers.pricing.choice import DrawnPicture, PricingInput, Size, TokenCount, UnknownCost, Usage, meets
from providers.pricing.cost import Cost, compute_cost
from providers.sheet import Json, PriceSheet

MOST_REMEMBERED: Final = 4096
LEFT_OUT: Final = frozenset({"source_url", "verified_on", "valid_from", "valid_to"})
DECIMALS: Final = frozenset({"amount_usd", "unit_size", "minimum", "units_per_image"})


LEFT_OPEN: Final = ("", "auto")
# OpenAI's names for images, those of its chats, and either with the singular that some details have.
INPUT: Final = ("input_tokens", "prompt_tokens", "input_token", "prompt_token")
OUTPUT: Final = ("output_tokens", "completion_tokens", "output_token", "completion_token")


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """`pictures` is how many the provider gave, `sizes` of those at hand as measured.

    `quality` and `stated_size` are the provider's own words, where it has them.
    """

    pictures: int
    sizes: tuple[Size, ...]
    quality: str = ""
    stated_size: Size | None = None
    usage: Usage | None = None


_REMEMBERED: Final[dict[Hashable, tuple[tuple[PriceSheet, ...], Cost | UnknownCost]]] = {}


def _remembered(prices: tuple[PriceSheet, ...], request: PricingInput, usage: Usage | None) -> Cost | UnknownCost:
    """As computed; the same request at the same tariff is computed once. A tariff is known by its very object."""
    parameters = tuple((name, type(value), value) for name, value in request.parameters.items())
    key = (
        *(id(prices), request.size, request.images, request.inputs, parameters),
        *(request.text_tokens, request.leaves_size, request.drawn, usage),
    )
    try:
        found = _REMEMBERED.get(key)
    except TypeError:
        # a parameter that is a list
        return compute_cost(prices, request, usage)
    if found is not None and found[0] is prices:
        return found[1]
    cost = compute_cost(prices, request, usage)
    if len(_REMEMBERED) >= MOST_REMEMBERED:
        _REMEMBERED.clear()
    _REMEMBERED[key] = (prices, cost)
    return cost


@dataclass(frozen=True)
class PriceQuote:
    """Components in force when the call was planned."""

    prices: tuple[PriceSheet, ...]
    request: PricingInput

    def cost(self, usage: Usage | None = None) -> Cost | UnknownCost:
        """With `usage` what the provider counted is charged; without it what can be said beforehand."""
        return _remembered(self.prices, self.request, usage)

    def charge(self, came: Delivery) -> Cost | UnknownCost:
        """What is paid for what came."""
        usage = came.usage if came.usage and (came.usage.tokens or came.usage.seconds is not None) else None
        return _remembered(self.prices, delivered(self.prices, self.request, came), usage)


def set_aside(cost: Cost | UnknownCost, worst_case_usd: Decimal | None) -> Decimal | None:
    """What one call may need: its cost, else the stated worst case, else the dearest its prices allow."""
    if isinstance(cost, Cost):
        return cost.total_usd
    return cost.at_most_usd if worst_case_usd is None else worst_case_usd


def quote_to_record(quote: PriceQuote) -> dict[str, Any]:
    """The row's JSON."""
    request = quote.request
    return {
        "prices": [_price_to_record(price) for price in quote.prices],
        "size": size_to_record(request.size),
        "images": request.images,
        "inputs": [size_to_record(size) for size in request.inputs],
        "parameters": dict(request.parameters),
        "text_tokens": request.text_tokens,
        "leaves_size": request.leaves_size,
    }


def quote_from_record(record: Mapping[str, Any] | None) -> PriceQuote | None:
    """The quote again; None where a row has none."""
    if not record:
        return None
    request = PricingInput(
        size=size_from_record(record["size"]),
        images=record["images"],
        inputs=tuple(size_from_record(sides) for sides in record["inputs"]),
        parameters=record["parameters"],
        text_tokens=record["text_tokens"],
        leaves_size=record["leaves_size"],
    )
    return PriceQuote(tuple(_price_from_record(price) for price in record["prices"]), request)


def _price_to_record(price: PriceSheet) -> dict[str, Any]:
    stored = {field.name: getattr(price, field.name) for field in fields(price) if field.name not in LEFT_OUT}
    usual = {field.name: field.default for field in fields(price) if field.default is not MISSING}
    return {
        name: str(value) if isinstance(value, Decimal) else value
        for name, value in stored.items()
        if value != usual.get(name, {})
    }


def _price_from_record(record: Mapping[str, Any]) -> PriceSheet:
    fields_of: dict[str, Any] = {name: Decimal(value) if name in DECIMALS else value for name, value in record.items()}
    return PriceSheet(**fields_of)


def size_to_record(size: Size) -> list[int]:
    """Width and height."""
    return [size.width_px, size.height_px]


def size_from_record(sides: Sequence[int]) -> Size:
    """The size again."""
    width_px, height_px = sides
    return Size(width_px=width_px, height_px=height_px)


def delivered(prices: Sequence[PriceSheet], ordered: PricingInput, came: Delivery) -> PricingInput:
    """The order as it was carried out. Pictures beyond those ordered are the provider's affair."""
    count = min(ordered.images, max(came.pictures, 1))
    measured = came.sizes or (came.stated_size or ordered.size,)
    # What could not be brought home was drawn like the first of the others.
    measured = (*measured, *(measured[:1] * count))[:count]
    drawn = tuple(DrawnPicture(size=size, listed_as=_listed_as(prices, ordered, size, came)) for size in measured)
    return replace(
        ordered,
        size=drawn[0].listed_as,
        images=count,
        drawn=drawn,
        leaves_size=False,
        parameters={**ordered.parameters, **_quality(prices, ordered, came.quality)},
    )


def _listed_as(prices: Sequence[PriceSheet], ordered: PricingInput, measured: Size, came: Delivery) -> Size:
    """Providers round sides: a size that no price names is the one that was stated or ordered."""
    said = [came.stated_size, None if ordered.leaves_size else ordered.size]
    meant = [size for size in (measured, *said) if size is not None]
    named = [price.conditions["size"] for price in prices if "size" in price.conditions]
    usual = measured if ordered.leaves_size else ordered.size
    return next((size for size in meant if any(meets("size", value, str(size)) for value in named)), usual)


def _quality(prices: Sequence[PriceSheet], ordered: PricingInput, stated: str) -> dict[str, str]:
    """The provider's word for it, unless no price knows the word and the order said another."""
    named = [price.conditions["quality"] for price in prices if "quality" in price.conditions]
    is_known = any(meets("quality", value, stated) for value in named)
    was_open = ordered.parameters.get("quality") in (None, *LEFT_OPEN)
    return {"quality": stated} if stated not in LEFT_OPEN and (is_known or was_open) else {}


def usage_from(counts: Mapping[str, Json]) -> Usage:
    """The counts of a provider's answer, details under the name of their sum: `input_tokens.image_tokens`.

    Without details, input tokens are text and output tokens image; a detail that is not stated is the rest of the sum.
    """
    text_in, image_in = _parts(counts, INPUT, usual="text")
    text_out, image_out = _parts(counts, OUTPUT, usual="image")
    cached_text, cached_image = _cached(counts, text_in, image_in)
    counted = (
        ("input", "text", text_in - cached_text, False),
        ("input", "text", cached_text, True),
        ("input", "image", image_in - cached_image, False),
        ("input", "image", cached_image, True),
        ("output", "text", text_out, False),
        ("output", "image", image_out, False),
    )
    tokens = tuple(
        TokenCount(direction=direction, modality=modality, count=count, cached=was_cached)
        for direction, modality, count, was_cached in counted
        if count
    )
    seconds = counts.get("seconds")
    is_number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    return Usage(tokens=tokens, seconds=Decimal(str(seconds)) if is_number else None)


def _parts(counts: Mapping[str, Json], names: tuple[str, ...], usual: str) -> tuple[int, int]:
    """Text and image tokens."""
    total = _count(counts, *names)
    text, image = (_count(counts, *(f"{name}.{kind}_tokens" for name in names)) for kind in ("text", "image"))
    if text is None and image is None:
        return (total or 0, 0) if usual == "text" else (0, total or 0)
    if text is None:
        text = max(0, (total or 0) - (image or 0))
    if image is None:
        image = max(0, (total or 0) - text)
    return text, image


def _cached(counts: Mapping[str, Json], text_in: int, image_in: int) -> tuple[int, int]:
    """Of text and of images; where nobody says which, of text first, which is the dearer reading."""
    both = _count(counts, *(f"{name}.cached_tokens" for name in INPUT))
    of_text, of_image = (
        _count(counts, *(f"{name}.{word}" for name in INPUT for word in (f"cached_tokens.{kind}", f"cached_{kind}")))
        for kind in ("text_tokens", "image_tokens")
    )
    if of_text is None:
        of_text = (both or 0) - (of_image or 0)
    of_text = min(max(0, of_text), text_in)
    if of_image is None:
        of_image = (both or 0) - of_text
    return of_text, min(max(0, of_image), image_in)


def _count(counts: Mapping[str, Json], *names: str) -> int | None:
    """Under the first of the names that has one."""
    for name in names:
        value = counts.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
    return None
