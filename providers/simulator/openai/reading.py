"""OpenAI's JSON and multipart bodies into an order."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from starlette.datastructures import UploadFile
from starlette.requests import Request

from providers.simulator.inputs import HIGHEST_SEED
from providers.simulator.operation import json_body, number_of, text_of
from providers.simulator.orders import Order, shortened, slug_of
from providers.simulator.pictures import PictureSpec
from providers.simulator.plain import digest_number
from providers.simulator.sources import Source, UnreadablePicture
from providers.simulator.trouble import Trouble
from providers.simulator.world import World

SIZE: Final = re.compile(r"([0-9]{1,5})x([0-9]{1,5})")
FORMATS: Final = ("png", "jpeg", "webp")
USUAL_SIZE: Final = (1024, 1024)
MOST_PIXELS: Final = 4096 * 4096
ALWAYS_BASE64: Final = ("gpt-image", "chatgpt-image")
TRUE: Final = frozenset({True, "true", "1"})


@dataclass(frozen=True)
class ImagesCall:
    """An order, and how its pictures are to come."""

    order: Order
    inline: bool
    stream: bool
    partial_images: int


async def generation(request: Request) -> ImagesCall:
    """Raises Trouble where it would be refused."""
    return _call(await json_body(request), None)


async def edit(world: World, request: Request) -> ImagesCall:
    """The form of the SDK; the first picture is the one edited. Raises Trouble."""
    async with request.form() as form:
        parts = [part for name in ("image", "image[]") for part in form.getlist(name)]
        files = [part for part in parts if isinstance(part, UploadFile)]
        if not files:
            raise Trouble("invalid", "an image is required", "image", "missing_required_parameter")
        content = await files[0].read()
        given = {name: value for name, value in form.items() if isinstance(value, str)}
    try:
        source = world.sources.take(content)
    except UnreadablePicture as error:
        raise Trouble("invalid", f"Invalid image file: {error}", "image", "invalid_image_file") from None
    return _call(given, source)


def _call(given: Mapping[str, Any], source: Source | None) -> ImagesCall:
    prompt = text_of(given, "prompt", required=True)
    model = text_of(given, "model") or "gpt-image-1"
    if "missing" in model:
        raise Trouble("not_found", f"The model '{model}' does not exist", "model")
    width_px, height_px = _size(given, source)
    images = number_of(given, "n", 1, 1, 10)
    output_format = text_of(given, "output_format") or "png"
    if output_format not in FORMATS:
        raise Trouble("invalid", f"output_format must be one of {', '.join(FORMATS)}", "output_format")
    seed = number_of(given, "seed", digest_number(prompt), 0, HIGHEST_SEED)
    quality = number_of(given, "output_compression", 100, 0, 100)
    pictures = tuple(
        PictureSpec(
            slug=slug_of(model),
            prompt=prompt,
            seed=seed + place,
            width_px=width_px,
            height_px=height_px,
            format=output_format,
            quality=quality,
            source=source,
        )
        for place in range(images)
    )
    order = Order(
        provider="openai",
        model=model,
        prompt=prompt,
        pictures=pictures,
        seed=seed,
        units=str(images),
        asked=shortened(given),
    )
    return ImagesCall(
        order,
        inline=_is_inline(given, model),
        stream=given.get("stream") in TRUE,
        partial_images=number_of(given, "partial_images", 0, 0, 3),
    )


def _is_inline(given: Mapping[str, Any], model: str) -> bool:
    asked = text_of(given, "response_format")
    if asked not in {"", "url", "b64_json"}:
        raise Trouble("invalid", "response_format must be url or b64_json", "response_format")
    return asked == "b64_json" or model.startswith(ALWAYS_BASE64)


def _size(given: Mapping[str, Any], source: Source | None) -> tuple[int, int]:
    asked = text_of(given, "size")
    if asked in {"", "auto"}:
        return source.size if source else USUAL_SIZE
    found = SIZE.fullmatch(asked)
    width_px, height_px = (int(found[1]), int(found[2])) if found else (0, 0)
    if not 0 < width_px * height_px <= MOST_PIXELS:
        raise Trouble("invalid", f"Invalid value: '{asked}'. A size is written 1024x1024.", "size")
    return width_px, height_px
