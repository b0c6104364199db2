"""Replicate's models, versions, uploaded files and account."""

import base64
import hashlib
from datetime import UTC, datetime
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.routing import Route

from providers.simulator.jobs import StoredFile
from providers.simulator.operation import Answer, file_name, file_routes, json_answer, operations, origin_of
from providers.simulator.replicate.predictions import version_of
from providers.simulator.replicate.reading import refuse
from providers.simulator.switches import Trouble
from providers.simulator.world import World


def routes(world: World) -> list[Route]:
    route = operations(world, refuse)
    return [
        route("GET", "/v1/account", account),
        route("GET", "/v1/models/{owner}/{name}", model),
        route("GET", "/v1/models/{owner}/{name}/versions", versions),
        route("GET", "/v1/models/{owner}/{name}/versions/{version}", version),
        route("POST", "/v1/files", upload),
        route("GET", "/v1/files/{file}", described),
        route("DELETE", "/v1/files/{file}", delete),
        route("GET", "/v1/webhooks/default/secret", webhook_secret),
        *file_routes(world, "/files", refuse),
    ]


async def account(world: World, request: Request) -> Answer:
    return json_answer({"type": "organization", "username": "simulated", "name": "Simulated"})


async def model(world: World, request: Request) -> Answer:
    """A model with its latest version."""
    owner, name = request.path_params["owner"], request.path_params["name"]
    if "missing" in name:
        raise Trouble("not_found", "The requested resource could not be found.")
    found = {
        "url": origin_of(world, request, f"/replicate/{owner}/{name}"),
        "owner": owner,
        "name": name,
        "description": "A simulated model",
        "visibility": "public",
        "run_count": 1,
        "cover_image_url": None,
        "default_example": None,
        "github_url": None,
        "license_url": None,
        "paper_url": None,
        "latest_version": _version(f"{owner}/{name}"),
    }
    return json_answer(found)


async def versions(world: World, request: Request) -> Answer:
    model_id = f"{request.path_params['owner']}/{request.path_params['name']}"
    return json_answer({"previous": None, "next": None, "results": [_version(model_id)]})


async def version(world: World, request: Request) -> Answer:
    model_id = f"{request.path_params['owner']}/{request.path_params['name']}"
    return json_answer(_version(model_id) | {"id": request.path_params["version"]})


def _version(model_id: str) -> dict[str, Any]:
    output = {"type": "string", "format": "uri", "title": "Output"}
    return {
        "id": version_of(model_id),
        "created_at": "2026-01-01T00:00:00.000Z",
        "cog_version": "0.16.0",
        "openapi_schema": {"openapi": "3.0.2", "components": {"schemas": {"Output": output}}},
    }


async def upload(world: World, request: Request) -> Answer:
    """A file as the multipart part `content`."""
    async with request.form() as form:
        part = form.get("content")
        if not isinstance(part, UploadFile):
            raise Trouble("invalid", "content is required", "content", "required")
        content = await part.read()
        media_type, name = part.content_type or "application/octet-stream", part.filename or "file"
    stored = world.store(content, media_type)
    return json_answer({**_described(world, request, stored, content, media_type), "name": name}, 201)


async def described(world: World, request: Request) -> Answer:
    token, file = _file(world, request)
    content = file.content if isinstance(file.content, bytes) else b""
    return json_answer(_described(world, request, token, content, file.media_type))


async def delete(world: World, request: Request) -> Answer:
    token, _ = _file(world, request)
    world.files.remove(token)
    return Answer(status=204)


async def webhook_secret(world: World, request: Request) -> Answer:
    """The secret is served; this simulator sends no webhooks."""
    return json_answer({"key": f"whsec_{base64.b64encode(hashlib.sha256(b'simulated').digest()).decode()}"})


def _file(world: World, request: Request) -> tuple[str, StoredFile]:
    token = request.path_params["file"]
    file = world.files.find(token)
    if file is None:
        raise Trouble("not_found", "The requested resource could not be found.")
    return token, file


def _described(world: World, request: Request, token: str, content: bytes, media_type: str) -> dict[str, Any]:
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    name = file_name(token, media_type)
    return {
        "id": token,
        "name": name,
        "content_type": media_type,
        "size": len(content),
        "etag": hashlib.md5(content, usedforsecurity=False).hexdigest(),
        "checksums": {"sha256": hashlib.sha256(content).hexdigest()},
        "metadata": {},
        "created_at": now,
        "expires_at": now,
        "urls": {"get": origin_of(world, request, f"/replicate/files/{name}")},
    }
