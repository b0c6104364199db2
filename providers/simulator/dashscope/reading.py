"""DashScope's message-style and prompt-style bodies into an order."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from providers.simulator.inputs import HIGHEST_SEED, source_of
from providers.simulator.operation import number_of
from providers.simulator.orders import Order, slug_of
from providers.simulator.pictures import PictureSpec
from providers.simulator.plain import digest_number
from providers.simulator.sources import Source
from providers.simulator.tariffs import Z_IMAGE, dashscope_usd
from providers.simulator.trouble import Trouble
from providers.simulator.world import World

SIZE: Final = re.compile(r"([0-9]{2,5})\*([0-9]{2,5})")
LEAST_PIXELS, MOST_PIXELS = 512 * 512, 2048 * 2048
USUAL_SIZE: Final = (1024, 1536)
MOST_IMAGES: Final = 6


async def read_order(world: World, body: Mapping[str, Any]) -> Order:
    """Raises Trouble where the model would refuse."""
    model = body.get("model")
    if not isinstance(model, str) or not model:
        raise Trouble("invalid", "model is required", "model", "BadRequest.EmptyModel")
    if "missing" in model:
        raise Trouble("not_found", "Model not exist.")
    asked, parameters = (_object(body, name) for name in ("input", "parameters"))
    prompt, addresses = _messages(asked) if "messages" in asked else _prompt(asked)
    if not prompt:
        raise Trouble("invalid", "the input holds no text", "input", "BadRequest.EmptyInput")
    slug = slug_of(model)
    if slug == Z_IMAGE and addresses:
        raise Trouble("invalid", f"{model} takes no image", "input")
    source = await source_of(world, addresses[0], "input") if addresses else None
    width_px, height_px = _size(parameters, source, slug)
    images = number_of(parameters, "n", 1, 1, 1 if slug == Z_IMAGE else MOST_IMAGES)
    seed = number_of(parameters, "seed", digest_number(prompt), 0, HIGHEST_SEED)
    pictures = tuple(
        PictureSpec(slug=slug, prompt=prompt, seed=seed + place, width_px=width_px, height_px=height_px, source=source)
        for place in range(images)
    )
    return Order(
        provider="dashscope",
        model=model,
        prompt=prompt,
        pictures=pictures,
        seed=seed,
        amount_usd=dashscope_usd(pictures, extended=parameters.get("prompt_extend") is True),
        units=str(images),
        asked=parameters,
    )


def _object(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = body.get(name)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise Trouble("invalid", f"{name} is not an object", name)
    return found


def _messages(asked: Mapping[str, Any]) -> tuple[str, list[str]]:
    """Texts and picture addresses of the messages."""
    messages = asked["messages"] if isinstance(asked["messages"], list) else []
    parts = [part for message in messages if isinstance(message, dict) for part in _parts(message.get("content"))]
    texts = [str(part["text"]) for part in parts if part.get("text")]
    return "\n".join(texts), [str(part["image"]) for part in parts if part.get("image")]


def _parts(content: object) -> list[dict[str, Any]]:
    if isinstance(content, str):
        return [{"text": content}]
    return [part for part in content if isinstance(part, dict)] if isinstance(content, list) else []


def _prompt(asked: Mapping[str, Any]) -> tuple[str, list[str]]:
    single = [asked.get(name) for name in ("base_image_url", "ref_image", "image_url", "ref_img", "sketch_image_url")]
    several = asked.get("images")
    found = [*(several if isinstance(several, list) else []), *single]
    return str(asked.get("prompt") or ""), [address for address in found if isinstance(address, str) and address]


def _size(parameters: Mapping[str, Any], source: Source | None, slug: str) -> tuple[int, int]:
    """`width*height`; one with an x is refused."""
    asked = parameters.get("size")
    if asked is None:
        return source.size if source else USUAL_SIZE
    found = SIZE.fullmatch(asked) if isinstance(asked, str) else None
    if found is None:
        raise Trouble("invalid", f"size {asked!r} must be width*height", "size")
    width_px, height_px = int(found[1]), int(found[2])
    least = LEAST_PIXELS if slug == Z_IMAGE else 1
    if not least <= width_px * height_px <= MOST_PIXELS:
        raise Trouble("invalid", f"size {asked}: total pixels must be between {least} and {MOST_PIXELS}", "size")
    return width_px, height_px
