"""The least that stands between a client and a provider: a body read once, sent on, and its answer passed back.

It knows no keys, counts nothing and keeps nothing: what exactness costs is measured against it.
"""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import httpx2

if TYPE_CHECKING:
    from lumenboard.serving.rsgi import HttpProtocol, Scope


class BareProxy:
    """For granian, in as many processes as the site's own."""

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._upstream = os.environ["BARE_UPSTREAM"]
        limits = httpx2.Limits(max_connections=None, max_keepalive_connections=64)
        self._client = httpx2.AsyncClient(limits=limits, timeout=60.0, trust_env=False)

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        loop.run_until_complete(self._client.aclose())

    async def __rsgi__(self, scope: Scope, proto: HttpProtocol) -> None:
        if scope.method == "GET":
            proto.response_bytes(200, [], b"ok")
            return
        body = b"".join([piece async for piece in proto])
        headers = {"content-type": "application/json", "authorization": "Bearer any"}
        answer = await self._client.post(self._upstream, content=body, headers=headers)
        proto.response_bytes(answer.status_code, [("content-type", "application/json")], answer.content)


application = BareProxy()
