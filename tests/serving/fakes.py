"""A request and its answer as the server would hand them over."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class FakeHeaders:
    pairs: list[tuple[str, str]]

    def get(self, key: str, default: str | None = None) -> str | None:
        return dict(self.pairs).get(key, default)

    def get_all(self, key: str) -> list[str]:
        return [value for name, value in self.pairs if name == key]

    def items(self) -> list[tuple[str, str]]:
        return self.pairs


@dataclass
class FakeScope:
    method: str = "GET"
    path: str = "/"
    query_string: str = ""
    headers: FakeHeaders = field(default_factory=lambda: FakeHeaders([]))
    proto: str = "http"
    http_version: str = "1.1"
    server: str = "127.0.0.1:8000"
    client: str = "[::1]:4242"
    scheme: str = "http"
    authority: str | None = None


@dataclass
class FakeProtocol:
    body: list[bytes] = field(default_factory=list)
    taken: int = 0
    status: int = 0
    headers: list[tuple[str, str]] = field(default_factory=list)
    sent: list[bytes] = field(default_factory=list)
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    async def __aiter__(self):
        for piece in self.body:
            self.taken += 1
            yield piece

    def response_bytes(self, status, headers, body) -> None:
        self.status, self.headers, self.sent = status, headers, [body]

    def response_stream(self, status, headers) -> "FakeProtocol":
        assert not self.status, "it has been answered"
        self.status, self.headers, self.sent = status, headers, []
        return self

    async def send_bytes(self, data) -> None:
        self.sent.append(data)

    def response_file(self, status, headers, file) -> None:
        self.status, self.headers, self.sent = status, headers, [Path(file).read_bytes()]

    async def client_disconnect(self) -> None:
        await self.gone.wait()
