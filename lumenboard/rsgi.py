"""The RSGI entry point: what the web server runs in each of its processes."""

from typing import Final

from lumenboard.serving.rsgi import HttpProtocol, Scope
from lumenboard.serving.site import Site
from lumenboard.wsgi import application as wsgi

SITE_THREADS: Final = 4


class Application:
    """The site, in a few threads beside the event loop."""

    def __init__(self) -> None:
        self._site = Site(wsgi, SITE_THREADS)

    async def __rsgi__(self, scope: Scope, proto: HttpProtocol) -> None:
        await self._site(scope, proto)


application = Application()
