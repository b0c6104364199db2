"""Charges follow what came: size, quality, number and counts of the answer; the worst case is set aside, no more."""

import base64
import json
from decimal import Decimal
from typing import Any

import httpx2
import pytest

from providers.accounts.api_keys import create_api_key
from providers.models import BudgetWindow, Endpoint, Intent, PriceComponent
from tests.dispatch.plain import png
from tests.gateway.client import EDITS, Providers, Told, form, make_sellers, pictures, with_gateway

pytestmark = pytest.mark.usefixtures("shared_database")
# The nine published prices of gpt-image-1.5, as docs/prices.md writes them.
NINE = {
    ("low", "1024x1024"): "0.009",
    ("low", "1024x1536"): "0.013",
    ("low", "1536x1024"): "0.013",
    ("medium", "1024x1024"): "0.034",
    ("medium", "1024x1536"): "0.05",
    ("medium", "1536x1024"): "0.05",
    ("high", "1024x1024"): "0.133",
    ("high", "1024x1536"): "0.2",
    ("high", "1536x1024"): "0.2",
}


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ALPHA", "BETA"):
        monkeypatch.setenv(f"LUMENBOARD_KEY_{name}", "k")


def make_tariff(*rows: dict[str, Any], worst_case: str | None = None, modes: tuple[str, ...] = ("image-edit",)) -> None:
    make_sellers("alpha", modes=modes)
    endpoint = Endpoint.objects.get()
    endpoint.prices.all().delete()
    endpoint.worst_case_usd = None if worst_case is None else Decimal(worst_case)
    endpoint.save()
    for row in rows:
        PriceComponent.objects.create(endpoint=endpoint, **{"metric": "image", **row})
    endpoint.parameters.create(name="quality", type="string", values=["auto", "low", "medium", "high"])


def nine(**options: Any) -> None:
    rows = [{"amount_usd": Decimal(usd), "conditions": {"quality": q, "size": s}} for (q, s), usd in NINE.items()]
    make_tariff(*rows, **options)


def answer(width: int = 1024, height: int = 1024, count: int = 1, **said: Any) -> httpx2.Response:
    items = [{"b64_json": base64.b64encode(png(width, height)).decode()} for _ in range(count)]
    return httpx2.Response(200, json={"created": 1, "data": items, **said})


def edited(came: httpx2.Response, query: str = "", **fields: str) -> Told:
    body = form({"model": "boat", "prompt": "x", **fields}, [("image", png(400, 200))])
    kind = "multipart/form-data; boundary=b"
    providers = Providers({"alpha.example": came})
    return with_gateway(providers, lambda client: client.call("POST", EDITS, body, query, content_type=kind))


def generated(came: httpx2.Response, **fields: Any) -> Told:
    return with_gateway(Providers({"alpha.example": came}), lambda client: client.generate(**fields))


def windows() -> set[tuple[Decimal, Decimal]]:
    return {(window.spent_usd, window.reserved_usd) for window in BudgetWindow.objects.all()}


@pytest.mark.parametrize("worst_case", [None, "0.30"])
@pytest.mark.parametrize(
    ("fields", "came", "charged"),
    [
        ({"quality": "high"}, answer(), "0.133"),
        ({"quality": "low"}, answer(), "0.009"),
        ({"quality": "auto"}, answer(quality="high", size="1024x1024"), "0.133"),
        ({"quality": "auto"}, answer(1536, 1024, quality="medium"), "0.05"),
        ({}, answer(1024, 1536, quality="high"), "0.2"),
        ({"quality": "low"}, answer(quality="high"), "0.133"),
        # sides the provider has rounded: its own word for the size is in the price list
        ({"quality": "medium"}, answer(1008, 1008, size="1024x1024"), "0.034"),
    ],
)
def test_an_edit_is_charged_by_the_picture_that_came(fields, came, charged, worst_case) -> None:
    nine(worst_case=worst_case)
    told = edited(came, **fields)
    assert told.status == 200, told.content
    intent = Intent.objects.get()
    quality = fields.get("quality", "auto")
    dearest = max(Decimal(usd) for (named, _), usd in NINE.items() if quality in {"auto", named})
    assert intent.reserved_usd == Decimal(worst_case or dearest)
    assert (intent.cost_usd, intent.cost_basis) == (Decimal(charged), "price")
    assert [Decimal(part["total_usd"]) for part in intent.cost_breakdown] == [Decimal(charged)]
    assert windows() == {(Decimal(charged), Decimal(0))}
    assert told.json["metadata"]["cost"] == float(charged)


def test_a_generation_of_any_quality_is_charged_by_the_one_that_came() -> None:
    nine(modes=("text-to-image",))
    told = generated(answer(quality="high", size="1024x1024"), size="1024x1024", quality="auto")
    assert told.status == 200, told.content
    intent = Intent.objects.get()
    assert (intent.reserved_usd, intent.cost_usd) == (Decimal("0.133"), Decimal("0.133"))


def test_what_no_price_fits_costs_what_was_set_aside() -> None:
    nine()
    assert edited(answer(640, 640), quality="low").status == 200
    intent = Intent.objects.get()
    assert (intent.cost_usd, intent.cost_basis) == (Decimal("0.013"), "worst_case")


@pytest.mark.parametrize(("worst_case", "most"), [(None, 200_000), ("0.30", 300_000)])
def test_a_dry_run_tells_the_worst_case_where_what_comes_is_open(worst_case, most) -> None:
    nine(worst_case=worst_case)
    told = edited(answer(), "dryRun=true", quality="auto")
    assert told.json["total_cost_micros"] is None
    assert told.json["worst_case_cost_micros"] == most
    assert "depends on quality and size, which the provider chooses" in told.json["unknown_because"]
    assert Intent.objects.count() == 0


def test_a_price_that_nobody_can_know_is_refused_as_the_operators_fault() -> None:
    make_tariff({"metric": "token", "amount_usd": Decimal(30), "unit_size": Decimal(1_000_000)})
    told = edited(answer())
    assert (told.status, told.error["code"]) == (503, "PRICE_UNKNOWN")
    assert "it is charged by token, and the count is known only after the call" in told.error["message"]
    assert told.headers["x-should-retry"] == "false"
    assert Intent.objects.count() == 0


def test_megapixels_of_an_edit_are_those_that_came() -> None:
    make_tariff({"metric": "megapixel", "amount_usd": Decimal("0.005")})
    assert edited(answer(1000, 1500)).status == 200
    assert Intent.objects.get().cost_usd == Decimal("0.0075")


def test_pictures_of_several_sizes_are_charged_one_by_one() -> None:
    make_tariff(
        {"amount_usd": Decimal("0.04"), "conditions": {"size": "512x512"}},
        {"amount_usd": Decimal("0.09"), "conditions": {"size": ["1024x1024", "2048x2048"]}},
        {"metric": "megapixel", "amount_usd": Decimal("0.01")},
    )
    items = [{"b64_json": base64.b64encode(png(side, side)).decode()} for side in (512, 1024, 512)]
    told = edited(httpx2.Response(200, json={"created": 1, "data": items}), n="3")
    assert told.status == 200, told.content
    assert Intent.objects.get().cost_usd == Decimal("0.17") + Decimal("0.01572864")


def test_a_picture_of_another_size_is_given_with_a_warning_and_charged_as_it_is() -> None:
    rows = [("512x512", "0.01"), ("1024x1024", "0.04")]
    make_tariff(
        *({"amount_usd": Decimal(usd), "conditions": {"size": size}} for size, usd in rows), modes=("text-to-image",)
    )
    told = generated(answer(512, 512), size="1024x1024")
    assert told.status == 200, told.content
    assert len(told.json["data"]) == 1
    assert Intent.objects.get().cost_usd == Decimal("0.01")
    (warning,) = told.json["metadata"]["warnings"]
    assert (warning["parameter"], warning["kind"]) == ("size", "unsupported")
    assert warning["message"] == "alpha/boat drew 512x512, ordered was 1024x1024"


async def one_at_a_time(request: httpx2.Request) -> httpx2.Response:
    """Whatever `n` says."""
    return pictures(1)


def test_fewer_pictures_are_charged_as_they_came_and_the_rest_is_asked_for_once_more() -> None:
    make_sellers("alpha", prices=("0.04",))
    providers = Providers({"alpha.example": one_at_a_time})
    told = with_gateway(providers, lambda client: client.generate(n=4))
    assert told.status == 200, told.content
    assert [json.loads(request.content)["n"] for request in providers.asked] == [4, 3]
    assert len(told.json["data"]) == 2
    assert (told.json["metadata"]["cost"], told.headers["x-lumenboard-cost"]) == (0.08, "0.08")
    taken = [(intent.reserved_usd, intent.cost_usd) for intent in Intent.objects.order_by("id")]
    assert taken == [(Decimal("0.16"), Decimal("0.04")), (Decimal("0.12"), Decimal("0.04"))]
    assert windows() == {(Decimal("0.08"), Decimal(0))}
    warning = told.json["metadata"]["warnings"][0]
    assert (warning["parameter"], warning["kind"]) == ("n", "unsupported")
    assert warning["message"] == "2 of 4 pictures came: alpha/boat gave 1 of 4, the rest was asked for once more"
    assert told.headers["x-lumenboard-warnings"] == "1"


def test_the_rest_may_come_whole_and_is_said() -> None:
    make_sellers("alpha", prices=("0.04",))
    came = [pictures(1), pictures(3)]

    async def in_two(request: httpx2.Request) -> httpx2.Response:
        return came.pop(0)

    told = with_gateway(Providers({"alpha.example": in_two}), lambda client: client.generate(n=4))
    assert (len(told.json["data"]), told.json["metadata"]["cost"]) == (4, 0.16)
    assert told.json["metadata"]["warnings"][0]["message"].startswith("4 of 4 pictures came")


def test_the_rest_is_asked_of_the_next_provider_where_there_is_one() -> None:
    make_sellers("alpha", "beta", prices=("0.01", "0.02"))
    providers = Providers({"alpha.example": one_at_a_time})
    told = with_gateway(providers, lambda client: client.generate(n=3, provider={"sort": "price"}))
    assert providers.hosts == ["alpha.example", "beta.example"]
    assert (len(told.json["data"]), told.headers["x-lumenboard-cost"]) == (3, "0.05")


def test_the_rest_stays_within_the_budget() -> None:
    make_sellers("alpha", prices=("0.04",))
    key = create_api_key("poor", usd_per_day=Decimal("0.15"))
    told = with_gateway(Providers({"alpha.example": one_at_a_time}), lambda client: client.generate(n=3), key.text)
    assert (told.status, len(told.json["data"])) == (200, 2)
    assert {window.reserved_usd for window in BudgetWindow.objects.all()} == {Decimal(0)}


def test_more_pictures_than_were_asked_for_cost_no_more() -> None:
    make_sellers("alpha", prices=("0.04",))
    told = generated(pictures(3), n=1)
    assert (len(told.json["data"]), told.json["metadata"]["cost"]) == (1, 0.04)
    assert "warnings" not in told.json["metadata"]


COUNTED = {"input_tokens": 50, "output_tokens": 4160, "total_tokens": 4210}
TOLD = COUNTED | {
    "input_tokens_details": {"text_tokens": 50, "image_tokens": 0},
    "output_tokens_details": {"text_tokens": 0, "image_tokens": 4160},
}


def make_tokens() -> None:
    million = Decimal(1_000_000)
    rows = [(direction, "text", "5") for direction in ("input", "output")] + [("output", "image", "32")]
    make_tariff(
        *(
            {
                "metric": "token",
                "direction": direction,
                "amount_usd": Decimal(usd),
                "unit_size": million,
                "conditions": {"modality": kind},
            }
            for direction, kind, usd in rows
        ),
        worst_case="0.30",
        modes=("text-to-image",),
    )


@pytest.mark.parametrize("usage", [COUNTED, {"prompt_tokens": 50, "completion_tokens": 4160}])
def test_counts_of_the_provider_are_charged_and_passed_on(usage) -> None:
    make_tokens()
    told = generated(answer(64, 64, usage=usage))
    assert told.status == 200, told.content
    assert Intent.objects.get().cost_usd == Decimal("0.13337")
    assert told.json["usage"] == TOLD


def test_a_stream_has_the_counts_once() -> None:
    make_tokens()
    told = generated(answer(64, 64, count=2, usage=COUNTED), n=2, stream=True)
    lines = [line for line in told.content.decode().split("\n") if line.startswith("data: {")]
    events = [json.loads(line.removeprefix("data: ")) for line in lines]
    assert [event["usage"]["total_tokens"] for event in events] == [0, 4210]
    assert events[1]["usage"] == TOLD
