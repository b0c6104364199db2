"""Replicate's predictions: create, look, cancel, list."""

import asyncio
import hashlib
import re
from datetime import UTC, datetime
from typing import Any, Final

from starlette.requests import Request
from starlette.routing import Route

from providers.simulator.jobs import ENDED, FOREVER_S, Job
from providers.simulator.operation import Answer, file_name, json_answer, json_body, operations, origin_of
from providers.simulator.replicate.reading import read_order, refuse
from providers.simulator.switches import Switches, Trouble
from providers.simulator.world import World, switches_at

WAIT: Final = re.compile(r"wait(?:=([0-9]{1,2}))?")
LONGEST_WAIT_S: Final = 60.0
CANCEL_AFTER: Final = re.compile(r"(?:([0-9]{1,6})m)?(?:([0-9]{1,6})s?)?")
WORDS: Final = {
    "queued": "starting",
    "running": "processing",
    "done": "succeeded",
    "failed": "failed",
    "cancelled": "canceled",
    "aborted": "aborted",
}
PAGE: Final = 100


def routes(world: World) -> list[Route]:
    route = operations(world, refuse)
    return [
        route("POST", "/v1/models/{owner}/{name}/predictions", create),
        route("POST", "/v1/deployments/{owner}/{name}/predictions", create),
        route("POST", "/v1/predictions", create_by_version),
        route("GET", "/v1/predictions", listing),
        route("GET", "/v1/predictions/{prediction}", look),
        route("POST", "/v1/predictions/{prediction}/cancel", cancel),
    ]


def version_of(model: str) -> str:
    """The id of a model's only version."""
    return hashlib.sha256(model.encode()).hexdigest()


async def create(world: World, request: Request) -> Answer:
    """A prediction of an official model, or of a deployment."""
    model = f"{request.path_params['owner']}/{request.path_params['name']}"
    return await _create(world, request, model, await json_body(request))


async def create_by_version(world: World, request: Request) -> Answer:
    """A prediction of a version: an id, `owner/name`, or both by a colon."""
    body = await json_body(request)
    version = str(body.get("version") or body.get("model") or "")
    model, _, own = version.partition(":")
    if "/" not in model:
        model, own = world.models.get(version, ""), version
    if not model and re.fullmatch(r"[0-9a-f]{64}", own):
        model = f"simulated/{own[:12]}"
    if not model:
        raise Trouble("invalid", "Invalid version or not permitted", "version", "invalid")
    return await _create(world, request, model, body)


async def _create(world: World, request: Request, model: str, body: dict[str, Any]) -> Answer:
    if "missing" in model:
        raise Trouble("not_found", "The requested resource could not be found.")
    given = body.get("input")
    if not isinstance(given, dict):
        raise Trouble("invalid", "input is required", reason="required")
    world.models[version_of(model)] = model
    wait_s = _wait_s(request.headers.get("prefer", ""))
    order = await read_order(world, model, given)
    job = world.accept(request.headers, order, _limit_s(request.headers.get("cancel-after", "")))
    if wait_s:
        await world.until_ended(job, wait_s)
    status = 202 if wait_s and job.state(world.clock()) not in ENDED else 201
    return await _shown(world, request, job, job.at("submit"), status)


async def look(world: World, request: Request) -> Answer:
    """A prediction as it stands."""
    job = _job(world, request)
    switches = switches_at("status", job, request.headers)
    if job.state(world.clock()) in ENDED and "result" in job.faults:
        switches = switches_at("result", job, request.headers)
    return await _shown(world, request, job, switches)


async def cancel(world: World, request: Request) -> Answer:
    """Stop it where it has not ended."""
    job = _job(world, request)
    job.cancel(world.clock())
    return await _shown(world, request, job, switches_at("status", None, request.headers))


async def listing(world: World, request: Request) -> Answer:
    """The latest ones, without their output."""
    jobs = world.jobs.of("replicate")[:PAGE]
    results = [await _prediction(world, request, job, with_output=False) for job in jobs]
    return json_answer({"previous": None, "next": None, "results": results})


def _wait_s(prefer: str) -> float:
    found = WAIT.fullmatch(prefer.strip())
    if prefer.strip() and (found is None or found[1] == "0"):
        raise Trouble("invalid", "Prefer: must be wait or wait=N, N from 1 to 60", "prefer", "pattern")
    return 0.0 if found is None else min(LONGEST_WAIT_S, float(found[1] or LONGEST_WAIT_S))


def _limit_s(cancel_after: str) -> float:
    found = CANCEL_AFTER.fullmatch(cancel_after.strip())
    if found is None or not any(found.groups()):
        return FOREVER_S
    return max(5.0, 60.0 * float(found[1] or 0) + float(found[2] or 0))


def _job(world: World, request: Request) -> Job:
    job = world.jobs.find("replicate", request.path_params["prediction"])
    if job is None:
        raise Trouble("not_found", "The requested resource could not be found.")
    return job


async def _shown(world: World, request: Request, job: Job, switches: Switches, status: int = 200) -> Answer:
    found = await _prediction(world, request, job, with_output=True)
    return json_answer(found, status, switches, location=found["urls"]["get"])


async def _prediction(world: World, request: Request, job: Job, *, with_output: bool) -> dict[str, Any]:
    now = world.clock()
    state = job.state(now)
    own = origin_of(world, request, f"/replicate/v1/predictions/{job.id}")
    found: dict[str, Any] = {
        "id": job.id,
        "model": job.order.model,
        "version": "hidden",
        "status": "processing" if state == "done" and _is_early(job) else WORDS[state],
        "input": dict(job.order.asked),
        "output": await _output(world, request, job) if with_output and state == "done" else None,
        "error": _error(job) if state == "failed" else None,
        "logs": "",
        "data_removed": False,
        "created_at": _iso(job.accepted_unix),
        "started_at": _iso(job.accepted_unix + job.queue_s) if state not in {"queued", "aborted"} else None,
        "completed_at": None,
        "metrics": {},
        "urls": {"get": own, "cancel": f"{own}/cancel", "web": own},
    }
    if state in ENDED:
        found["completed_at"] = _iso(job.accepted_unix + min(now - job.accepted_at, job.queue_s + job.run_s))
    if state in {"done", "failed"}:
        found["metrics"] = {"predict_time": job.run_s, "total_time": job.queue_s + job.run_s}
    return found


def _is_early(job: Job) -> bool:
    """Whether this is the first sight of a finished one that still looks at work."""
    if not job.switches.early:
        return False
    job.seen["early"] = job.seen.get("early", 0) + 1
    return job.seen["early"] == 1


def _error(job: Job) -> str:
    if job.switches.moderation:
        return "NSFW content detected. Try running it again, or try a different prompt."
    return "Prediction failed: simulated failure of the model"


async def _output(world: World, request: Request, job: Job) -> str | list[str]:
    """Over https links that expire, over http data URIs: the SDK makes files of nothing else."""
    base = origin_of(world, request, "/replicate/files/")
    if base.startswith("https:") or job.switches.linked:
        tokens = zip(world.tokens_of(job), job.pictures, strict=True)
        found = [base + file_name(token, spec.media_type) for token, spec in tokens]
    else:
        found = [picture.data_uri for picture in await asyncio.gather(*map(world.pictures.get, job.pictures))]
    return found if job.switches.listed else found[0]


def _iso(unix: float) -> str:
    return datetime.fromtimestamp(unix, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
