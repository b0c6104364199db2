"""The RSGI entry point: what the web server runs in each of its processes."""

import asyncio
import gc
import time
from typing import Final

from lumenboard.serving.refusals import Refused
from lumenboard.serving.rsgi import HttpProtocol, Scope
from lumenboard.serving.site import Site
from lumenboard.wsgi import application as wsgi

# Django is set up by the line above.
from django.conf import settings  # isort: skip
from lumenboard.gateway.application import Gateway, is_gateways  # isort: skip
from lumenboard.request_counters import count_request  # isort: skip
from lumenboard.serving.health import PATH, Health  # isort: skip
from lumenboard.middleware import longest_body  # isort: skip

SITE_THREADS: Final = 4
# New objects before the youngest are looked through, and so on; Python's own 700 are few for a server.
COLLECTIONS: Final = (20_000, 20, 20)


class Application:
    """Health and the gateway in the event loop, the site in a few threads beside it."""

    def __init__(self) -> None:
        self._site = Site(wsgi, SITE_THREADS, longest_body(), settings.LAYOUT.data_dir)
        self._health = Health()
        self._gateway: Gateway | None = None
        self._opening: asyncio.Task[None] | None = None

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        # What is loaded by now stays; looking through it again and again takes longer than it frees.
        gc.collect()
        gc.freeze()
        gc.set_threshold(*COLLECTIONS)
        self._gateway = Gateway()
        self._opening = loop.create_task(self._gateway.open())

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        loop.run_until_complete(self._health.close())
        if self._gateway is not None:
            loop.run_until_complete(self._gateway.close())

    async def __rsgi__(self, scope: Scope, proto: HttpProtocol) -> None:
        began = time.perf_counter()
        try:
            _check_host(scope)
            if scope.path == PATH:
                status = await self._health.answer(scope.method, proto)
                count_request(PATH, scope.method, status, time.perf_counter() - began)
            elif self._gateway is not None and is_gateways(scope.path):
                await self._gateway(scope, proto)
            else:
                await self._site(scope, proto)
        except Refused as refused:
            refused.send(proto, scope.path)
            count_request("none", scope.method, refused.status, time.perf_counter() - began)


def _check_host(scope: Scope) -> None:
    """As HTTP/1.1 wants it: a request names its host once. Raises Refused."""
    if scope.http_version == "1.1" and len(scope.headers.get_all("host")) != 1:
        raise Refused(400, "A request must have one Host header.", closes=True)


application = Application()
