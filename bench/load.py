"""A light HTTP client that asks one thing many times at once: a kept connection per client, bodies read whole."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from time import perf_counter
from urllib.parse import urlsplit


@dataclass
class Load:
    """Seconds of every answered request, how many were not answered with 200, and how long it all took."""

    seconds: list[float] = field(default_factory=list)
    refused: int = 0
    took_s: float = 0.0

    def quantile(self, share: float) -> float:
        """Nearest rank, in milliseconds; NaN without an answer."""
        ordered = sorted(self.seconds)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")

    @property
    def per_second(self) -> float:
        return len(self.seconds) / self.took_s if self.took_s else 0.0


@dataclass(frozen=True)
class Target:
    """Where to ask and what."""

    url: str
    key: str = "any"
    body: bytes = b""

    def request(self) -> bytes:
        parts = urlsplit(self.url)
        head = f"{'POST' if self.body else 'GET'} {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
        head += f"Authorization: Bearer {self.key}\r\n"
        head += f"Content-Type: application/json\r\nContent-Length: {len(self.body)}\r\n\r\n"
        return head.encode() + self.body


async def load(target: Target, clients: int, requests: int) -> Load:
    """`requests` in all, shared by `clients` that ask one after another."""
    result, left = Load(), iter(range(requests))
    started = perf_counter()
    await asyncio.gather(*(_client(target, result, left) for _ in range(clients)))
    result.took_s = perf_counter() - started
    return result


async def _client(target: Target, result: Load, left: object) -> None:
    parts, request = urlsplit(target.url), target.request()
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port, limit=1 << 22)
    try:
        for _ in left:  # type: ignore[attr-defined]  # an iterator that all clients share
            began = perf_counter()
            writer.write(request)
            status = await _answer(reader)
            if status == 200:
                result.seconds.append(perf_counter() - began)
            else:
                result.refused += 1
    finally:
        writer.close()


async def _answer(reader: asyncio.StreamReader) -> int:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    if "content-length: " in head:
        await reader.readexactly(int(head.partition("content-length: ")[2].split("\r\n")[0]))
    else:
        while size := int((await reader.readline()).strip() or b"0", 16):
            await reader.readexactly(size + 2)
        await reader.readline()
    return int(head.split(" ", 2)[1])
