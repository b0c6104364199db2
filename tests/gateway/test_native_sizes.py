"""Size and number in a provider's own words are counted or left out with a warning: no call costs more than its dry run
said.
"""

import base64
import json
import math
from dataclasses import fields
from decimal import Decimal
from typing import Any

import httpx2
import pytest

from providers.models import Endpoint, Intent, PriceComponent
from providers.sheet import PriceSheet
from tests.dispatch.factories import make_account, make_endpoint
from tests.dispatch.plain import png
from tests.gateway.client import Client, Providers, Told, with_gateway
from tests.pricing import test_schemes as schemes

pytestmark = pytest.mark.usefixtures("shared_database")
PIXELS = {"width": 2048, "height": 2048}
NAMED = {"landscape_16_9": "1024x576"}
KEYS = {"fal": "FAL_KEY", "replicate": "REPLICATE_API_TOKEN", "alpha": "LUMENBOARD_KEY_ALPHA"}
SPELLINGS: list[dict[str, Any]] = [
    PIXELS,
    {"width": "2048", "height": "2048"},
    {"width": 2048},
    {"image_size": PIXELS},
    {"image_size": {"width": "2048", "height": "2048"}},
    {"image_size": "2048x2048"},
    {"image_size": "landscape_16_9"},
    {"image_size": "huge"},
    {"image_size": PIXELS, "width": 512, "height": 512},
    {"width": 99999, "height": 99999},
    {"num_images": 4},
    {"num_outputs": 4},
    {"number_of_images": 4},
]


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in KEYS.values():
        monkeypatch.setenv(name, "k")


def sold_by(provider: str, listed: bool, most_px: int | None = None) -> Endpoint:
    """By the megapixel; `listed` are all native words."""
    endpoint = make_endpoint(provider, "0.01", modes=["text-to-image"], worst_case_usd="0.5")
    endpoint.prices.all().delete()
    columns = {field.name for field in fields(PriceSheet)} & {column.name for column in PriceComponent._meta.fields}
    for sheet in schemes.FAL_Z:
        PriceComponent.objects.create(endpoint=endpoint, **{name: getattr(sheet, name) for name in columns})
    if listed:
        for name in ("width", "height", "num_images", "num_outputs", "number_of_images"):
            endpoint.parameters.create(name=name, type="integer")
        endpoint.parameters.create(name="image_size", type="object")
    endpoint.model.max_width_px = endpoint.model.max_height_px = most_px
    endpoint.model.save()
    protocol = provider if provider in {"fal", "replicate"} else "openai"
    make_account(endpoint.provider, protocol, base_url=f"https://{provider}.example")
    return endpoint


async def drawn_as_told(request: httpx2.Request) -> httpx2.Response:
    """By whichever word the body has: the provider's own before ours."""
    body = json.loads(request.content)
    body = body.get("input", body)
    native = body.get("image_size", body)
    if isinstance(native, str):
        native = dict(zip(("width", "height"), NAMED.get(native, native).split("x"), strict=True))
    if "width" not in native:
        width, _, height = str(body.get("size", "1024x1024")).partition("x")
        native = {"width": width, "height": height}
    count = max(int(body.get(name, 1)) for name in ("n", "num_images", "num_outputs", "number_of_images"))
    picture = base64.b64encode(png(min(int(native["width"]), 3000), min(int(native["height"]), 3000))).decode()
    links = [f"data:image/png;base64,{picture}"] * count
    answers = {
        "fal.example": {"images": [{"url": link} for link in links]},
        "replicate.example": {"id": "job1", "status": "succeeded", "output": links},
        "alpha.example": {"created": 1, "data": [{"b64_json": picture}] * count},
    }
    return httpx2.Response(200, json=answers[request.url.host])


def asked_twice(endpoint: Endpoint, *bodies: dict[str, Any]) -> list[tuple[Told, Told]]:
    """A dry run and a call of each."""

    async def work(client: Client) -> list[tuple[Told, Told]]:
        named = [{"model": endpoint.model.slug, "size": "auto", **body} for body in bodies]
        return [(await client.generate("dryRun=true", **one), await client.generate(**one)) for one in named]

    return with_gateway(Providers({f"{name}.example": drawn_as_told for name in KEYS}), work)


def charged() -> Decimal:
    return sum((intent.cost_usd for intent in Intent.objects.all()), Decimal(0))


def warned(told: Told) -> set[str]:
    return {one["parameter"] for one in told.json.get("metadata", {}).get("warnings", [])}


@pytest.mark.parametrize("addressed", [False, True])
@pytest.mark.parametrize("listed", [False, True])
@pytest.mark.parametrize("provider", ["fal", "replicate", "alpha"])
def test_no_call_costs_more_than_its_dry_run_said(provider: str, listed: bool, addressed: bool) -> None:
    endpoint = sold_by(provider, listed)
    bodies = [{"provider": {"options": {provider: said}}} if addressed else said for said in SPELLINGS]
    answers = asked_twice(endpoint, *bodies)
    for said, (dry, real) in zip(SPELLINGS, answers, strict=True):
        assert (dry.status, real.status) == (200, 200), (said, dry.content, real.content)
        cost = Decimal(str(real.headers["x-lumenboard-cost"]))
        assert dry.json["total_cost_micros"] == math.ceil(cost * 1_000_000), said
        # what is not said is the 1024x1024 of an ordinary request
        is_followed = real.json["size"] != "1024x1024"
        assert is_followed or warned(dry) >= set(said), said
        assert warned(dry) == warned(real), said
    assert charged() == sum(Decimal(real.headers["x-lumenboard-cost"]) for _, real in answers)


@pytest.mark.parametrize("addressed", [False, True])
@pytest.mark.parametrize(("provider", "said"), [("fal", {"image_size": PIXELS}), ("replicate", PIXELS)])
def test_a_listed_size_is_held_against_the_most_a_caller_pays(
    provider: str, said: dict[str, Any], addressed: bool
) -> None:
    endpoint = sold_by(provider, True)
    most: dict[str, Any] = {"max_price": 0.006}
    body = {"provider": {**most, "options": {provider: said}}} if addressed else {**said, "provider": most}
    ((dry, real),) = asked_twice(endpoint, body)
    assert (dry.status, real.status, charged()) == (400, 400, 0), (dry.content, real.content)


def test_a_listed_size_beyond_the_maximum_is_drawn_and_charged_smaller() -> None:
    endpoint = sold_by("replicate", True, 1024)
    ((dry, real),) = asked_twice(endpoint, PIXELS)
    assert (real.json["size"], charged()) == ("1024x1024", Decimal("0.00524288"))
    assert warned(dry) == {"width", "height"}


def test_the_unified_size_comes_before_a_listed_one() -> None:
    endpoint = sold_by("fal", True)
    ((dry, real),) = asked_twice(endpoint, {"size": "512x512", "image_size": PIXELS})
    assert (real.json["size"], warned(dry)) == ("512x512", {"image_size"})
