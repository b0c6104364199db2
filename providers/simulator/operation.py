"""What the operations of every protocol share: key, body, pictures sent along, answers, faulty ones too, files."""

import asyncio
import base64
import binascii
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from providers.simulator.connection import reset
from providers.simulator.jobs import StoredFile
from providers.simulator.pictures import PictureSpec, Source, UnreadablePicture
from providers.simulator.switches import NOTHING, Switches, Trouble
from providers.simulator.world import World, switches_at

JSON: Final = "application/json"
HTML: Final = b"<html><head><title>%d</title></head><body><center><h1>%d</h1></center><hr>nginx</body></html>\n"
DRIP_PIECES: Final = 20
LONGEST_HANG_S: Final = 3600.0


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer as it should be, and the switches of what becomes of it on its way; or `pieces` as they are made."""

    status: int = 200
    body: bytes = b""
    media_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    switches: Switches = NOTHING
    pieces: AsyncIterator[bytes] | None = None

    def response(self) -> Response:
        """What the server sends."""
        switches = self.switches
        if self.pieces is not None:
            return StreamingResponse(self.pieces, self.status, self.headers, self.media_type)
        if switches is NOTHING:
            return Response(self.body, self.status, self.headers, self.media_type)
        status, body, media_type = self.status, self.body, self.media_type
        if switches.html:
            status, body, media_type = 200, HTML % (200, 200), "text/html"
        elif switches.body:
            body, media_type = _form(switches.body, status)
        headers = dict(self.headers)
        if switches.retry_after:
            headers["retry-after"] = switches.retry_after
        return _Faulty(Response(body, status, headers, media_type), switches)


def json_answer(found: Any, status: int = 200, switches: Switches = NOTHING, **headers: str) -> Answer:
    """JSON; header names are given with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=status, body=orjson.dumps(found), headers=named, switches=switches)


def _form(form: str, status: int) -> tuple[bytes, str]:
    if form == "html":
        return HTML % (status, status), "text/html"
    return (b"" if form == "empty" else b"upstream connect error or disconnect"), "text/plain"


class _Faulty(Response):
    """A response sent late, slowly, in part or not at all."""

    def __init__(self, whole: Response, switches: Switches) -> None:
        self.whole = whole
        self.switches = switches
        self.background = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        switches, body = self.switches, bytes(self.whole.body)
        await asyncio.sleep(switches.slow_s)
        if switches.hangs:
            await client_gone(receive)
            return
        if switches.resets:
            reset(scope)
            return
        await send({"type": "http.response.start", "status": self.whole.status_code, "headers": self.whole.raw_headers})
        if switches.first_byte_s:
            # The server holds the headers back until something of the body is there, be it nothing.
            await send({"type": "http.response.body", "body": b"", "more_body": True})
            await asyncio.sleep(switches.first_byte_s)
        if switches.cuts or switches.truncates:
            await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
            # The half is to be on its way before the end is.
            await asyncio.sleep(0.02)
            if switches.cuts:
                reset(scope)
            return
        await self._drip(body, send)

    async def _drip(self, body: bytes, send: Send) -> None:
        pause_s = self.switches.drip_s / DRIP_PIECES
        step = max(1, -(-len(body) // DRIP_PIECES)) if pause_s else max(1, len(body))
        for at in range(0, len(body), step):
            await send({"type": "http.response.body", "body": body[at : at + step], "more_body": True})
            await asyncio.sleep(pause_s)
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def client_gone(receive: Receive) -> None:
    """Until the client hangs up, an hour at most."""
    async with asyncio.timeout(LONGEST_HANG_S):
        while (await receive())["type"] != "http.disconnect":
            continue


WHOLE: Final = re.compile(r"-?[0-9]{1,18}")
Handler = Callable[[World, Request], Awaitable[Answer]]
Endpoint = Callable[[Request], Awaitable[Response]]


# How a protocol words a refusal.
Refusing = Callable[[Trouble], Answer]


def operations(world: World, refuse: Refusing, *, open_paths: bool = False) -> Callable[[str, str, Handler], Route]:
    """A maker of routes: method, path, handler; with `open_paths` no key is asked for."""

    def route(method: str, path: str, handle: Handler) -> Route:
        return Route(path, _endpoint(world, handle, refuse, asks_key=not open_paths), methods=[method])

    return route


def _endpoint(world: World, handle: Handler, refuse: Refusing, *, asks_key: bool) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        try:
            if asks_key:
                check_key(request)
            return (await handle(world, request)).response()
        except Trouble as trouble:
            return refuse(trouble).response()
        except UnreadablePicture as error:
            return refuse(Trouble("not_found", str(error))).response()

    return endpoint


def check_key(request: Request) -> None:
    """Any key will do but one that begins with `wrong`; with one that begins with `broke` the account is empty. It
    comes as Azure's do, or as all others.

    Raises Trouble.
    """
    _, _, named = request.headers.get("authorization", "").partition(" ")
    key = request.headers.get("api-key", named)
    if not key or key.startswith("wrong"):
        raise Trouble("unauthorized", "the key is missing or not valid")
    if key.startswith("broke") and request.method == "POST":
        raise Trouble("billing", "the simulated balance is spent")


async def json_body(request: Request) -> dict[str, Any]:
    """Raises Trouble where the body is not an object."""
    try:
        found = orjson.loads(await request.body())
    except orjson.JSONDecodeError:
        raise Trouble("invalid", "the body is not JSON", reason="json_invalid") from None
    if not isinstance(found, dict):
        raise Trouble("invalid", "the body is not a JSON object", reason="json_invalid")
    return found


def text_of(given: Mapping[str, Any], name: str, *, required: bool = False) -> str:
    """A text field, "" where it is absent or null. Raises Trouble."""
    value = given.get(name)
    if value is None or value == "":
        if required:
            raise Trouble("invalid", "Field required", field=name, reason="missing")
        return ""
    if not isinstance(value, str):
        raise Trouble("invalid", "Input should be a valid string", field=name, reason="string_type")
    return value


def number_of(given: Mapping[str, Any], name: str, default: int, lowest: int, highest: int) -> int:
    """A whole number within bounds. Raises Trouble."""
    value = given.get(name)
    if value is None:
        return default
    if isinstance(value, str) and WHOLE.fullmatch(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise Trouble("invalid", "Input should be a valid integer", field=name, reason="int_type")
    if value < lowest:
        message = f"Input should be greater than or equal to {lowest}"
        raise Trouble("invalid", message, field=name, reason="greater_than_equal")
    if value > highest:
        raise Trouble(
            "invalid", f"Input should be less than or equal to {highest}", field=name, reason="less_than_equal"
        )
    return value


def origin_of(world: World, request: Request, path: str) -> str:
    """Scheme and host the request came by, and a path of ours behind: absolute links lead back the same way."""
    host = request.headers.get("host", "127.0.0.1")
    is_tls = world.conditions.tls_port is not None and host.endswith(f":{world.conditions.tls_port}")
    return f"{'https' if is_tls else 'http'}://{host}{path}"


ENDINGS: Final = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/webp": "webp",
    "image/gif": "gif",
    "image/svg+xml": "svg",
}


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


_DATA: Final = re.compile(r"data:[\w.+/-]*(?:;[\w=.-]+)*;base64,")
_TOKEN: Final = re.compile(r"[0-9a-f]{8}-51e0-4000-8000-[0-9a-f]{12}")
# The seeds that every protocol takes.
HIGHEST_SEED: Final = 2**31 - 1


async def source_of(world: World, address: str, field: str) -> Source:
    """The picture behind a data URI or a link of ours.

    Raises Trouble.
    """
    found = _inline(address, field) if address.startswith("data:") else await _stored(world, address, field)
    try:
        return world.sources.take(found)
    except UnreadablePicture as error:
        raise Trouble("invalid", f"the image could not be loaded: {error}", field, "image_load_error") from None


def _inline(address: str, field: str) -> bytes:
    head = _DATA.match(address)
    try:
        if head is None:
            raise ValueError
        return base64.b64decode(address[head.end() :], validate=True)
    except (ValueError, binascii.Error):
        raise Trouble("invalid", "the data URI is not base64", field, "image_load_error") from None


async def _stored(world: World, address: str, field: str) -> bytes:
    token = _TOKEN.search(address)
    file = world.files.find(token[0]) if token else None
    if file is None:
        raise Trouble("invalid", "the file could not be downloaded", field, "file_download_error")
    if isinstance(file.content, PictureSpec):
        return (await world.pictures.get(file.content)).content
    return file.content
