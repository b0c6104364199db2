"""The site, a WSGI application, under an RSGI server: each request in one of a few threads, bodies read piece by piece.

Nothing is buffered: the thread asks the event loop for the next piece of a body when it wants one.
"""

import asyncio
import io
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, BinaryIO, Final

from lumenboard.serving.rsgi import Headers, HttpProtocol, Scope

PATIENCE_S: Final = 30.0
"""For the next piece of a body: a client that sends nothing must not hold a thread."""
# Django's handler; PEP 3333 has no types that it would fit.
WsgiApplication = Callable[[dict[str, Any], Any], Any]


class BodyPieces(io.RawIOBase):
    """The pieces of a request's body as a file, for the thread that reads it. Raises TimeoutError, an OSError."""

    def __init__(self, proto: HttpProtocol, loop: asyncio.AbstractEventLoop) -> None:
        self._proto, self._loop = proto, loop
        self._pieces: AsyncIterator[bytes] | None = None
        self._held = memoryview(b"")

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fills the buffer from one piece; 0 at the end."""
        if not self._held:
            self._held = memoryview(self._next())
        taken = min(len(buffer), len(self._held))
        buffer[:taken] = self._held[:taken]
        self._held = self._held[taken:]
        return taken

    def _next(self) -> bytes:
        return asyncio.run_coroutine_threadsafe(self._piece(), self._loop).result(PATIENCE_S)

    async def _piece(self) -> bytes:
        if self._pieces is None:
            self._pieces = aiter(self._proto)
        return await anext(self._pieces, b"")


class Site:
    """Answers a request with the WSGI application."""

    def __init__(self, application: WsgiApplication, threads: int) -> None:
        self._application = application
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="site")

    async def __call__(self, scope: Scope, proto: HttpProtocol) -> None:
        loop = asyncio.get_running_loop()
        environ = environ_of(scope, io.BufferedReader(BodyPieces(proto, loop)))
        status, headers, answer = await loop.run_in_executor(self._threads, self._run, environ)
        if isinstance(answer, bytes):
            proto.response_bytes(status, headers, answer)
            return
        pieces = iter(answer)
        transport = proto.response_stream(status, headers)
        try:
            while (piece := await loop.run_in_executor(self._threads, next, pieces, None)) is not None:
                await transport.send_bytes(piece)
        finally:
            await loop.run_in_executor(self._threads, _close, answer)

    def _run(self, environ: dict[str, Any]) -> tuple[int, list[tuple[str, str]], bytes | Iterable[bytes]]:
        """Status, headers and the answer: whole, or its pieces where it is streamed."""
        started: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
            started[:] = [int(status[:3]), headers]

        answer = self._application(environ, start_response)
        if getattr(answer, "streaming", False) or not hasattr(answer, "status_code"):
            return started[0], started[1], answer
        try:
            return started[0], started[1], b"".join(answer)
        finally:
            _close(answer)


def _close(answer: Iterable[bytes]) -> None:
    if close := getattr(answer, "close", None):
        close()


def environ_of(scope: Scope, body: BinaryIO) -> dict[str, Any]:
    """The request as PEP 3333 wants it."""
    host, _, port = scope.server.rpartition(":")
    return {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_NAME": host,
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": body,
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        **_header_variables(scope.headers),
    }


def _header_variables(headers: Headers) -> dict[str, str]:
    """Repeated headers joined. A name with an underscore is left out: it would stand for one with a hyphen."""
    variables: dict[str, str] = {}
    for name, value in headers.items():
        if "_" in name:
            continue
        variable = name.upper().replace("-", "_")
        if variable not in {"CONTENT_TYPE", "CONTENT_LENGTH"}:
            variable = f"HTTP_{variable}"
        joint = "; " if variable == "HTTP_COOKIE" else ","
        variables[variable] = f"{variables[variable]}{joint}{value}" if variable in variables else value
    return variables
