"""A site of a few paths, as the real server serves it: `granian tests.serving.small_site:application`."""

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lumenboard.settings")

from django.db import OperationalError

from lumenboard.serving import bodies, streams
from lumenboard.serving.refusals import Refused
from lumenboard.serving.rsgi import HttpProtocol, Scope
from lumenboard.serving.site import Site

PLACE = Path(os.environ["SMALL_SITE"])
STORED = PLACE / "stored"
STORED.write_bytes(bytes(range(256)) * 4096)
# Three seconds for 50 MB instead of minutes.
bodies.GRACE_S = streams.GRACE_S = 1.0  # type: ignore[misc]
streams.LEAST_BYTES_PER_S = 25 << 20  # type: ignore[misc]
streams.OPENED_WITHIN_S = 0.5  # type: ignore[misc]
bodies.LONG_AT_ONCE = 2  # type: ignore[misc]
streams.AT_ONCE = 4  # type: ignore[misc]
seen: dict[str, Any] = {"threads": set(), "closed": 0, "begun": 0}


class Pieces:
    """A streamed answer that watches which threads it is handled in."""

    streaming = True

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        seen["begun"] += 1
        for piece in self._pieces:
            seen["threads"].add(threading.current_thread().name)
            yield piece

    def close(self) -> None:
        seen["threads"].add(threading.current_thread().name)
        seen["closed"] += 1


def big(count: int) -> Iterator[bytes]:
    for _ in range(count):
        yield b"x" * (1 << 16)


def broken() -> Iterator[bytes]:
    yield from big(40)
    raise OperationalError("the database system is shutting down")


def endless() -> Iterator[bytes]:
    while True:
        time.sleep(0.05)
        yield b"x"


def site(environ: dict[str, Any], start_response: Any) -> Any:
    path = environ["PATH_INFO"]
    start_response("200 OK", [("content-type", "text/plain")])
    if path == "/echo":
        return Whole(environ["wsgi.input"].read())
    if path == "/stored":
        return environ["wsgi.file_wrapper"](STORED.open("rb"))
    made = {"/big": lambda: big(800), "/small": lambda: big(2), "/broken": broken, "/endless": endless}
    if path in made:
        return Pieces(made[path]())
    return Whole(repr((sorted(seen["threads"]), seen["begun"], seen["closed"], streams_open())).encode())


def streams_open() -> int:
    own = application._site._streams
    return own._making + own._reading


class Whole(list[bytes]):
    def __init__(self, content: bytes) -> None:
        super().__init__([content])

    def close(self) -> None: ...


class Application:
    def __init__(self) -> None:
        self._site = Site(site, 2, 60 << 20, PLACE)

    async def __rsgi__(self, scope: Scope, proto: HttpProtocol) -> None:
        try:
            await self._site(scope, proto)
        except Refused as refused:
            refused.send(proto, scope.path)


application = Application()
