"""Answers, and how they are sent when the connection is what goes wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from providers.simulator.connection import reset
from providers.simulator.switches import NOTHING, Switches

JSON: Final = "application/json"
HTML: Final = b"<html><head><title>%d</title></head><body><center><h1>%d</h1></center><hr>nginx</body></html>\n"
DRIP_PIECES: Final = 20
LONGEST_HANG_S: Final = 3600.0


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer as it should be, and the switches of what becomes of it on its way."""

    status: int = 200
    body: bytes = b""
    media_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    switches: Switches = NOTHING

    def response(self) -> Response:
        """What the server sends."""
        switches = self.switches
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
