"""Unfinished pictures on their way from a provider that streams to a client that asked for a stream."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from lumenboard.gateway.application import Gateway
from providers.accounts.api_keys import create_api_key
from providers.models import Endpoint
from tests.dispatch.plain import png
from tests.gateway.client import EDITS, GENERATIONS, Client, Providers, Told, form, make_sellers, with_gateway
from tests.serving.fakes import FakeHeaders, FakeProtocol, FakeScope

USAGE = {"input_tokens": 3, "output_tokens": 40, "total_tokens": 43}


@pytest.fixture(autouse=True)
def _sells(shared_database: None, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ALPHA", "BETA"):
        monkeypatch.setenv(f"LUMENBOARD_KEY_{name}", "k")
    make_sellers("alpha", modes=("text-to-image", "image-edit"))
    Endpoint.objects.update(provider_model_id="gpt-image-1.5")


def event(kind: str, side: int = 64, **more: Any) -> bytes:
    picture = base64.b64encode(png(side, side)).decode()
    told = {"type": kind, "b64_json": picture, "created_at": 1, "quality": "high", **more}
    return b"event: %s\r\ndata: %s\r\n\r\n" % (kind.encode(), json.dumps(told).encode())


def streamed(*events: bytes, piece: int = 700) -> httpx2.Response:
    """An answer in pieces that end anywhere."""
    content = b"".join(events)

    async def pieces() -> AsyncIterator[bytes]:
        for at in range(0, len(content), piece):
            yield content[at : at + piece]

    return httpx2.Response(200, headers={"content-type": "text/event-stream; charset=utf-8"}, content=pieces())


class Streaming(Providers):
    """Hands answers on as they are, so that a stream stays one."""

    async def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request)
        return self.answers[request.url.host]()


def partial(at: int, kind: str = "generation") -> bytes:
    return event(f"image_{kind}.partial_image", 32, partial_image_index=at)


def completed(kind: str = "generation") -> bytes:
    return event(f"image_{kind}.completed", usage=USAGE) + b"data: [DONE]\r\n\r\n"


def events_in(told: Told) -> list[dict[str, Any]]:
    lines = [line.removeprefix("data: ") for line in told.content.decode().splitlines() if line.startswith("data: ")]
    return [json.loads(line) for line in lines if line != "[DONE]"]


@pytest.mark.parametrize("kind", ["generation", "edit"])
def test_partial_pictures_come_before_the_finished_one(kind: str) -> None:
    providers = Streaming({"alpha.example": lambda: streamed(partial(0, kind), partial(1, kind), completed(kind))})

    async def work(client: Client) -> Told:
        if kind == "edit":
            return await client.edit([("image", png(64, 64))], stream="true", partial_images="2")
        return await client.generate(stream=True, partial_images=2)

    told = with_gateway(providers, work)
    found = events_in(told)
    names = [f"image_{kind}.partial_image"] * 2 + [f"image_{kind}.completed"]
    assert (told.status, told.headers["content-type"]) == (200, "text/event-stream")
    assert [one["type"] for one in found] == names
    assert [one.get("partial_image_index") for one in found] == [0, 1, None]
    assert [base64.b64decode(one["b64_json"]) for one in found] == [png(32, 32), png(32, 32), png(64, 64)]
    assert {key: found[-1]["usage"][key] for key in USAGE} == USAGE
    assert found[0] | {"b64_json": "", "created_at": 0} == {
        "type": names[0],
        "created_at": 0,
        "partial_image_index": 0,
        "size": "32x32",
        "output_format": "png",
        "background": "auto",
        "quality": "high",
        "b64_json": "",
    }
    assert "warnings" not in found[-1]["metadata"]
    sent = providers.asked[0]
    said = sent.content.decode("latin-1")
    assert ('name="partial_images"\r\n\r\n2' if kind == "edit" else '"partial_images": 2') in said
    assert ('name="stream"\r\n\r\ntrue' if kind == "edit" else '"stream": true') in said


def test_each_is_with_the_client_before_the_provider_has_finished() -> None:
    may_finish = asyncio.Event()

    async def slowly(request: httpx2.Request) -> httpx2.Response:
        async def pieces() -> AsyncIterator[bytes]:
            yield partial(0)
            await asyncio.wait_for(may_finish.wait(), 10)
            yield completed()

        return httpx2.Response(200, headers={"content-type": "text/event-stream"}, content=pieces())

    async def walk() -> tuple[int, int]:
        gateway = Gateway(transport=httpx2.MockTransport(slowly))
        await gateway.catalogue.refresh()
        await gateway.open()
        order = {"model": "boat", "prompt": "a boat", "size": "64x64", "stream": True, "partial_images": 1}
        proto = FakeProtocol([json.dumps(order).encode()])
        headers = FakeHeaders([("authorization", f"Bearer {key}"), ("content-type", "application/json")])
        call = asyncio.create_task(gateway(FakeScope("POST", GENERATIONS, "", headers), proto))
        async with asyncio.timeout(10):
            while not proto.sent:
                await asyncio.sleep(0.01)
        before = len(proto.sent)
        may_finish.set()
        await call
        await gateway.close()
        return before, len(proto.sent)

    key = create_api_key("test").text
    assert asyncio.run(walk()) == (1, 2)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"n": 2, "stream": True}, "they come with n = 1 alone"),
        ({}, "it needs stream beside it"),
        ({"stream": True, "model": "plain"}, "the endpoint gives none on the way"),
    ],
)
def test_where_there_are_none_a_warning_says_so(fields: dict[str, Any], why: str) -> None:
    if fields.get("model"):
        Endpoint.objects.update(provider_model_id="flux-2")
    told = with_gateway(Providers(), lambda client: client.generate(partial_images=2, **fields | {"model": "boat"}))
    found = events_in(told) if "stream" in fields else [told.json]
    (warned,) = [one for one in found[-1]["metadata"]["warnings"] if one["parameter"] == "partial_images"]
    assert (warned["kind"], why in warned["message"]) == ("unsupported", True)
    assert "partial" not in told.content.decode().replace("partial_images", "")


def test_the_row_of_an_endpoint_may_say_otherwise() -> None:
    Endpoint.objects.update(provider_model_id="flux-2", capabilities={"partial_images": 1})
    providers = Streaming({"alpha.example": lambda: streamed(partial(0), completed())})
    told = with_gateway(providers, lambda client: client.generate(stream=True, partial_images=3))
    found = events_in(told)
    assert [one["type"].rpartition(".")[2] for one in found] == ["partial_image", "completed"]
    messages = [one["message"] for one in found[-1]["metadata"]["warnings"]]
    assert messages == ["partial_images: 3 was asked for and became 1"]
    assert json.loads(providers.asked[0].content)["partial_images"] == 1


def test_a_number_out_of_bounds_is_refused() -> None:
    told = with_gateway(Providers(), lambda client: client.generate(stream=True, partial_images=4))
    assert (told.status, told.error["param"]) == (400, "partial_images")


def test_a_failure_before_the_first_is_an_answer_like_any_other() -> None:
    fault = b'event: error\ndata: {"type":"error","error":{"message":"no boats","code":"moderation_blocked"}}\n\n'
    told = with_gateway(
        Streaming({"alpha.example": lambda: streamed(fault)}),
        lambda client: client.generate(stream=True, partial_images=1),
    )
    assert (told.status, told.error["code"]) == (400, "CONTENT_POLICY_VIOLATION")


@pytest.mark.parametrize(
    "rest",
    [
        b'event: error\ndata: {"type":"error","code":"moderation_blocked","message":"no boats"}\n\n',
        b"",
        event("image_generation.completed")[:200],
    ],
)
def test_a_failure_after_it_is_the_last_event(rest: bytes) -> None:
    providers = Streaming({"alpha.example": lambda: streamed(partial(0), rest)})
    told = with_gateway(providers, lambda client: client.generate(stream=True, partial_images=1))
    found = events_in(told)
    assert (told.status, [one["type"] for one in found]) == (200, ["image_generation.partial_image", "error"])
    code = "CONTENT_POLICY_VIOLATION" if b"moderation" in rest else "ALL_PROVIDERS_EXHAUSTED"
    assert found[-1]["error"]["code"] == code
    assert found[-1]["metadata"]["attempts"][0]["provider"] == "alpha"


def test_what_is_no_picture_is_not_passed_on_and_loses_nothing() -> None:
    wrong = [
        b'data: {"type":"image_generation.partial_image","b64_json":"bm8gcGljdHVyZQ=="}\n\n',
        b'data: {"type":"image_generation.partial_image","b64_json":7}\n\n',
        b"data: [1]\n\ndata: {\n\n: a remark\n\n",
    ]
    providers = Streaming({"alpha.example": lambda: streamed(*wrong, completed())})
    told = with_gateway(providers, lambda client: client.generate(stream=True, partial_images=3))
    assert [one["type"] for one in events_in(told)] == ["image_generation.completed"]


def test_a_provider_that_streams_nothing_is_read_as_ever() -> None:
    told = with_gateway(Providers(), lambda client: client.generate(stream=True, partial_images=3))
    assert [one["type"] for one in events_in(told)] == ["image_generation.completed"]


def test_a_repeat_gets_the_finished_picture_alone() -> None:
    providers = Streaming({"alpha.example": lambda: streamed(partial(0), completed())})

    async def work(client: Client) -> list[Told]:
        named = {"idempotency-key": "order-7"}
        return [await client.generate(headers=named, stream=True, partial_images=1) for _ in range(2)]

    first, again = (events_in(told) for told in with_gateway(providers, work))
    assert len(providers.asked) == 1
    assert [first[-1]["b64_json"]] == [one["b64_json"] for one in again]


def test_a_form_says_numbers_as_text() -> None:
    async def work(client: Client) -> Told:
        body = form({"model": "boat", "prompt": "x", "stream": "true", "partial_images": "5"}, [("image", png(64, 64))])
        return await client.call("POST", EDITS, body, content_type="multipart/form-data; boundary=b")

    assert with_gateway(Providers(), work).status == 400
