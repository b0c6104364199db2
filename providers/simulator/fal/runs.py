"""fal's two ways to run a model, held open and by a queue, and its storage: uploads whole, signed and in parts."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from starlette.requests import Request
from starlette.routing import Route

from providers.simulator.fal.reading import detail_of, gone, read_order, refuse
from providers.simulator.jobs import Job
from providers.simulator.operation import Answer, file_name, file_routes, json_answer, json_body, operations, origin_of
from providers.simulator.switches import Trouble
from providers.simulator.world import World, switches_at

START_TIMEOUT: Final = "x-fal-request-timeout"
SECONDS: Final = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,6})?")
REQUEST: Final = "/queue/{owner}/{app}/requests/{request_id}"


def routes(world: World) -> list[Route]:
    route = operations(world, refuse)
    return [
        route("POST", "/run/{model:path}", run),
        route("GET", f"{REQUEST}/status", status),
        route("GET", REQUEST, result),
        route("PUT", f"{REQUEST}/cancel", cancel),
        route("POST", "/queue/{model:path}", submit),
        route("POST", "/rest/storage/auth/token", token),
        route("POST", "/rest/storage/upload/initiate", initiate),
        route("POST", "/cdn/files/upload", upload),
        route("POST", "/cdn/files/upload/multipart", begin_parts),
        route("PUT", "/cdn/files/{name}/multipart/{upload}/{number:int}", part),
        route("POST", "/cdn/files/{name}/multipart/{upload}/complete", complete),
        operations(world, refuse, open_paths=True)("PUT", "/cdn/uploads/{name}", put),
        *file_routes(world, "/cdn/files", gone),
    ]


async def run(world: World, request: Request) -> Answer:
    """Model input in, model output out, after as long as it takes."""
    job = await _accepted(world, request)
    await world.until_ended(job)
    return await _output(world, request, job, "submit")


async def submit(world: World, request: Request) -> Answer:
    """Model input in, a receipt out."""
    job = await _accepted(world, request)
    owner, app = (*job.order.model.split("/"), "", "")[:2]
    base = origin_of(world, request, f"/fal/queue/{owner}/{app}/requests/{job.id}")
    found = {
        "status": "IN_QUEUE",
        "request_id": job.id,
        "response_url": base,
        "status_url": f"{base}/status",
        "cancel_url": f"{base}/cancel",
        "queue_position": 0,
    }
    return json_answer(found, 200, job.at("submit"), x_fal_request_id=job.id)


async def _accepted(world: World, request: Request) -> Job:
    model = request.path_params["model"]
    if "/" not in model or "missing" in model:
        raise Trouble("not_found", f"Application '{model}' not found")
    order = await read_order(world, model, await json_body(request))
    job = world.accept(request.headers, order)
    limit = request.headers.get(START_TIMEOUT, "")
    if SECONDS.fullmatch(limit) and float(limit) < job.queue_s:
        job.limit_s = float(limit)
    return job


async def status(world: World, request: Request) -> Answer:
    """Where a job stands; a failed one is completed too."""
    job = _job(world, request)
    switches = switches_at("status", job, request.headers)
    now = world.clock()
    state = job.state(now)
    found: dict[str, Any] = {"request_id": job.id, "response_url": _own_address(world, request, job)}
    if state == "queued":
        return json_answer(found | {"status": "IN_QUEUE", "queue_position": 0}, 202, switches, x_fal_request_id=job.id)
    wants_logs = request.query_params.get("logs", "") in {"1", "true", "True"}
    found["logs"] = [_log(job)] if wants_logs else None
    if state == "running":
        return json_answer(found | {"status": "IN_PROGRESS"}, 202, switches, x_fal_request_id=job.id)
    found |= {"status": "COMPLETED", "metrics": {"inference_time": job.run_s}}
    if state != "done":
        found |= {"error": _reason(job).message, "error_type": _reason(job).reason or "runner_server_error"}
    return json_answer(found, 200, switches, x_fal_request_id=job.id)


async def result(world: World, request: Request) -> Answer:
    """The model's output, or the model's error with its own status."""
    job = _job(world, request)
    if job.state(world.clock()) in {"queued", "running"}:
        raise Trouble("other", "Request is still in progress", status=400, request_id=job.id)
    return await _output(world, request, job, "result")


async def cancel(world: World, request: Request) -> Answer:
    """A request to stop it, which a job that has ended does not hear."""
    job = _job(world, request)
    if job.cancel(world.clock()):
        return json_answer({"status": "CANCELLATION_REQUESTED"}, 202)
    return json_answer({"status": "ALREADY_COMPLETED"}, 400)


def _job(world: World, request: Request) -> Job:
    job = world.jobs.find("fal", request.path_params["request_id"])
    app = f"{request.path_params['owner']}/{request.path_params['app']}"
    if job is None or f"{job.order.model}/".startswith(f"{app}/") is False:
        raise Trouble("not_found", "Request not found")
    return job


async def _output(world: World, request: Request, job: Job, place: str) -> Answer:
    switches = job.at("submit") if place == "submit" else switches_at(place, job, request.headers)
    if job.state(world.clock()) != "done":
        trouble = _reason(job)
        trouble.switches = switches
        raise trouble
    if switches.error_200:
        return json_answer({"detail": [detail_of(_reason(job))]}, 200, switches, x_fal_request_id=job.id)
    units = job.switches.units or job.order.units
    found = await _model_output(world, request, job)
    return json_answer(found, 200, switches, x_fal_request_id=job.id, x_fal_billable_units=units)


def _reason(job: Job) -> Trouble:
    """Why a job that ended is not done."""
    if job.switches.moderation:
        flagged = "The content could not be processed: flagged by the safety checker"
        return Trouble("moderation", flagged, reason="content_policy_violation", request_id=job.id)
    if job.limit_s < job.queue_s:
        return Trouble("timeout", "Request timed out before it started", reason="start_timeout", request_id=job.id)
    if job.cancelled_at is not None:
        return Trouble("other", "Request was cancelled", reason="client_cancelled", status=499, request_id=job.id)
    return Trouble("upstream", "the runner failed", reason="runner_server_error", request_id=job.id)


async def _model_output(world: World, request: Request, job: Job) -> dict[str, Any]:
    order, pictures = job.order, job.pictures
    if order.asked.get("sync_mode") is True:
        addresses = [picture.data_uri for picture in await world.pictures_of(job)]
    else:
        base = origin_of(world, request, "/fal/cdn/files/")
        tokens = zip(world.tokens_of(job), pictures, strict=True)
        addresses = [base + file_name(token, spec.media_type) for token, spec in tokens]
    images = [
        {
            "url": address,
            "content_type": spec.media_type,
            "file_name": address.rpartition("/")[2] if address.startswith("http") else None,
            "file_size": None,
            "width": spec.width_px,
            "height": spec.height_px,
        }
        for address, spec in zip(addresses, pictures, strict=True)
    ]
    return {
        "images": images,
        "seed": order.seed,
        "has_nsfw_concepts": [False] * len(images),
        "prompt": order.prompt,
        "timings": {"inference": round(job.run_s, 3)},
    }


def _own_address(world: World, request: Request, job: Job) -> str:
    owner, app = request.path_params["owner"], request.path_params["app"]
    return origin_of(world, request, f"/fal/queue/{owner}/{app}/requests/{job.id}")


def _log(job: Job) -> dict[str, str]:
    at = datetime.fromtimestamp(job.accepted_unix, UTC).isoformat()
    return {"message": "simulated run", "level": "INFO", "source": "USER", "timestamp": at}


async def token(world: World, request: Request) -> Answer:
    """A short-lived token for the CDN, and where the CDN is."""
    expires = datetime.now(UTC) + timedelta(hours=1)
    found = {
        "token": f"cdn-{world.new_id()}",
        "token_type": "Bearer",
        "base_url": origin_of(world, request, "/fal/cdn"),
        "expires_at": expires.isoformat(),
    }
    return json_answer(found)


async def upload(world: World, request: Request) -> Answer:
    """Bytes in, a public address out."""
    media_type = request.headers.get("content-type", "application/octet-stream")
    stored = world.store(await request.body(), media_type)
    return json_answer({"access_url": _address(world, request, file_name(stored, media_type))})


async def initiate(world: World, request: Request) -> Answer:
    """An address to put the bytes at, and the one they will have."""
    media_type = str((await json_body(request)).get("content_type") or "application/octet-stream")
    name = file_name(world.store(b"", media_type), media_type)
    put_at = origin_of(world, request, f"/fal/cdn/uploads/{name}")
    return json_answer({"upload_url": put_at, "file_url": _address(world, request, name)})


async def put(world: World, request: Request) -> Answer:
    """The bytes of an initiated upload."""
    _fill(world, request, await request.body())
    return json_answer({})


async def begin_parts(world: World, request: Request) -> Answer:
    """A large file's address before its parts."""
    media_type = request.headers.get("content-type", "application/octet-stream")
    name = file_name(world.store(b"", media_type), media_type)
    return json_answer({"access_url": _address(world, request, name), "uploadId": world.new_id()})


async def part(world: World, request: Request) -> Answer:
    """One part; they are kept in the order of their numbers."""
    path = request.path_params
    name = world.files.add_part(path["upload"], path["number"], await request.body())
    return json_answer({}, etag=f'"{name}"')


async def complete(world: World, request: Request) -> Answer:
    """The parts become the file."""
    _fill(world, request, world.files.joined(request.path_params["upload"]))
    return json_answer({})


def _fill(world: World, request: Request, content: bytes) -> None:
    if not world.files.fill(request.path_params["name"].partition(".")[0], content):
        raise Trouble("not_found", "there is no such upload")


def _address(world: World, request: Request, name: str) -> str:
    return origin_of(world, request, f"/fal/cdn/files/{name}")
