"""A quote as JSON in its call's row, and back: what came is charged by it, whichever process ends the call.

Pure. Of a component only what decides a price is stored; decimals are strings, so nothing is rounded.
"""

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields
from decimal import Decimal
from typing import Any, Final

from providers.pricing.cost import PriceQuote
from providers.pricing.pricing_input import PricingInput, Size
from providers.sheet import PriceSheet

LEFT_OUT: Final = frozenset({"source_url", "verified_on", "valid_from", "valid_to"})
DECIMALS: Final = frozenset({"amount_usd", "unit_size", "minimum", "units_per_image"})


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
