"""What a dry run says is what the call is charged, by every scheme of prices; where it cannot be known, it says so."""

import base64
import math
import re
from dataclasses import fields
from decimal import Decimal
from typing import Any

import httpx2
import pytest

from providers.models import Endpoint, Intent, PriceComponent
from providers.sheet import PriceSheet
from tests.dispatch.plain import png
from tests.gateway.client import EDITS, Client, Providers, Told, form, make_sellers, pictures, with_gateway
from tests.pricing import test_schemes as schemes

pytestmark = pytest.mark.usefixtures("shared_database")
USAGE = {"input_tokens": 50, "output_tokens": 4160, "total_tokens": 4210}


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUMENBOARD_KEY_ALPHA", "k")


async def drawn_as_asked(request: httpx2.Request) -> httpx2.Response:
    """Pictures in the size and number that the body names."""
    width, height = re.search(rb"(\d+)x(\d+)", request.content).groups()
    count = int(found[1]) if (found := re.search(rb'"n": ?(\d+)', request.content)) else 1
    picture = base64.b64encode(png(int(width), int(height))).decode()
    return httpx2.Response(200, json={"created": 1, "data": [{"b64_json": picture}] * count})


def make_seller(prices: list[PriceSheet], mode: str = "text-to-image") -> None:
    """One endpoint with these prices and no other."""
    make_sellers("alpha", modes=(mode,))
    endpoint = Endpoint.objects.get()
    endpoint.prices.all().delete()
    columns = {field.name for field in fields(PriceSheet)} & {column.name for column in PriceComponent._meta.fields}
    for sheet in prices:
        PriceComponent.objects.create(endpoint=endpoint, **{name: getattr(sheet, name) for name in columns})
    if qualities := sorted({sheet.conditions["quality"] for sheet in prices if "quality" in sheet.conditions}):
        endpoint.parameters.create(name="quality", type="string", values=qualities)


def asked_twice(providers: Providers, **body: Any) -> tuple[Told, Told]:
    """The dry run and then the call, with the same body."""

    async def work(client: Client) -> tuple[Told, Told]:
        return await client.generate("dryRun=true", **body), await client.generate(**body)

    return with_gateway(providers, work)


def charged() -> Decimal:
    return sum((intent.cost_usd for intent in Intent.objects.all()), Decimal(0))


@pytest.mark.parametrize(
    ("prices", "body", "expected"),
    [
        pytest.param(schemes.FAL_Z, {"size": "1024x1024"}, "0.00524288", id="megapixel"),
        pytest.param(schemes.FAL_Z, {"size": "1024x1024", "n": 3}, "0.01572864", id="megapixel, several"),
        pytest.param(
            schemes.FAL_Z,
            {"size": "2000x1250", "enable_prompt_expansion": True},
            "0.015",
            id="megapixel and a surcharge by parameter",
        ),
        pytest.param(schemes.ALIBABA_Z, {"prompt_extend": False}, "0.015", id="a parameter chooses"),
        pytest.param(schemes.ALIBABA_Z, {"prompt_extend": True, "n": 2}, "0.06", id="a parameter chooses, several"),
        pytest.param(schemes.BANANA_FAL, {"size": "512x512"}, "0.06", id="tiers by size"),
        pytest.param(schemes.BANANA_FAL, {"size": "4096x4096", "web_search": True}, "0.175", id="tier and surcharge"),
        pytest.param(schemes.GPT_IMAGE_2_FLAT, {"size": "1024x1536", "quality": "high"}, "0.165", id="size by quality"),
        pytest.param(schemes.DALL_E_3, {"size": "1024x1792", "quality": "hd"}, "0.12", id="size by named quality"),
        pytest.param(schemes.SD35_REPLICATE, {"n": 2}, "0.13", id="flat"),
        pytest.param(schemes.KLING, {"mode": "pro", "duration": "5"}, "0.63", id="second by mode"),
        pytest.param(schemes.UPSCALER, {}, "0.0150075", id="seconds as estimated"),
        pytest.param(schemes.GEMINI_BATCH, {}, "0.134", id="no batch"),
        pytest.param(schemes.GEMINI_BATCH, {"batch": True}, "0.067", id="batch"),
        pytest.param(schemes.BANANA_VERTEX[:1], {"size": "512x512"}, "0.04482", id="tokens stated per picture"),
    ],
)
def test_what_a_dry_run_says_is_charged(prices: list[PriceSheet], body: dict[str, Any], expected: str) -> None:
    make_seller(prices)
    dry, real = asked_twice(Providers({"alpha.example": drawn_as_asked}), **body)
    assert (dry.status, real.status) == (200, 200), (dry.content, real.content)
    assert charged() == Decimal(expected)
    assert dry.json["total_cost_micros"] == math.ceil(Decimal(expected) * 1_000_000)
    assert real.json["metadata"]["cost"] == float(expected)


def test_megapixels_in_and_out_of_an_edit() -> None:
    make_seller(schemes.FLUX_EDIT, "image-edit")
    body = form({"model": "boat", "prompt": "repaint it", "size": "1024x1024"}, [("image", png(1500, 1500))])

    async def work(client: Client) -> list[Told]:
        kind = "multipart/form-data; boundary=b"
        return [await client.call("POST", EDITS, body, query, content_type=kind) for query in ("dryRun=true", "")]

    dry, real = with_gateway(Providers({"alpha.example": drawn_as_asked}), work)
    assert (dry.status, real.status) == (200, 200), (dry.content, real.content)
    # one megapixel out, 2.15 in, each rounded up
    assert charged() == Decimal("0.044")
    assert dry.json["total_cost_micros"] == 44_000


@pytest.mark.parametrize(
    ("prices", "reason"),
    [
        pytest.param(schemes.GPT_IMAGE_2, "by token", id="tokens nobody stated"),
        pytest.param(schemes.ALIBABA_IMPORTED, "without saying when each holds", id="condition unstated"),
        pytest.param(schemes.ALIBABA_Z, "depends on prompt_extend", id="a parameter is missing"),
    ],
)
def test_what_cannot_be_known_is_said_and_the_worst_case_is_charged(prices: list[PriceSheet], reason: str) -> None:
    make_seller(prices)
    dry, real = asked_twice(Providers())
    assert (dry.status, real.status) == (200, 200), (dry.content, real.content)
    assert dry.json["total_cost_micros"] is None
    assert reason in dry.json["unknown_because"]
    assert charged() == Decimal("0.5")


def test_tokens_are_charged_as_the_provider_counts_them() -> None:
    make_seller(schemes.GPT_IMAGE_2)
    counted = pictures()
    answer = httpx2.Response(200, json={**counted.json(), "usage": USAGE})
    dry, real = asked_twice(Providers({"alpha.example": answer}))
    assert dry.json["total_cost_micros"] is None
    assert real.status == 200, real.content
    # (50 × 5 + 4160 × 30) / 10⁶
    assert charged() == Decimal("0.12505")
    assert real.json["metadata"]["cost"] == 0.12505
