"""The part of the server's RSGI interface that we use, as types; see granian's specification.

Streams of the server (`response_stream`) are for events alone, which are few and end with one that says so: it queues
what is sent without a bound, tells nobody whether the client reads, and ends every stream as if it were whole.
"""

from collections.abc import AsyncIterator, ItemsView
from typing import Protocol

HeaderList = list[tuple[str, str]]


class Headers(Protocol):
    """Names in lower case; a repeated header is repeated in `items`."""

    def get(self, key: str, default: str | None = None) -> str | None: ...

    def get_all(self, key: str) -> list[str]: ...

    def items(self) -> ItemsView[str, str] | list[tuple[str, str]]: ...


class Scope(Protocol):
    """What is known of a request before its body. `path` is percent-decoded, `client` and `server` are host:port.

    `authority` is the host and port the address itself names, as in HTTP/2.
    """

    proto: str
    http_version: str
    server: str
    client: str
    scheme: str
    method: str
    authority: str | None
    path: str
    query_string: str
    headers: Headers


class Transport(Protocol):
    """A stream that has begun; it ends with the request."""

    async def send_bytes(self, data: bytes) -> None: ...


class HttpProtocol(Protocol):
    """One request and its answer: iterated for pieces of the body, answered once."""

    def __aiter__(self) -> AsyncIterator[bytes]: ...

    async def client_disconnect(self) -> None: ...

    def response_bytes(self, status: int, headers: HeaderList, body: bytes) -> None: ...

    def response_stream(self, status: int, headers: HeaderList) -> Transport: ...

    def response_file(self, status: int, headers: HeaderList, file: str) -> None: ...
