"""fal's uploads: the CDN with its token, the fallback by a signed address, and parts of large files."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from starlette.requests import Request
from starlette.routing import Route

from providers.simulator.answers import Answer, json_answer
from providers.simulator.fal.refusals import gone, refuse
from providers.simulator.files import file_name, file_routes
from providers.simulator.operation import json_body, operations, origin_of
from providers.simulator.trouble import Trouble
from providers.simulator.world import World


def routes(world: World) -> list[Route]:
    keyed = operations(world, refuse)
    signed = operations(world, refuse, open_paths=True)
    return [
        keyed("POST", "/rest/storage/auth/token", token),
        keyed("POST", "/rest/storage/upload/initiate", initiate),
        keyed("POST", "/cdn/files/upload", upload),
        keyed("POST", "/cdn/files/upload/multipart", begin_parts),
        keyed("PUT", "/cdn/files/{name}/multipart/{upload}/{number:int}", part),
        keyed("POST", "/cdn/files/{name}/multipart/{upload}/complete", complete),
        signed("PUT", "/cdn/uploads/{name}", put),
        *file_routes(world, "/cdn/files", gone),
    ]


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
