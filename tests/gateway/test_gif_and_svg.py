"""GIFs and SVGs of endpoints that draw them: given as they came, measured, and never shown as a document."""

import base64
from io import BytesIO

import httpx2
import pytest
from PIL import Image

from providers.dispatch.picture_header import NoPicture, read_header
from providers.models import Endpoint
from tests.gateway.client import Client, Providers, Told, make_sellers, with_gateway

pytestmark = pytest.mark.usefixtures("shared_database")
SVG = b"""<?xml version="1.0"?>
<!-- a boat --><svg xmlns="http://www.w3.org/2000/svg" stroke-width="9" width="64" height="64px">
<script>alert(1)</script></svg>
"""


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ALPHA", "BETA"):
        monkeypatch.setenv(f"LUMENBOARD_KEY_{name}", "k")


def animation() -> bytes:
    out = BytesIO()
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("red", "blue")]
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    return out.getvalue()


def draws(*formats: str, provider: str = "alpha") -> None:
    Endpoint.objects.filter(key__startswith=provider).update(capabilities={"formats": list(formats)})


def answers(content: bytes) -> httpx2.Response:
    return httpx2.Response(200, json={"data": [{"b64_json": base64.b64encode(content).decode()}]})


@pytest.mark.parametrize(("format", "content"), [("gif", animation()), ("svg", SVG)])
def test_it_is_given_as_it_came_with_its_size(format: str, content: bytes) -> None:
    make_sellers("alpha")
    draws("png", format)
    providers = Providers({"alpha.example": answers(content)})

    async def work(client: Client) -> list[Told]:
        inside = await client.generate(output_format=format, response_format="b64_json")
        linked = await client.generate(output_format=format)
        path, _, query = linked.json["data"][0]["url"].partition("?")
        return [inside, await client.call("GET", path[path.index("/media/") :], query=query)]

    inside, link = with_gateway(providers, work)
    body = inside.json
    assert base64.b64decode(body["data"][0]["b64_json"]) == link.content == content
    assert (body["output_format"], body["size"], "warnings" in body["metadata"]) == (format, "64x64", False)
    assert b'"output_format": "%s"' % format.encode() in providers.asked[0].content
    assert link.headers["content-type"] == ("image/svg+xml" if format == "svg" else "image/gif")
    assert link.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert link.headers["x-content-type-options"] == "nosniff"
    assert link.headers.get("content-disposition") == ("attachment" if format == "svg" else None)


@pytest.mark.parametrize(("formats", "wanted"), [(["png", "jpeg"], "svg"), (["svg"], "png")])
def test_lines_and_pixels_are_not_made_of_one_another(formats: list[str], wanted: str) -> None:
    make_sellers("alpha", "beta")
    draws(*formats)
    draws("png", "svg", provider="beta")

    async def work(client: Client) -> list[Told]:
        await client.gateway.catalogue.refresh()
        return [
            await client.generate("dryRun=true", output_format=wanted, **more) for more in ({"model": "alpha/boat"}, {})
        ]

    alone, both = with_gateway(Providers(), work)
    assert (alone.status, alone.error["param"]) == (400, "output_format")
    assert both.json["route"] == ["beta/boat"]


def test_an_svg_that_nobody_asked_for_is_given_with_a_warning() -> None:
    make_sellers("alpha")
    providers = Providers({"alpha.example": answers(SVG)})
    told = with_gateway(providers, lambda client: client.generate(output_format="png", response_format="b64_json"))
    assert (told.status, told.json["output_format"]) == (200, "svg")
    assert [one["parameter"] for one in told.json["metadata"]["warnings"]] == ["output_format"]


@pytest.mark.parametrize(
    ("tag", "size"),
    [
        ('<svg width="30" height="20">', (30, 20)),
        ("<svg height='20.6px'\n width='30'>", (30, 21)),
        ('<svg viewBox="0 0 640 480" width="100%">', (640, 480)),
        ('<svg stroke-width="3" data-height="4">', (300, 150)),
        ("<svg>", (300, 150)),
    ],
)
def test_its_size_is_what_its_first_tag_says(tag: str, size: tuple[int, int]) -> None:
    header = read_header(f"\ufeff {tag}<path/></svg>\n".encode())
    assert (header.media_type, header.width_px, header.height_px) == ("image/svg+xml", *size)


@pytest.mark.parametrize(
    "content", [b"<svg width='3' height='3'><path", b"<?xml version='1.0'?><html/>", b"<html><svg/>"]
)
def test_what_is_cut_off_or_no_svg_is_no_picture(content: bytes) -> None:
    with pytest.raises(NoPicture):
        read_header(content)
