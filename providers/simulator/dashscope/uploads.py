"""DashScope's uploads: a policy, then a form to the host it names; the file is `oss://` and its key."""

from __future__ import annotations

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.routing import Route

from providers.simulator.answers import Answer, json_answer
from providers.simulator.dashscope.refusals import gone, refuse
from providers.simulator.files import file_routes
from providers.simulator.operation import operations, origin_of
from providers.simulator.trouble import Trouble
from providers.simulator.world import World


def routes(world: World) -> list[Route]:
    return [
        operations(world, refuse)("GET", "/api/v1/uploads", policy),
        operations(world, gone, open_paths=True)("POST", "/upload", upload),
        *file_routes(world, "/files", gone),
    ]


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
