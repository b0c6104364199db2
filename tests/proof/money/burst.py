"""Many calls that go out at the same moment, each on a connection of its own."""

import asyncio
import json
from collections import Counter
from collections.abc import Mapping
from typing import Any


def burst(port: int, key: str, body: Mapping[str, Any], calls: int) -> Counter[str]:
    """The answers by status, and by code where they hold an error."""
    return asyncio.run(_all(port, _request(port, key, body), calls))


def _request(port: int, key: str, body: Mapping[str, Any]) -> bytes:
    content = json.dumps(body).encode()
    head = f"POST /openai/v1/images/generations HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {key}\r\n"
    head += f"Content-Type: application/json\r\nConnection: close\r\nContent-Length: {len(content)}\r\n\r\n"
    return head.encode() + content


async def _all(port: int, request: bytes, calls: int) -> Counter[str]:
    start = asyncio.Event()
    lines = [asyncio.create_task(_one(port, request, start)) for _ in range(calls)]
    await asyncio.sleep(0.5)
    start.set()
    return Counter(await asyncio.gather(*lines))


async def _one(port: int, request: bytes, start: asyncio.Event) -> str:
    """Connected and almost sent beforehand, so that all arrive together."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request[:-1])
        await writer.drain()
        await start.wait()
        writer.write(request[-1:])
        answer = await asyncio.wait_for(reader.read(), 90)
    finally:
        writer.close()
    head, _, content = answer.partition(b"\r\n\r\n")
    status = head.split(b" ", 2)[1].decode()
    return status if status == "200" else f"{status} {json.loads(content)['error']['code']}"
