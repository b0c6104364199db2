"""The RSGI entry point: what the web server runs in each of its processes."""

import asyncio
from typing import Final

from lumenboard.serving.rsgi import HttpProtocol, Scope
from lumenboard.serving.site import Site
from lumenboard.wsgi import application as wsgi

# Django is set up by the line above.
from lumenboard.gateway.application import Gateway, is_gateways  # isort: skip

SITE_THREADS: Final = 4


class Application:
    """The gateway in the event loop, the site in a few threads beside it."""

    def __init__(self) -> None:
        self._site = Site(wsgi, SITE_THREADS)
        self._gateway: Gateway | None = None
        self._opening: asyncio.Task[None] | None = None

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._gateway = Gateway()
        self._opening = loop.create_task(self._gateway.open())

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._gateway is not None:
            loop.run_until_complete(self._gateway.close())

    async def __rsgi__(self, scope: Scope, proto: HttpProtocol) -> None:
        if self._gateway is not None and is_gateways(scope.path):
            await self._gateway(scope, proto)
        else:
            await self._site(scope, proto)


application = Application()
