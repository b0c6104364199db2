"""OpenAI's image operations and models."""

from __future__ import annotations

import time
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.routing import Route

from providers.simulator.answers import Answer, json_answer
from providers.simulator.files import file_name, file_routes
from providers.simulator.jobs import Job
from providers.simulator.openai.reading import ImagesCall, edit, generation
from providers.simulator.openai.refusals import refuse
from providers.simulator.operation import operations, origin_of
from providers.simulator.pictures import Picture
from providers.simulator.trouble import Trouble
from providers.simulator.world import World

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
    await world.until_ended(job)
    switches = job.at("submit")
    if switches.error_200 or job.state(world.clock()) != "done":
        trouble = _reason(job)
        trouble.switches = switches
        raise trouble
    headers = {"x-request-id": job.id}
    if call.stream:
        body = await _events(world, job, call, operation)
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


async def _events(world: World, job: Job, call: ImagesCall, operation: str) -> bytes:
    """The pictures as server-sent events: partial ones, then the whole one."""
    picture = (await world.pictures_of(job))[0]
    found = [_event(job, picture, f"{operation}.partial_image", partial_image_index=at) for at in
             range(call.partial_images)]  # fmt: skip
    found.append(_event(job, picture, f"{operation}.completed", usage=_usage(job)))
    return b"".join(found) + b"data: [DONE]\n\n"


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
