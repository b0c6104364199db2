"""The site, a WSGI application, under an RSGI server: each request in one of a few threads, its body already there."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.pq import TransactionStatus

from lumenboard.serving.bodies import Bodies
from lumenboard.serving.compression import compressed, compressed_stream, negotiate, with_right_etag
from lumenboard.serving.environ import environ_of
from lumenboard.serving.rsgi import HeaderList, HttpProtocol, Scope
from lumenboard.serving.stored_files import StoredFile
from lumenboard.serving.streams import Streams

# Django's handler; PEP 3333 has no types that it would fit.
WsgiApplication = Callable[[dict[str, Any], Any], Any]


@dataclass(frozen=True)
class WholeAnswer:
    """All of it."""

    status: int
    headers: HeaderList
    content: bytes


@dataclass(frozen=True)
class FileAnswer:
    """What lies on the disk."""

    status: int
    headers: HeaderList
    path: str


@dataclass(frozen=True)
class StreamedAnswer:
    """Pieces still to be made; not begun."""

    status: int
    headers: HeaderList
    pieces: Iterable[bytes]


SiteAnswer = WholeAnswer | FileAnswer | StreamedAnswer


class Site:
    """Answers a request with the WSGI application. Bodies are at most `longest_body` bytes; files go to `directory`."""

    def __init__(self, application: WsgiApplication, threads: int, longest_body: int, directory: Path) -> None:
        self._application = application
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="site")
        self._bodies, self._streams = Bodies(longest_body, directory), Streams(directory)

    async def __call__(self, scope: Scope, proto: HttpProtocol) -> None:
        """One request. Raises Refused."""
        with closing(await self._bodies.read(scope.headers, proto)) as body:
            environ = environ_of(scope, body)
            answer = await asyncio.get_running_loop().run_in_executor(self._threads, self._run, environ)
        if isinstance(answer, WholeAnswer):
            proto.response_bytes(answer.status, answer.headers, answer.content)
        elif isinstance(answer, FileAnswer):
            proto.response_file(answer.status, answer.headers, answer.path)
        else:
            await self._streams.send(answer.status, answer.headers, answer.pieces, proto)

    def _run(self, environ: dict[str, Any]) -> SiteAnswer:
        try:
            return answer_of(self._application, environ)
        finally:
            settle_connections()


def answer_of(application: WsgiApplication, variables: dict[str, Any]) -> SiteAnswer:
    """What the application answers, compressed where it may be. Closed, in this thread, unless it is a stream."""
    started: list[Any] = []

    def start_response(status: str, headers: HeaderList, exc_info: Any = None) -> None:
        started[:] = [int(status[:3]), headers]

    negotiate(variables)
    answer = application(variables, start_response)
    status, headers = started
    is_head = variables["REQUEST_METHOD"] == "HEAD"
    if isinstance(answer, StoredFile):
        return _file_answer(status, with_right_etag(variables, status, headers), answer, is_head)
    if getattr(answer, "streaming", False):
        headers, pieces = compressed_stream(variables, status, headers, answer)
        if not is_head:
            return StreamedAnswer(status, headers, pieces)
        answer.close()
        return WholeAnswer(status, headers, b"")
    try:
        headers, content = compressed(variables, status, headers, b"".join(answer))
        return WholeAnswer(status, headers, b"" if is_head else content)
    finally:
        answer.close()


def _file_answer(status: int, headers: HeaderList, answer: StoredFile, is_head: bool) -> WholeAnswer | FileAnswer:
    place = None if is_head else answer.on_disk()
    try:
        if place is None:
            return WholeAnswer(status, headers, b"" if is_head else b"".join(answer))
    finally:
        answer.close()
    path, length = place
    others = [(name, value) for name, value in headers if name.lower() != "content-length"]
    return FileAnswer(status, [*others, ("content-length", str(length))], path)


LOG = logging.getLogger(__name__)


def settle_connections() -> None:
    """After each request, in its thread: a connection that is broken or left in a transaction is dropped whole.

    Django itself would keep it: it closes nothing within an atomic block, even one that nobody will ever leave.
    """
    for connection in connections.all(initialized_only=True):
        if not _is_at_rest(connection):
            LOG.warning("a request left its connection in a transaction or broken; it is closed")
            _drop(connection)


def _is_at_rest(connection: BaseDatabaseWrapper) -> bool:
    if connection.in_atomic_block or connection.savepoint_ids or not connection.autocommit:
        # A connection never opened does not know yet that it commits by itself.
        return connection.connection is None and not connection.in_atomic_block
    raw = connection.connection
    return raw is None or (not raw.closed and raw.info.transaction_status == TransactionStatus.IDLE)


def _drop(connection: BaseDatabaseWrapper) -> None:
    try:
        if connection.connection is not None:
            connection.connection.close()
    finally:
        del connections[connection.alias]
