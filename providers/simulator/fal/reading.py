"""fal's model input into an order, and refusals in its words."""

from collections.abc import Mapping
from typing import Any, Final

from providers.simulator.operation import HIGHEST_SEED, Answer, json_answer, number_of, source_of, text_of
from providers.simulator.orders import Order, edits, fal_usd, megapixels, shortened, slug_of
from providers.simulator.pictures import PictureSpec, Source
from providers.simulator.plain import digest_number
from providers.simulator.switches import Trouble
from providers.simulator.world import World

PRESETS: Final = {
    "square_hd": (1024, 1024),
    "square": (512, 512),
    "portrait_4_3": (768, 1024),
    "portrait_16_9": (576, 1024),
    "landscape_4_3": (1024, 768),
    "landscape_16_9": (1024, 576),
}
FORMATS: Final = ("png", "jpeg", "webp")
MOST_PIXELS: Final = 2048 * 2048


async def read_order(world: World, model: str, given: Mapping[str, Any]) -> Order:
    """Raises Trouble where the model would refuse its input."""
    prompt = text_of(given, "prompt", required=True)
    source = await _source(world, model, given)
    width_px, height_px = _size(given, source)
    images = number_of(given, "num_images", 1, 1, 4)
    number_of(given, "num_inference_steps", 8, 1, 8 if slug_of(model) == "z-image-turbo" else 100)
    output_format = text_of(given, "output_format") or "png"
    if output_format not in FORMATS:
        raise Trouble("invalid", "Input should be 'png', 'jpeg' or 'webp'", "output_format", "literal_error")
    seed = number_of(given, "seed", digest_number(prompt), 0, HIGHEST_SEED)
    pictures = tuple(
        PictureSpec(
            slug=slug_of(model),
            prompt=prompt,
            seed=seed + place,
            width_px=width_px,
            height_px=height_px,
            format=output_format,
            source=source,
        )
        for place in range(images)
    )
    return Order(
        provider="fal",
        model=model,
        prompt=prompt,
        pictures=pictures,
        seed=seed,
        amount_usd=fal_usd(pictures, expanded=given.get("enable_prompt_expansion") is True),
        units=str(megapixels(pictures)),
        asked=shortened(given),
    )


async def _source(world: World, model: str, given: Mapping[str, Any]) -> Source | None:
    """The picture to edit; None where there is none and none is needed."""
    several = given.get("image_urls")
    if isinstance(several, list) and several and isinstance(several[0], str):
        return await source_of(world, several[0], "image_urls")
    address = text_of(given, "image_url", required=edits(model))
    strength = given.get("strength")
    if strength is not None and (not isinstance(strength, int | float) or not 0 <= strength <= 1):
        raise Trouble("invalid", "Input should be between 0 and 1", "strength", "less_than_equal")
    return await source_of(world, address, "image_url") if address else None


def _size(given: Mapping[str, Any], source: Source | None) -> tuple[int, int]:
    asked = given.get("image_size")
    if source and (asked is None or asked == "auto"):
        return source.size
    if asked is None:
        return PRESETS["landscape_4_3"]
    if isinstance(asked, str) and asked in PRESETS:
        return PRESETS[asked]
    if not isinstance(asked, dict):
        raise Trouble("invalid", f"Input should be one of {', '.join(PRESETS)} or a size", "image_size", "enum")
    width_px, height_px = (number_of(asked, side, 512, 16, 14142) for side in ("width", "height"))
    if width_px * height_px > MOST_PIXELS:
        raise Trouble(
            "invalid", f"the image would have more than {MOST_PIXELS} pixels", "image_size", "image_too_large"
        )
    return width_px, height_px


STATUSES: Final = {
    "unauthorized": 401,
    "billing": 403,
    "not_found": 404,
    "invalid": 422,
    "moderation": 422,
    "rate_limit": 429,
    "upstream": 500,
    "timeout": 504,
    "other": 400,
}
ERROR_TYPES: Final = {
    400: "bad_request",
    499: "client_cancelled",
    500: "runner_server_error",
    502: "runner_incomplete_response",
    503: "runner_scheduling_failure",
    504: "request_timeout",
}
DETAILS: Final = {
    "unauthorized": "No user found for Key ID and Secret",
    "billing": "User is locked. Reason: Exhausted balance.",
    "rate_limit": "Too many concurrent requests",
}


def refuse(trouble: Trouble) -> Answer:
    """The answer to a call that fails so."""
    status = trouble.status or STATUSES[trouble.kind]
    headers = {"x_fal_request_id": trouble.request_id} if trouble.request_id else {}
    if status == 422 or (trouble.kind == "invalid" and not trouble.status):
        return json_answer({"detail": [detail_of(trouble)]}, 422, trouble.switches, **headers)
    error_type = ERROR_TYPES.get(status)
    found: dict[str, Any] = {"detail": DETAILS.get(trouble.kind, trouble.message)}
    if error_type and trouble.kind not in {"unauthorized", "billing", "not_found", "rate_limit"}:
        found["error_type"] = error_type
        headers["x_fal_error_type"] = error_type
    if trouble.reason == "start_timeout":
        headers["x_fal_request_timeout_type"] = "user"
    return json_answer(found, status, trouble.switches, **headers)


def detail_of(trouble: Trouble) -> dict[str, Any]:
    """One entry of a 422's list."""
    reason = "content_policy_violation" if trouble.kind == "moderation" else trouble.reason or "value_error"
    place = ["body", *([trouble.field] if trouble.field else [])]
    found: dict[str, Any] = {"loc": place, "msg": trouble.message, "type": reason}
    if trouble.kind == "moderation":
        found |= {"loc": ["body", "prompt"], "url": "https://docs.fal.ai/errors#content_policy_violation"}
    return found


def gone(trouble: Trouble) -> Answer:
    """An expired file."""
    return json_answer({"detail": trouble.message}, trouble.status or 404, trouble.switches)
