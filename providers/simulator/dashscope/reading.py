"""DashScope's message-style and prompt-style bodies into an order, and refusals in its words."""

import re
from collections.abc import Mapping
from typing import Any, Final

from providers.simulator.operation import HIGHEST_SEED, Answer, json_answer, number_of, source_of
from providers.simulator.orders import Z_IMAGE, Order, dashscope_usd, slug_of
from providers.simulator.pictures import PictureSpec, Source
from providers.simulator.plain import digest_number
from providers.simulator.switches import Trouble
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


CODES: Final = {
    "unauthorized": (401, "InvalidApiKey"),
    "billing": (400, "Arrearage"),
    "not_found": (404, "Model.NotExist"),
    "invalid": (400, "InvalidParameter"),
    "moderation": (400, "DataInspectionFailed"),
    "rate_limit": (429, "Throttling.RateQuota"),
    "upstream": (500, "InternalError"),
    "timeout": (408, "RequestTimeOut"),
    "other": (400, "BadRequest"),
}
BY_STATUS: Final = {403: "AccessDenied", 413: "BadRequest.TooLarge", 503: "ServiceUnavailable", 504: "GatewayTimeout"}


def code_of(trouble: Trouble) -> str:
    """The word for it; a reason in the words of other protocols says nothing here."""
    own = trouble.reason if trouble.reason[:1].isupper() else ""
    return BY_STATUS.get(trouble.status) or own or CODES[trouble.kind][1]


def refuse(trouble: Trouble) -> Answer:
    """The answer to a call that fails so."""
    status = 200 if trouble.switches.error_200 else trouble.status or CODES[trouble.kind][0]
    found: dict[str, Any] = {"code": code_of(trouble), "message": trouble.message, "request_id": trouble.request_id}
    return json_answer(found, status, trouble.switches, x_request_id=trouble.request_id)


def gone(trouble: Trouble) -> Answer:
    """An expired link: the object store answers, in XML."""
    body = "<Error><Code>AccessDenied</Code><Message>Request has expired.</Message></Error>"
    status = trouble.status or 403
    return Answer(status=status, body=body.encode(), media_type="application/xml", switches=trouble.switches)
