"""DashScope's synchronous call, its tasks, and uploads by a policy."""

from datetime import datetime, timedelta, timezone
from typing import Any, Final

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.routing import Route

from providers.simulator.dashscope.reading import code_of, gone, read_order, refuse
from providers.simulator.jobs import ENDED, Job
from providers.simulator.operation import (
    Answer,
    file_name,
    file_routes,
    json_answer,
    json_body,
    number_of,
    operations,
    origin_of,
)
from providers.simulator.switches import Trouble
from providers.simulator.world import World, switches_at

SERVICES: Final = "/api/v1/services/aigc"
MESSAGE_STYLE: Final = (f"{SERVICES}/multimodal-generation/generation", f"{SERVICES}/image-generation/generation")
PROMPT_STYLE: Final = (f"{SERVICES}/text2image/image-synthesis", f"{SERVICES}/image2image/image-synthesis")
CHINA: Final = timezone(timedelta(hours=8))
STATES: Final = {
    "queued": "PENDING",
    "running": "RUNNING",
    "done": "SUCCEEDED",
    "failed": "FAILED",
    "cancelled": "CANCELED",
    "aborted": "CANCELED",
}


def routes(world: World) -> list[Route]:
    route = operations(world, refuse)
    return [
        *(route("POST", path, generate) for path in (*MESSAGE_STYLE, *PROMPT_STYLE)),
        route("GET", "/api/v1/tasks", listing),
        route("GET", "/api/v1/tasks/{task}", look),
        route("POST", "/api/v1/tasks/{task}/cancel", cancel),
        route("GET", "/api/v1/uploads", policy),
        operations(world, gone, open_paths=True)("POST", "/upload", upload),
        *file_routes(world, "/files", gone),
    ]


async def generate(world: World, request: Request) -> Answer:
    """The picture itself, or with the asynchronous header a task; prompt style knows tasks only."""
    is_task = request.headers.get("x-dashscope-async") == "enable"
    if not is_task and request.url.path.endswith(PROMPT_STYLE):
        raise Trouble(
            "other", "current user api does not support synchronous calls.", reason="AccessDenied", status=403
        )
    order = await read_order(world, await json_body(request))
    job = world.accept(request.headers, order)
    switches = job.at("submit")
    if switches.error_200:
        raise Trouble("upstream", "simulated error with status 200", switches=switches, request_id=job.id)
    if is_task:
        job.manner = "prompt" if request.url.path.endswith(PROMPT_STYLE) else "messages"
        found = {"request_id": job.id, "output": {"task_id": job.id, "task_status": "PENDING"}}
        return json_answer(found, 200, switches, x_request_id=job.id)
    await world.until_ended(job)
    if job.state(world.clock()) != "done":
        trouble = _reason(job)
        trouble.switches = switches
        raise trouble
    output = {"choices": _choices(world, request, job)}
    found = {"request_id": job.id, "output": output, "usage": usage(job)}
    return json_answer(found, 200, switches, x_request_id=job.id)


async def look(world: World, request: Request) -> Answer:
    """A task as it stands; one that is not known is UNKNOWN, with status 200."""
    task = request.path_params["task"]
    job = world.jobs.find("dashscope", task)
    if job is None:
        return json_answer({"request_id": world.new_id(), "output": {"task_id": task, "task_status": "UNKNOWN"}})
    switches = switches_at("status", job, request.headers)
    state = job.state(world.clock())
    if state in ENDED and "result" in job.faults:
        switches = switches_at("result", job, request.headers)
    found: dict[str, Any] = {"request_id": world.new_id(), "output": _task(world, job)}
    if state == "failed":
        reason = _reason(job)
        found["output"] |= {"code": code_of(reason), "message": reason.message}
    elif state == "done":
        found["output"] |= _results(world, request, job)
        found["usage"] = usage(job)
    return json_answer(found, 200, switches, x_request_id=found["request_id"])


async def cancel(world: World, request: Request) -> Answer:
    """Only a task that has not started can be cancelled."""
    job = world.jobs.find("dashscope", request.path_params["task"])
    if job is None or job.state(world.clock()) != "queued":
        raise Trouble("other", "the task cannot be cancelled now", reason="UnsupportedOperation")
    job.cancel(world.clock())
    return json_answer({"request_id": world.new_id()})


async def listing(world: World, request: Request) -> Answer:
    """The latest tasks."""
    query = request.query_params
    page, size = number_of(query, "page_no", 1, 1, 10_000), number_of(query, "page_size", 10, 1, 100)
    jobs = [job for job in world.jobs.of("dashscope") if job.manner]
    tasks = [_task(world, job) for job in jobs[(page - 1) * size : page * size]]
    found = {"request_id": world.new_id(), "total": len(jobs), "total_page": -(-len(jobs) // size), "page_no": page}
    return json_answer(found | {"page_size": size, "tasks": tasks})


def _task(world: World, job: Job) -> dict[str, Any]:
    found: dict[str, Any] = {"task_id": job.id, "task_status": STATES[job.state(world.clock())]}
    found["submit_time"] = _china(job.accepted_unix)
    if job.state(world.clock()) in {"running", "done", "failed"}:
        found["scheduled_time"] = _china(job.accepted_unix + job.queue_s)
    if job.state(world.clock()) in {"done", "failed"}:
        found["end_time"] = _china(job.accepted_unix + job.queue_s + job.run_s)
    return found


def _results(world: World, request: Request, job: Job) -> dict[str, Any]:
    if job.manner == "messages":
        return {"choices": _choices(world, request, job), "finished": True}
    said = {"orig_prompt": job.order.prompt, "actual_prompt": extended(job)}
    results = [{"url": address} | said for address in _addresses(world, request, job)]
    return {"results": results, "task_metrics": {"TOTAL": len(results), "SUCCEEDED": len(results), "FAILED": 0}}


def _choices(world: World, request: Request, job: Job) -> list[dict[str, Any]]:
    content: list[dict[str, str]] = [{"image": address} for address in _addresses(world, request, job)]
    if job.order.asked.get("prompt_extend") is True:
        content.append({"text": extended(job)})
    message = {"role": "assistant", "content": content, "reasoning_content": ""}
    return [{"finish_reason": "stop", "message": message}]


def extended(job: Job) -> str:
    """The prompt as the picture was drawn from it."""
    wanted = job.order.asked.get("prompt_extend") is True
    return f"{job.order.prompt}, with more of everything" if wanted else job.order.prompt


def _addresses(world: World, request: Request, job: Job) -> list[str]:
    base = origin_of(world, request, "/dashscope/files/")
    tokens = zip(world.tokens_of(job), job.pictures, strict=True)
    return [f"{base}{file_name(token, spec.media_type)}?Expires=1&Signature=simulated" for token, spec in tokens]


def usage(job: Job) -> dict[str, int]:
    """In the spelling of the model's age."""
    first, count = job.pictures[0], len(job.pictures)
    before = "output_" if job.order.model.startswith("qwen-image-2") else ""
    sizes = {f"{before}width": first.width_px, f"{before}height": first.height_px, f"{before}image_count": count}
    return sizes | {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0}


def _reason(job: Job) -> Trouble:
    if job.switches.moderation:
        return Trouble("moderation", "Output data may contain inappropriate content.", request_id=job.id)
    return Trouble("upstream", "simulated failure of the algorithm", reason="InternalError.Algo", request_id=job.id)


def _china(unix: float) -> str:
    return datetime.fromtimestamp(unix, CHINA).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


async def policy(world: World, request: Request) -> Answer:
    """Where to send a file, under which key."""
    if request.query_params.get("action") != "getPolicy":
        raise Trouble("invalid", "action must be getPolicy", "action")
    found = {
        "policy": "simulated",
        "signature": "simulated",
        "upload_dir": f"dashscope-instant/{world.store(b'', 'application/octet-stream')}",
        "upload_host": origin_of(world, request, "/dashscope/upload"),
        "expire_in_seconds": 300,
        "max_file_size_mb": 100,
        "capacity_limit_mb": 999_999,
        "oss_access_key_id": "simulated",
        "x_oss_object_acl": "private",
        "x_oss_forbid_overwrite": "true",
    }
    return json_answer({"request_id": world.new_id(), "data": found})


async def upload(world: World, request: Request) -> Answer:
    """The form; its `key` begins with the directory of the policy."""
    async with request.form() as form:
        key, part = str(form.get("key") or ""), form.get("file")
        content = await part.read() if isinstance(part, UploadFile) else b""
    token = key.removeprefix("dashscope-instant/").partition("/")[0]
    if not content or not world.files.fill(token, content):
        raise Trouble("other", "the form holds no file, or another key than the policy's", status=400)
    return Answer(status=200, media_type="application/xml")
