"""Every operation of the gateway: its path, the scope its key needs, and what runs it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.db import connections

from lumenboard.gateway import account, media, models
from lumenboard.gateway.admission import Caller
from lumenboard.gateway.call import Answer, Call
from lumenboard.gateway.errors import GatewayError, JsonObject
from lumenboard.gateway.openapi import document

if TYPE_CHECKING:
    from lumenboard.gateway.application import Gateway

Handler = Callable[["Gateway", Call, Caller | None, str], Awaitable[Answer]]


@dataclass(frozen=True)
class Operation:
    """`scope` is what its key must hold; unkeyed operations are open to everyone."""

    run: Handler
    scope: str = ""
    keyed: bool = True


async def _generations(gateway: Gateway, call: Call, caller: Caller | None, argument: str) -> Answer:
    assert caller is not None
    return await gateway.images.answer(call, caller, "generation", argument)


async def _edits(gateway: Gateway, call: Call, caller: Caller | None, argument: str) -> Answer:
    assert caller is not None
    return await gateway.images.answer(call, caller, "edit", argument)


async def _variations(gateway: Gateway, call: Call, caller: Caller | None, argument: str) -> Answer:
    raise GatewayError("NOT_FOUND", "Variations are not offered; send the picture to /openai/v1/images/edits.")


async def _list_models(gateway: Gateway, call: Call, caller: Caller | None, argument: str) -> Answer:
    return Answer(200, models.model_list(gateway.catalogue.current, call.query))


async def _get_model(gateway: Gateway, call: Call, caller: Caller | None, argument: str) -> Answer:
    return Answer(200, models.model_item(gateway.catalogue.current, argument, with_schema=call.switch("schema")))


async def _list_requests(gateway: Gateway, call: Call, caller: Caller | None, argument: str) -> Answer:
    assert caller is not None
    return Answer(200, await _read(account.list_requests, caller.key_id, call.query))


async def _get_request(gateway: Gateway, call: Call, caller: Caller | None, argument: str) -> Answer:
    assert caller is not None
    return Answer(200, await _read(account.get_request, caller, argument))


async def _cancel(gateway: Gateway, call: Call, caller: Caller | None, argument: str) -> Answer:
    assert caller is not None
    return Answer(200, await _read(account.cancel_request, caller.key_id, argument))


async def _webhook_secret(gateway: Gateway, call: Call, caller: Caller | None, argument: str) -> Answer:
    assert caller is not None
    return Answer(200, account.read_webhook_secret(caller.public_id))


async def _purge(gateway: Gateway, call: Call, caller: Caller | None, argument: str) -> Answer:
    assert caller is not None
    return Answer(200, await _read(account.purge_payloads, caller.key_id, argument))


async def _balance(gateway: Gateway, call: Call, caller: Caller | None, argument: str) -> Answer:
    assert caller is not None
    return Answer(200, await _read(account.balance, caller.public_id))


async def _media(gateway: Gateway, call: Call, caller: Caller | None, argument: str) -> Answer:
    signature = call.query.get("signature", "")
    return await asyncio.to_thread(media.media_answer, argument, call.query.get("expires", ""), signature)


async def _openapi(gateway: Gateway, call: Call, caller: Caller | None, argument: str) -> Answer:
    return Answer(200, document())


async def _read(read: Callable[..., JsonObject], *arguments: Any) -> JsonObject:
    """In a thread, with a connection that goes with it: threads come and go, connections must not stay behind."""

    def work() -> JsonObject:
        try:
            return read(*arguments)
        finally:
            connections.close_all()

    return await asyncio.to_thread(work)


# Paths without /openai, which is optional for all of them but the pictures' own.
OPERATIONS: Final[tuple[tuple[re.Pattern[str], Mapping[str, Operation]], ...]] = tuple(
    (re.compile(path), methods)
    for path, methods in (
        # some clients leave the version out
        (r"(?:/v1)?/images/generations", {"POST": Operation(_generations, "images")}),
        (r"(?:/v1)?/images/edits", {"POST": Operation(_edits, "images")}),
        # as clients of Azure's form call
        (r"/deployments/([^/]{1,200})/images/generations", {"POST": Operation(_generations, "images")}),
        (r"/deployments/([^/]{1,200})/images/edits", {"POST": Operation(_edits, "images")}),
        (r"/v1/images/variations", {"POST": Operation(_variations, "images")}),
        (r"(?:/v1)?/models", {"GET": Operation(_list_models)}),
        (r"(?:/v1)?/models/(.{1,300})", {"GET": Operation(_get_model)}),
        (r"/v1/requests", {"GET": Operation(_list_requests, account.READS)}),
        (r"/v1/requests/([^/]{1,80})", {"GET": Operation(_get_request), "DELETE": Operation(_cancel, "images")}),
        (r"/v1/requests/([^/]{1,80})/cancel", {"POST": Operation(_cancel, "images")}),
        (r"/v1/requests/([^/]{1,80})/payloads", {"DELETE": Operation(_purge, account.READS)}),
        (r"/v1/webhook-secret", {"GET": Operation(_webhook_secret, "images")}),
        (r"/v1/balance", {"GET": Operation(_balance)}),
        (r"/v1/openapi\.json", {"GET": Operation(_openapi, keyed=False)}),
        (r"/media/([^/]{1,100})", {"GET": Operation(_media, keyed=False)}),
    )
)


def find_operation(call: Call) -> tuple[Operation, str]:
    """The operation and what its path names. Raises GatewayError."""
    path = call.path.removeprefix("/openai")
    path = path[:-1] if path.endswith("/") else path
    for pattern, methods in OPERATIONS:
        match = pattern.fullmatch(path)
        if match is None:
            continue
        method = "GET" if call.method == "HEAD" else call.method
        if method not in methods:
            error = GatewayError(
                "METHOD_NOT_ALLOWED", f"{call.method} is not allowed; allowed is {', '.join(methods)}."
            )
            error.extra_headers = {"allow": ", ".join(methods)}
            raise error
        return methods[method], match[1] if match.groups() else ""
    raise GatewayError("NOT_FOUND", "There is no such operation.")
