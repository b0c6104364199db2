"""Edits as JSON: pictures as data URIs and addresses, and forms that number their files."""

import asyncio
import base64
import io
import json
from typing import Any

import httpx2
import pytest
from PIL import Image

from lumenboard.gateway import json_edit
from lumenboard.gateway.errors import GatewayError
from lumenboard.gateway.form import FilePart, Form
from providers.dispatch.wire import open_wire
from tests.dispatch.plain import png
from tests.gateway.client import EDITS, Client, Providers, Told, make_sellers, with_gateway

pytestmark = pytest.mark.usefixtures("shared_database")


@pytest.fixture(autouse=True)
def _seller(monkeypatch: pytest.MonkeyPatch, shared_database: None) -> None:
    monkeypatch.setenv("LUMENBOARD_KEY_ALPHA", "k")
    make_sellers("alpha", modes=("image-edit",))


def uri(content: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(content).decode()


async def edit(client: Client, **fields: Any) -> Told:
    body = json.dumps({"model": "boat", "prompt": "repaint it", **fields}).encode()
    return await client.call("POST", EDITS, body, content_type="application/json")


def sides_sent(request: httpx2.Request) -> list[tuple[int, int]]:
    """Of the pictures in a form to a provider, the mask last."""
    parts = request.content.split(b"\r\n\r\n")[1:]
    return [Image.open(io.BytesIO(part)).size for part in parts if part.startswith(b"\x89PNG")]


@pytest.mark.parametrize(
    ("pictures", "sent"),
    [
        ({"images": [{"image_url": uri(png(64, 64))}]}, [64]),
        ({"images": [{"image_url": uri(png(64, 64))}, {"image_url": uri(png(32, 32))}]}, [64, 32]),
        ({"images": [uri(png(48, 48))]}, [48]),
        ({"image": {"image_url": uri(png(64, 64))}}, [64]),
        ({"image": uri(png(64, 64)), "mask": {"image_url": uri(png(64, 64))}}, [64, 64]),
        ({"images": [{"image_url": "https://pictures.example/a.png"}], "mask": uri(png(80, 80))}, [80, 80]),
    ],
)
def test_pictures_within_json_reach_the_provider(pictures: dict[str, Any], sent: list[int]) -> None:
    there = httpx2.Response(200, content=png(80, 80))
    providers = Providers({"pictures.example": there})
    told = with_gateway(providers, lambda client: edit(client, **pictures))
    assert told.status == 200, told.content
    assert [side for side, _ in sides_sent(providers.asked[-1])] == sent
    fetched = [request for request in providers.asked if request.url.host == "pictures.example"]
    assert all("authorization" not in request.headers for request in fetched)


@pytest.mark.parametrize(
    ("pictures", "field"),
    [
        ({}, "image"),
        ({"images": []}, "image"),
        ({"images": uri(png(64, 64))}, "images"),
        ({"images": [{"file_id": "file-1"}]}, "images[0].file_id"),
        ({"images": [{"image_url": "http://pictures.example/a.png"}]}, "images[0].image_url"),
        ({"images": [{"image_url": "file:///etc/passwd"}]}, "images[0].image_url"),
        ({"images": [{"image_url": "data:image/png;base64,!!!"}]}, "images[0].image_url"),
        ({"images": [{"image_url": uri(b"no picture")}]}, "images[0].image_url"),
        ({"images": [{"image_url": uri(png(8, 8)), "detail": "high"}]}, "images[0].detail"),
        ({"images": [uri(png(64, 64)), 7]}, "images[1]"),
        ({"images": [uri(png(64, 64))], "image": uri(png(64, 64))}, "image"),
        ({"images": [uri(png(64, 64))], "mask": {"file_id": "f"}}, "mask.file_id"),
        ({"images": [uri(png(64, 64))], "mask": uri(png(32, 32))}, "mask"),
        ({"images": [uri(png(8, 8))] * 18}, "images"),
        ({"images": [{"image_url": "https://gone.example/a.png"}]}, "images[0].image_url"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_sent(pictures: dict[str, Any], field: str) -> None:
    providers = Providers({"gone.example": httpx2.Response(404)})
    told = with_gateway(providers, lambda client: edit(client, **pictures))
    assert (told.status, told.error["param"]) == (400, field), told.content
    assert "alpha.example" not in providers.hosts


def test_a_body_is_as_long_as_a_form_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    long = Image.effect_noise((1400, 1400), 90)
    file = io.BytesIO()
    long.save(file, "PNG")
    monkeypatch.setattr(json_edit, "LARGEST_EDIT", 4 << 20)

    async def work(client: Client) -> tuple[Told, Told]:
        return await edit(client, images=[uri(file.getvalue())]), await edit(client, images=[uri(b"x" * (4 << 20))])

    taken, too_long = with_gateway(Providers(), work)
    assert len(file.getvalue()) > 1 << 20
    assert (taken.status, too_long.status) == (200, 413)


@pytest.mark.parametrize("host", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "[::1]", "localhost"])
def test_addresses_that_lead_inside_are_not_fetched(host: str) -> None:
    async def work() -> None:
        async with open_wire() as wire:
            part = FilePart("image", io.BytesIO(), label="images[0].image_url", url=f"https://{host}/a.png")
            await json_edit.fetch_links(Form(files=[part]), wire)

    with pytest.raises(GatewayError, match=r"images\[0\]\.image_url: .* is not a public address"):
        asyncio.run(work())


def test_forms_may_number_their_files() -> None:
    files = [("image[1]", png(32, 32)), ("image[0]", png(64, 64)), ("mask", png(64, 64))]
    providers = Providers()
    told = with_gateway(providers, lambda client: client.edit(files))
    assert told.status == 200, told.content
    assert [side for side, _ in sides_sent(providers.asked[0])] == [64, 32, 64]


def test_text_in_the_place_of_a_file_is_refused() -> None:
    async def work(client: Client) -> list[Told]:
        picture = [("image", png(64, 64))]
        return [
            await client.edit(picture, mask=uri(png(64, 64))),
            await client.edit(picture, images="https://x.example"),
        ]

    told = with_gateway(Providers(), work)
    assert [(one.status, one.error["param"]) for one in told] == [(400, "mask"), (400, "images")]
