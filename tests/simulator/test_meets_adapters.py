"""Our adapters and the simulator were written from the same papers: each must find in the other what it expects."""

import io
from typing import Any

import pytest
from PIL import Image

from providers.adapters.registry import ADAPTERS
from providers.adapters.wire import Account, Failed, Finished, ImageOrder, InputImage, Link, Pending, ProviderAnswer
from providers.pricing import Size
from providers.sheet import IMAGE_EDIT, TEXT_TO_IMAGE
from tests.simulator.conftest import Simulator

ACCOUNTS = {
    name: Account(base_url=f"http://127.0.0.1:8001{path}", key="any")
    for name, path in {
        "fal": "/fal",
        "replicate": "/replicate",
        "dashscope": "/dashscope",
        "openai": "/openai/v1",
        "azure": "/openai/v1",
    }.items()
}
# Whoever speaks OpenAI's operations is one to the simulator.
PLAYED_AS = {"azure": "openai"}
DRAWN = [
    ("fal", "direct", "fal-ai/z-image/turbo"),
    ("fal", "queue", "demo/cobalt-xl"),
    ("replicate", "wait", "prunaai/z-image-turbo"),
    ("replicate", "poll", "demo/cobalt-xl"),
    ("dashscope", "sync", "z-image-turbo"),
    ("dashscope", "task", "demo/cobalt-xl"),
    ("dashscope", "task", "wan2.6-t2i"),
    ("openai", "", "demo/cobalt-xl"),
    ("openai", "", "gpt-image-1"),
    ("azure", "", "gpt-image-1"),
]
EDITED = [
    ("fal", "direct", "fal-ai/z-image/turbo/image-to-image"),
    ("fal", "queue", "demo/cobalt-xl/edit"),
    ("replicate", "wait", "prunaai/z-image-turbo-img2img"),
    ("dashscope", "sync", "qwen-image-edit"),
    ("dashscope", "task", "wan2.5-i2i-preview"),
    ("openai", "", "gpt-image-1"),
    ("azure", "", "gpt-image-1"),
]
SIZE = Size(width_px=640, height_px=512)


def order_of(mode: str, style: str, model: str, **more: Any) -> ImageOrder:
    usual: dict[str, Any] = {"prompt": "a lighthouse", "size": SIZE, "seed": 7, **more}
    return ImageOrder(mode=mode, provider_model_id=model, call_style=style, **usual)


def picture(colour: str) -> InputImage:
    out = io.BytesIO()
    Image.new("RGB", (SIZE.width_px, SIZE.height_px), colour).save(out, "PNG")
    return InputImage(content=out.getvalue(), media_type="image/png", size=SIZE)


def carried_out(simulator: Simulator, protocol: str, order: ImageOrder, simulate: str = "") -> Finished | Failed:
    """Submit and poll until the adapter has an end."""
    adapter, account = ADAPTERS[protocol], ACCOUNTS[protocol]
    request, submitted = adapter.submit(order, account, 30.0), False
    for _ in range(5):
        headers = dict(request.headers) | {request.key_header: request.authorization}
        if simulate and not submitted:
            headers["x-simulate"] = simulate
        got = simulator.client.request(request.method, request.url, headers=headers, content=request.content)
        answer = ProviderAnswer(status=got.status_code, headers=dict(got.headers), body=got.content)
        read = adapter.read_poll if submitted else adapter.read_submit
        outcome, submitted = read(answer, order, account), True
        if not isinstance(outcome, Pending):
            return outcome
        request = outcome.poll
    raise AssertionError("it never ended")


def opened(simulator: Simulator, outcome: Finished | Failed, place: int = 0) -> Image.Image:
    assert isinstance(outcome, Finished), outcome
    found = outcome.images[place]
    content = simulator.client.get(found.url).content if isinstance(found, Link) else found.content
    return Image.open(io.BytesIO(content)).convert("RGB")


@pytest.mark.parametrize(("protocol", "style", "model"), DRAWN)
def test_an_adapter_gets_the_picture_it_ordered_and_is_charged_once(
    simulator: Simulator, protocol: str, style: str, model: str
) -> None:
    outcome = carried_out(simulator, protocol, order_of(TEXT_TO_IMAGE, style, model))
    assert opened(simulator, outcome).size == (640, 512)
    assert [(charge["provider"], charge["model"]) for charge in simulator.charges()] == [
        (PLAYED_AS.get(protocol, protocol), model)
    ]


@pytest.mark.parametrize(("protocol", "style", "model"), EDITED)
def test_an_edit_alters_the_picture_it_is_given(simulator: Simulator, protocol: str, style: str, model: str) -> None:
    def corner(colour: str) -> Any:
        order = order_of(IMAGE_EDIT, style, model, inputs=(picture(colour),))
        return opened(simulator, carried_out(simulator, protocol, order)).getpixel((9, 9))

    assert corner("white") != corner("navy")
    assert corner("white") != (255, 255, 255)


@pytest.mark.parametrize(
    ("protocol", "style", "model", "images"),
    [("fal", "queue", "demo/cobalt-xl", 4), ("dashscope", "task", "demo/cobalt-xl", 4), ("openai", "", "harbor-1", 10)],
)
def test_several_pictures_differ(simulator: Simulator, protocol: str, style: str, model: str, images: int) -> None:
    outcome = carried_out(simulator, protocol, order_of(TEXT_TO_IMAGE, style, model, images=images))
    drawn = {opened(simulator, outcome, place).tobytes() for place in range(images)}
    assert len(drawn) == images


KINDS = [
    ("moderation", "moderation"),
    ("status=429", "rate_limit"),
    ("status=500", "upstream"),
    ("status=502,body=html", "upstream"),
    ("status=503,body=plain", "upstream"),
    ("status=504", "timeout"),
    ("billing", "billing"),
    ("fail", "upstream"),
    ("html", "upstream"),
]


@pytest.mark.parametrize(("protocol", "style", "model"), [*DRAWN[:1], *DRAWN[1:3], *DRAWN[4:6], *DRAWN[7:8]])
@pytest.mark.parametrize(("simulate", "kind"), KINDS)
def test_a_fault_becomes_the_right_kind_of_failure(
    simulator: Simulator, protocol: str, style: str, model: str, simulate: str, kind: str
) -> None:
    outcome = carried_out(simulator, protocol, order_of(TEXT_TO_IMAGE, style, model), simulate)
    assert isinstance(outcome, Failed)
    assert outcome.kind == kind, outcome


@pytest.mark.parametrize("protocol", ADAPTERS)
def test_testing_a_connection_tells_a_good_key_from_a_wrong_one(simulator: Simulator, protocol: str) -> None:
    adapter = ADAPTERS[protocol]
    statuses = []
    for key in ("any", "wrong"):
        request = adapter.test_connection(Account(base_url=ACCOUNTS[protocol].base_url, key=key))
        assert request is not None
        headers = {request.key_header: request.authorization}
        statuses.append(simulator.client.request(request.method, request.url, headers=headers).status_code)
    assert statuses[1] == 401
    assert statuses[0] in {200, 404}
