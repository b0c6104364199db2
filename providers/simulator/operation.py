"""One HTTP operation of a protocol: key, handler, refusals in the protocol's words."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Protocol

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from providers.simulator.answers import Answer
from providers.simulator.sources import UnreadablePicture
from providers.simulator.trouble import Trouble
from providers.simulator.world import World

WHOLE: Final = re.compile(r"-?[0-9]{1,18}")
Handler = Callable[[World, Request], Awaitable[Answer]]
Endpoint = Callable[[Request], Awaitable[Response]]


class Refusing(Protocol):
    """How a protocol words a refusal."""

    def __call__(self, trouble: Trouble) -> Answer: ...


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
