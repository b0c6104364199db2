"""A prediction's input into an order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from providers.simulator.inputs import HIGHEST_SEED, source_of
from providers.simulator.operation import number_of, text_of
from providers.simulator.orders import Order, edits, shortened, slug_of
from providers.simulator.pictures import PictureSpec
from providers.simulator.plain import digest_number
from providers.simulator.sources import Source
from providers.simulator.tariffs import replicate_usd
from providers.simulator.trouble import Trouble
from providers.simulator.world import World

FORMATS: Final = {"png": "png", "jpg": "jpeg", "webp": "webp"}
LONGEST_SIDE_PX: Final = 2048


async def read_order(world: World, model: str, given: Mapping[str, Any]) -> Order:
    """Raises Trouble where the model would refuse its input."""
    prompt = text_of(given, "prompt", required=True)
    source = await _source(world, model, given)
    width_px, height_px = source.size if source else _size(given)
    named = text_of(given, "output_format") or "jpg"
    if named not in FORMATS:
        raise Trouble("invalid", "output_format must be one of the following: png, jpg, webp", "output_format", "enum")
    number_of(given, "num_inference_steps", 8, 1, 50)
    seed = number_of(given, "seed", digest_number(prompt), 0, HIGHEST_SEED)
    picture = PictureSpec(
        slug=slug_of(model),
        prompt=prompt,
        seed=seed,
        width_px=width_px,
        height_px=height_px,
        format=FORMATS[named],
        quality=number_of(given, "output_quality", 80, 0, 100),
        source=source,
    )
    return Order(
        provider="replicate",
        model=model,
        prompt=prompt,
        pictures=(picture,),
        seed=seed,
        amount_usd=replicate_usd((picture,)),
        units="1",
        asked=shortened(given),
    )


async def _source(world: World, model: str, given: Mapping[str, Any]) -> Source | None:
    several = given.get("image_input")
    if isinstance(several, list) and several and isinstance(several[0], str):
        return await source_of(world, several[0], "image_input")
    address = text_of(given, "image", required=edits(model))
    return await source_of(world, address, "image") if address else None


def _size(given: Mapping[str, Any]) -> tuple[int, int]:
    width_px, height_px = (number_of(given, side, 1024, 64, LONGEST_SIDE_PX) for side in ("width", "height"))
    return width_px, height_px
