"""Calls the gateway without a server; its providers answer from a table by their own protocol."""

import asyncio
import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx2
from django.db import connections

from lumenboard.gateway.application import Gateway
from providers.accounts.api_keys import create_api_key
from tests.dispatch.factories import make_account, make_endpoint
from tests.dispatch.plain import png
from tests.serving.fakes import FakeHeaders, FakeProtocol, FakeScope

GENERATIONS, EDITS = "/openai/v1/images/generations", "/openai/v1/images/edits"
Answering = Callable[[httpx2.Request], Any]


def pictures(count: int = 1, side: int = 64) -> httpx2.Response:
    """What an OpenAI-like provider answers."""
    items = [{"b64_json": base64.b64encode(png(side, side)).decode()} for _ in range(count)]
    return httpx2.Response(200, json={"created": 1, "data": items})


def refusal(status: int, code: str = "", message: str = "no", **headers: str) -> httpx2.Response:
    body = {"error": {"message": message, "type": "x", "param": None, "code": code}}
    return httpx2.Response(status, json=body, headers=headers)


@dataclass
class Providers:
    """By host: an answer, an exception, or what makes one of the request. Remembers what it was asked."""

    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[httpx2.Request] = field(default_factory=list)

    async def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request)
        answer = self.answers.get(request.url.host)
        if answer is None:
            answer = pictures(json.loads(request.content).get("n", 1)) if is_json(request) else pictures()
        if callable(answer) and not isinstance(answer, httpx2.Response):
            answer = await answer(request)
        if isinstance(answer, Exception):
            raise answer
        return httpx2.Response(answer.status_code, headers=answer.headers, content=answer.content)

    @property
    def hosts(self) -> list[str]:
        return [request.url.host for request in self.asked]


def is_json(request: httpx2.Request) -> bool:
    return request.headers.get("content-type", "").startswith("application/json")


@dataclass
class Told:
    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.content)

    @property
    def error(self) -> dict[str, Any]:
        return self.json["error"]


@dataclass
class Client:
    gateway: Gateway
    key: str

    async def call(
        self, method: str, path: str, body: bytes | list[bytes] = b"", query: str = "", **headers: str
    ) -> Told:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named = {"authorization": f"Bearer {self.key}"} | named
        pieces = body if isinstance(body, list) else [body]
        proto = FakeProtocol([piece for piece in pieces if piece])
        scope = FakeScope(method, path, query, FakeHeaders(list(named.items())))
        await self.gateway(scope, proto)
        return Told(proto.status, dict(proto.headers), b"".join(proto.sent))

    async def settled(self) -> None:
        """Once everything that follows answers has been written."""
        await self.gateway.images.dispatcher.drain()
        await self.gateway.log.flush()

    async def generate(self, query: str = "", headers: dict[str, str] | None = None, **fields: Any) -> Told:
        body = json.dumps({"model": "boat", "prompt": "a paper boat", "size": "64x64", **fields}).encode()
        told = {"content-type": "application/json"} | (headers or {})
        return await self.call("POST", GENERATIONS, body, query, **told)

    async def edit(self, files: list[tuple[str, bytes]], **fields: str) -> Told:
        body = form({"model": "boat", "prompt": "repaint it", **fields}, files)
        return await self.call("POST", EDITS, body, content_type="multipart/form-data; boundary=b")


def form(fields: dict[str, str], files: list[tuple[str, bytes]]) -> bytes:
    parts = [f'--b\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'.encode() for k, v in fields.items()]
    for name, content in files:
        head = f'--b\r\nContent-Disposition: form-data; name="{name}"; filename="upload"\r\n'
        parts.append(head.encode() + b"Content-Type: application/octet-stream\r\n\r\n" + content + b"\r\n")
    return b"".join(parts) + b"--b--\r\n"


def with_gateway(providers: Providers, work: Callable[[Client], Any], key: str = "") -> Any:
    """Runs `work` with a gateway that has read the catalogue; its log is written when this returns."""

    async def walk() -> Any:
        gateway = Gateway(transport=httpx2.MockTransport(providers))
        await gateway.catalogue.refresh()
        await gateway.open()
        try:
            return await work(Client(gateway, key or made.text))
        finally:
            await gateway.close()

    made = None if key else create_api_key("test")
    return asyncio.run(walk())


async def in_thread(work: Callable[..., Any], *arguments: Any) -> Any:
    """Django's rows from within a coroutine, with a connection that goes with it."""

    def run() -> Any:
        try:
            return work(*arguments)
        finally:
            connections.close_all()

    return await asyncio.to_thread(run)


def make_sellers(*providers: str, prices: tuple[str, ...] = (), modes: tuple[str, ...] = ("text-to-image",)) -> None:
    """One model, `boat`, at each provider, which speaks OpenAI's protocol at its own host; the first is cheapest."""
    model = None
    for number, provider in enumerate(providers):
        price = prices[number] if prices else f"0.0{number + 1}"
        endpoint = make_endpoint(provider, price, modes=list(modes), worst_case_usd="0.5")
        if model is None:
            model = endpoint.model
            model.slug, model.modes = "boat", list(modes)
            model.save()
        endpoint.model, endpoint.key = model, f"{provider}/boat"
        endpoint.save()
        make_account(endpoint.provider, "openai", base_url=f"https://{provider}.example/v1")
