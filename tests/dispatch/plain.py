"""A protocol of the tests' own, small enough to see through, and a provider that answers by it."""

import json
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx2

from providers.adapters.capabilities import Capabilities
from providers.adapters.wire import (
    Account,
    Adapter,
    Failed,
    Finished,
    ImageOrder,
    Link,
    Outcome,
    Pending,
    ProviderAnswer,
    ProviderRequest,
)

BASE = "https://plain.example"


class PlainAdapter(Adapter):
    """`{"job"}` is pending, `{"links"}` finished, `{"kind"}` failed."""

    name = "plain"
    label = "Plain"
    default_base_url = BASE

    def capabilities(self, provider_model_id: str, call_style: str) -> Capabilities:
        return Capabilities(images_per_call=4)

    def submit(self, order: ImageOrder, account: Account, deadline_s: float) -> ProviderRequest:
        return ProviderRequest(
            method="POST",
            url=f"{account.base_url}/generate",
            authorization=f"Key {account.key}",
            content=json.dumps({"prompt": order.prompt}).encode(),
            read_timeout_s=30.0,
        )

    def read_submit(self, answer: ProviderAnswer, order: ImageOrder, account: Account) -> Outcome:
        said = json.loads(answer.body)
        if "job" in said:
            poll = said.get("poll", f"{account.base_url}/jobs/{said['job']}")
            return Pending(
                job_id=said["job"],
                poll=ProviderRequest(method="GET", url=poll, authorization=f"Key {account.key}"),
            )
        if "links" in said:
            images = tuple(Link(link) for link in said["links"])
            return Finished(images=images, seed=said.get("seed"), usage=said.get("usage", {}))
        return Failed(**said, http_status=answer.status)

    def test_connection(self, account: Account) -> ProviderRequest | None:
        return ProviderRequest(method="GET", url=f"{account.base_url}/me", authorization=f"Key {account.key}")


Answer = httpx2.Response | Exception
Responder = Callable[[httpx2.Request], Any]


@dataclass
class PlainProvider:
    """Answers by path; remembers what it was asked, and how often it was asked to work for money."""

    answers: dict[str, Answer | list[Answer] | Responder] = field(default_factory=dict)
    asked: list[httpx2.Request] = field(default_factory=list)

    async def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request)
        answer = self.answers.get(request.url.path) or PICTURES.get(request.url.path) or httpx2.Response(404)
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        if callable(answer) and not isinstance(answer, httpx2.Response):
            answer = await answer(request)
        if isinstance(answer, Exception):
            raise answer
        # Answers can be read once; the next one who asks gets a fresh one.
        return httpx2.Response(answer.status_code, headers=answer.headers, content=answer.content)

    @property
    def charges(self) -> int:
        return sum(request.method == "POST" for request in self.asked)

    @property
    def transport(self) -> httpx2.MockTransport:
        return httpx2.MockTransport(self)


def said(status: int = 200, **body: Any) -> httpx2.Response:
    return httpx2.Response(status, json=body)


def png(width_px: int = 64, height_px: int = 64) -> bytes:
    rows = zlib.compress(b"\x00" * (height_px * (1 + 3 * width_px)))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width_px, height_px, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


PICTURES = {"/pictures/64.png": httpx2.Response(200, content=png(), headers={"content-type": "image/png"})}
PICTURE = f"{BASE}/pictures/64.png"
