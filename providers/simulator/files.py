"""Files under links: results until they expire, and what was uploaded."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.routing import Route

from providers.simulator.answers import Answer
from providers.simulator.operation import Refusing, operations
from providers.simulator.pictures import PictureSpec
from providers.simulator.shelf import StoredFile
from providers.simulator.trouble import Trouble
from providers.simulator.world import World, switches_at

ENDINGS: Final = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}


def file_name(token: str, media_type: str) -> str:
    """`<token>.png`."""
    return f"{token}.{ENDINGS.get(media_type, 'bin')}"


def file_routes(world: World, prefix: str, gone: Refusing) -> list[Route]:
    """GET of a file; `gone` words the answer of an expired link."""
    route = operations(world, gone, open_paths=True)
    return [route("GET", f"{prefix}/{{name}}", send_file), route("HEAD", f"{prefix}/{{name}}", send_file)]


async def send_file(world: World, request: Request) -> Answer:
    """Raises Trouble once the link has expired."""
    token = request.path_params["name"].partition(".")[0]
    file = world.files.find(token)
    if file is None:
        raise Trouble("not_found", "there is no such file, or its link has expired")
    switches = switches_at("file", file.job, request.headers)
    content, media_type = await _content(world, file)
    headers = {"cache-control": "public, max-age=3600"}
    return Answer(body=content, media_type=media_type, headers=headers, switches=switches)


async def _content(world: World, file: StoredFile) -> tuple[bytes, str]:
    if isinstance(file.content, PictureSpec):
        picture = await world.pictures.get(file.content)
        return picture.content, picture.media_type
    return file.content, file.media_type
