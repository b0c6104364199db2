"""An order as JSON in its intent's row, and back: enough to send scheduled work from the row. Pure.

Pictures that are sent along are named by where they lie in storage, never copied into the row.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from providers.adapters.wire import ImageOrder, InputImage
from providers.pricing import PriceQuote, Size, quote_to_record, size_from_record, size_to_record


@dataclass(frozen=True, kw_only=True)
class StoredInput:
    """A picture to send along, by its name in storage."""

    name: str
    media_type: str
    size: Size


def order_to_record(
    order: ImageOrder,
    quote: PriceQuote | None = None,
    *,
    inputs: Sequence[StoredInput] = (),
    mask: StoredInput | None = None,
    with_prompt: bool = True,
) -> dict[str, Any]:
    """The row's JSON; with the quote what came is charged, whoever ends the call.

    Raises ValueError where an order is to be stored whole and not every picture of it has a name.
    """
    if with_prompt and (len(inputs) != len(order.inputs) or (mask is None) != (order.mask is None)):
        raise ValueError("an order stored whole needs the stored name of every picture it sends along")
    size = order.size
    return {
        "mode": order.mode,
        "provider_model_id": order.provider_model_id,
        "prompt": order.prompt if with_prompt else "",
        "is_whole": with_prompt,
        "call_style": order.call_style,
        "size": size_to_record(size) if size else None,
        "images": order.images,
        "seed": order.seed,
        "output_format": order.output_format,
        "output_quality": order.output_quality,
        "parameters": dict(order.parameters),
        "capabilities": dict(order.capabilities),
        "inputs": [_input_to_record(one) for one in inputs],
        "input_name": order.input_name,
        "mask": _input_to_record(mask) if mask else None,
        "quote": quote_to_record(quote) if quote else None,
    }


def order_from_record(record: Mapping[str, Any], read: Callable[[str], bytes] | None = None) -> ImageOrder:
    """The order again. Without `read` its pictures stay out, which is enough to follow a job and not to send it."""
    size, mask = record.get("size"), record.get("mask")
    return ImageOrder(
        mode=record.get("mode", ""),
        provider_model_id=record.get("provider_model_id", ""),
        prompt=record.get("prompt", ""),
        call_style=record.get("call_style", ""),
        size=size_from_record(size) if size else None,
        images=record.get("images", 1),
        seed=record.get("seed"),
        output_format=record.get("output_format", "png"),
        output_quality=record.get("output_quality"),
        inputs=tuple(_input_from_record(one, read) for one in record.get("inputs", ())) if read else (),
        input_name=record.get("input_name", ""),
        mask=_input_from_record(mask, read) if mask and read else None,
        parameters=record.get("parameters", {}),
        capabilities=record.get("capabilities", {}),
    )


def _input_to_record(stored: StoredInput) -> dict[str, Any]:
    return {
        "name": stored.name,
        "media_type": stored.media_type,
        "size": size_to_record(stored.size),
    }


def _input_from_record(record: Mapping[str, Any], read: Callable[[str], bytes]) -> InputImage:
    size = size_from_record(record["size"])
    return InputImage(content=read(record["name"]), media_type=record["media_type"], size=size)
