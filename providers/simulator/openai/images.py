"""OpenAI's image operations and models."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.routing import Route

from providers.simulator.jobs import Job
from providers.simulator.operation import (
    HIGHEST_SEED,
    Answer,
    file_name,
    file_routes,
    json_answer,
    json_body,
    number_of,
    operations,
    origin_of,
    text_of,
)
from providers.simulator.orders import Order, shortened, slug_of
from providers.simulator.pictures import Picture, PictureSpec, Source, UnreadablePicture
from providers.simulator.plain import digest_number
from providers.simulator.switches import NOTHING, Trouble
from providers.simulator.world import World

SIZE: Final = re.compile(r"([0-9]{1,5})x([0-9]{1,5})")
FORMATS: Final = ("png", "jpeg", "webp", "gif", "svg")
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


# Status, type and code of each.
FORMS: Final = {
    "unauthorized": (401, "invalid_request_error", "invalid_api_key"),
    "billing": (402, "insufficient_quota", "insufficient_balance"),
    "not_found": (404, "invalid_request_error", "model_not_found"),
    "invalid": (400, "invalid_request_error", "invalid_value"),
    "moderation": (400, "image_generation_user_error", "moderation_blocked"),
    "rate_limit": (429, "rate_limit_error", "rate_limit_exceeded"),
    "upstream": (500, "server_error", None),
    "timeout": (504, "server_error", "upstream_timeout"),
    "other": (400, "invalid_request_error", None),
}
# Reasons that have a code of their own.
REASONS: Final = {
    "missing": "missing_required_parameter",
    "missing_required_parameter": "missing_required_parameter",
    "invalid_image_file": "invalid_image_file",
    "unsupported_operation": "unsupported_operation",
}


def refuse(trouble: Trouble) -> Answer:
    """The answer to a call that fails so."""
    status, kind, code = FORMS[trouble.kind]
    error = {
        "message": trouble.message,
        "type": kind,
        "param": trouble.field or None,
        "code": REASONS.get(trouble.reason, code),
    }
    status = 200 if trouble.switches.error_200 else trouble.status or status
    return json_answer({"error": error}, status, trouble.switches, x_request_id=trouble.request_id)


MODELS: Final = ("gpt-image-1", "z-image-turbo")
# Around base64, which needs no escapes: the pictures of a big load are not looked through once more.
BEGINNING, BETWEEN, END = b'{"created":%d,"data":[{"b64_json":"', b'"},{"b64_json":"', b'"}],%s'


def routes(world: World) -> list[Route]:
    route = operations(world, refuse)
    return [
        route("POST", "/v1/images/generations", generate),
        route("POST", "/v1/images/edits", edited),
        route("POST", "/v1/images/variations", variations),
        route("GET", "/v1/models", models),
        route("GET", "/v1/models/{model:path}", model),
        *file_routes(world, "/files", refuse),
    ]


async def generate(world: World, request: Request) -> Answer:
    return await _drawn(world, request, await generation(request), "image_generation")


async def edited(world: World, request: Request) -> Answer:
    return await _drawn(world, request, await edit(world, request), "image_edit")


async def variations(world: World, request: Request) -> Answer:
    raise Trouble("not_found", "variations are not offered here", reason="unsupported_operation")


async def models(world: World, request: Request) -> Answer:
    return json_answer({"object": "list", "data": [_model(name) for name in MODELS]})


async def model(world: World, request: Request) -> Answer:
    name = request.path_params["model"]
    if "missing" in name:
        raise Trouble("not_found", f"The model '{name}' does not exist", "model")
    return json_answer(_model(name))


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 1_767_225_600, "owned_by": "simulator"}


async def _drawn(world: World, request: Request, call: ImagesCall, operation: str) -> Answer:
    job = world.accept(request.headers, call.order)
    headers = {"x-request-id": job.id}
    if call.stream and job.switches is NOTHING:
        pieces = _on_the_way(world, job, call, operation)
        return Answer(pieces=pieces, media_type="text/event-stream", headers=headers)
    await world.until_ended(job)
    switches = job.at("submit")
    if switches.error_200 or job.state(world.clock()) != "done":
        trouble = _reason(job)
        trouble.switches = switches
        raise trouble
    if call.stream:
        body = b"".join([event async for event in _on_the_way(world, job, call, operation)])
        return Answer(body=body, media_type="text/event-stream", headers=headers, switches=switches)
    body = await _body(world, request, job, inline=call.inline)
    return Answer(body=body, headers=headers, switches=switches)


def _reason(job: Job) -> Trouble:
    if job.switches.moderation:
        message = "Your request was rejected by the safety system."
        return Trouble("moderation", message, request_id=job.id)
    return Trouble("upstream", "The server had an error while processing your request.", request_id=job.id)


async def _body(world: World, request: Request, job: Job, *, inline: bool) -> bytes:
    created = int(time.time())
    told = orjson.dumps({"usage": _usage(job), **_echo(job)})[1:]
    if inline:
        encoded = [picture.base64 for picture in await world.pictures_of(job)]
        return b"".join((BEGINNING % created, BETWEEN.join(encoded), END % told))
    base = origin_of(world, request, "/openai/files/")
    tokens = zip(world.tokens_of(job), job.pictures, strict=True)
    data = [{"url": base + file_name(token, spec.media_type)} for token, spec in tokens]
    return orjson.dumps({"created": created, "data": data, "usage": _usage(job), **_echo(job)})


async def _on_the_way(world: World, job: Job, call: ImagesCall, operation: str) -> AsyncIterator[bytes]:
    """The picture as server-sent events: partial ones while it is drawn, then the whole one."""
    picture = (await world.pictures_of(job))[0]
    for at in range(call.partial_images):
        await asyncio.sleep(job.starts_at + job.run_s * (at + 1) / (call.partial_images + 1) - world.clock())
        yield _event(job, picture, f"{operation}.partial_image", partial_image_index=at)
    await world.until_ended(job)
    yield _event(job, picture, f"{operation}.completed", usage=_usage(job)) + b"data: [DONE]\n\n"


def _event(job: Job, picture: Picture, kind: str, **more: Any) -> bytes:
    found = {"type": kind, "b64_json": picture.base64.decode(), "created_at": int(time.time()), **_echo(job), **more}
    return b"event: %s\ndata: %s\n\n" % (kind.encode(), orjson.dumps(found))


def _echo(job: Job) -> dict[str, str]:
    first = job.pictures[0]
    return {
        "size": f"{first.width_px}x{first.height_px}",
        "output_format": first.format,
        "quality": "high",
        "background": "opaque",
    }


def _usage(job: Job) -> dict[str, Any]:
    """Tokens by rule of thumb: four letters, and 256 pixels, each."""
    text = len(job.order.prompt) // 4 + 1
    drawn = sum(spec.width_px * spec.height_px for spec in job.pictures) // 256
    given = drawn if job.pictures[0].source else 0
    return {
        "input_tokens": text + given,
        "output_tokens": drawn,
        "total_tokens": text + given + drawn,
        "input_tokens_details": {"text_tokens": text, "image_tokens": given},
    }
