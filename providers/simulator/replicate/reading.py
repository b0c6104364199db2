"""A prediction's input into an order, and refusals in its words."""

from collections.abc import Mapping
from typing import Any, Final

from providers.simulator.operation import HIGHEST_SEED, WHOLE, Answer, json_answer, number_of, source_of, text_of
from providers.simulator.orders import Order, edits, replicate_usd, shortened, slug_of
from providers.simulator.pictures import PictureSpec, Source
from providers.simulator.plain import digest_number
from providers.simulator.switches import Trouble
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


STATUSES: Final = {
    "unauthorized": 401,
    "billing": 402,
    "not_found": 404,
    "invalid": 422,
    "moderation": 422,
    "rate_limit": 429,
    "upstream": 500,
    "timeout": 504,
    "other": 400,
}
TITLES: Final = {
    "unauthorized": "Unauthenticated",
    "billing": "Insufficient credit",
    "not_found": "Not found",
    "invalid": "Input validation failed",
    "upstream": "Internal server error",
}
USUAL_RETRY_S: Final = 1


def refuse(trouble: Trouble) -> Answer:
    """The answer to a call that fails so."""
    status = trouble.status or STATUSES[trouble.kind]
    found: dict[str, Any] = {"detail": trouble.message, "status": status}
    if trouble.kind in TITLES:
        found["title"] = TITLES[trouble.kind]
    if trouble.kind == "unauthorized":
        found["detail"] = "You did not pass a valid authentication token"
    if trouble.kind == "invalid":
        field = f"input.{trouble.field}" if trouble.field else "input"
        found["detail"] = f"- {field}: {trouble.message}\n"
        found["invalid_fields"] = [{"type": trouble.reason, "field": field, "description": trouble.message}]
    if trouble.kind == "rate_limit":
        found |= _throttled(trouble)
    return json_answer(found, status, trouble.switches)


def _throttled(trouble: Trouble) -> dict[str, Any]:
    """Seconds in the body where the header names seconds."""
    named = trouble.switches.retry_after
    pause = int(named) if WHOLE.fullmatch(named) else USUAL_RETRY_S
    return {"detail": f"Request was throttled. Expected available in {pause} seconds.", "retry_after": pause}
