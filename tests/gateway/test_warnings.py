"""What a call says of parameters that were not followed, and endpoints left out for lack of them."""

import json
from typing import Any

import httpx2
import pytest

from providers.models import Endpoint
from tests.dispatch.factories import make_account, make_endpoint
from tests.dispatch.plain import png
from tests.gateway.client import Client, Providers, Told, make_sellers, with_gateway

pytestmark = pytest.mark.usefixtures("shared_database")


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAL_KEY", "k")
    for seller in ("ALPHA", "BETA"):
        monkeypatch.setenv(f"LUMENBOARD_KEY_{seller}", "k")


def asked(providers: Providers, **body: Any) -> tuple[Told, Told]:
    async def work(client: Client) -> tuple[Told, Told]:
        return await client.generate("dryRun=true", **body), await client.generate(**body)

    return with_gateway(providers, work)


def make_pair() -> None:
    """alpha is cheaper, beta knows `background`."""
    make_sellers("alpha", "beta")
    Endpoint.objects.get(key="beta/boat").parameters.create(
        name="background", type="string", group="output", values=["transparent", "opaque"]
    )


def test_dry_run_and_call_warn_alike() -> None:
    make_sellers("alpha")
    dry, real = asked(Providers(), style="vivid", output_compression=80, user="u", quality="auto")
    assert dry.json["metadata"]["warnings"] == real.json["metadata"]["warnings"]
    assert dry.headers["x-lumenboard-warnings"] == real.headers["x-lumenboard-warnings"] == "3"
    found = {one["parameter"]: (one["kind"], one["wanted"], one["done"]) for one in dry.json["metadata"]["warnings"]}
    assert found == {
        "user": ("emulated", "u", "it stands in the log of requests here and is not sent on"),
        "style": ("unsupported", "vivid", "left out"),
        "output_compression": ("unsupported", "80", "left out"),
    }
    sentences = {one["message"] for one in real.json["metadata"]["warnings"]}
    assert "style: vivid was asked for, left out: the endpoint does not list it" in sentences


def test_a_background_goes_where_it_is_listed_and_is_warned_of_elsewhere() -> None:
    make_pair()
    providers = Providers()
    for only, kinds in (("alpha", ["unsupported"]), ("beta", [])):
        _, told = asked(providers, background="transparent", provider={"only": [only]})
        assert [one["kind"] for one in told.json["metadata"].get("warnings", [])] == kinds
        assert ("background" in json.loads(providers.asked[-1].content)) == (only == "beta")
    _, jpeg = asked(providers, background="transparent", output_format="jpeg", provider={"only": ["beta"]})
    assert "background" not in json.loads(providers.asked[-1].content)
    assert "a JPEG has no transparency" in jpeg.json["metadata"]["warnings"][-1]["message"]


def test_endpoints_that_lack_what_is_required_are_left_out_by_name() -> None:
    make_pair()
    providers = Providers()
    required = {"sort": "price", "require_parameters": True}
    dry, real = asked(providers, background="transparent", provider=required)
    assert dry.json["route"] == ["beta/boat"]
    for told in (dry, real):
        assert told.json["metadata"]["left_out"] == [{"endpoint": "alpha/boat", "reason": "takes no background"}]
    assert providers.hosts == ["beta.example"]


@pytest.mark.parametrize(
    ("body", "param"),
    [({"style": "vivid"}, "style"), ({"brand_new": 1}, "brand_new"), ({"partial_images": 2}, "partial_images")],
)
def test_what_no_endpoint_takes_is_refused_by_name(body: dict[str, Any], param: str) -> None:
    make_pair()
    for told in asked(Providers(), **body, provider={"require_parameters": True}):
        assert (told.status, told.error["param"]) == (400, param)
        assert f"no endpoint of boat takes {param}" in told.error["message"]


def test_parameters_that_no_single_endpoint_takes_are_refused_with_what_each_lacks() -> None:
    make_pair()
    Endpoint.objects.get(key="alpha/boat").parameters.create(name="style", type="string", group="output")
    both = {"style": "vivid", "background": "opaque"}
    told, _ = asked(Providers(), **both, provider={"require_parameters": True})
    assert (told.status, told.error["param"]) == (400, "provider.require_parameters")
    assert "alpha/boat takes no background; beta/boat takes no style" in told.error["message"]


def test_what_is_said_to_one_provider_is_sent_to_it_as_it_is() -> None:
    make_sellers("alpha")
    providers = Providers()
    _, told = asked(providers, provider={"options": {"alpha": {"style": "vivid", "seed": "7"}, "gamma": {"x": 1}}})
    sent = json.loads(providers.asked[-1].content)
    assert (sent["style"], sent["seed"]) == ("vivid", 7)
    assert [one["parameter"] for one in told.json["metadata"]["warnings"]] == ["provider.options.gamma"]
    refused, _ = asked(providers, provider={"options": {"alpha": {"n": 2}}})
    assert (refused.status, refused.error["param"]) == (400, "provider.options.alpha.n")


def test_a_mask_goes_only_where_it_is_taken() -> None:
    make_sellers("alpha", "beta", modes=("image-edit",))
    Endpoint.objects.filter(key="alpha/boat").update(capabilities={"takes_mask": False})
    files = [("image", png(64, 64)), ("mask", png(64, 64))]
    providers = Providers()
    told = with_gateway(providers, lambda client: client.edit(files))
    assert (told.status, providers.hosts) == (200, ["beta.example"])
    Endpoint.objects.update(capabilities={"takes_mask": False})
    told = with_gateway(providers, lambda client: client.edit(files))
    assert (told.status, told.error["param"]) == (400, "mask")


def test_azures_form_of_a_call_names_the_model_in_the_path() -> None:
    make_sellers("alpha")

    async def work(client: Client) -> Told:
        path = "/openai/deployments/boat/images/generations"
        body = b'{"prompt": "a paper boat", "size": "64x64"}'
        return await client.call("POST", path, body, "api-version=2025-04-01", content_type="application/json")

    told = with_gateway(Providers(), work)
    assert (told.status, told.json["metadata"]["executed_model"]) == (200, "alpha/boat")


def test_a_providers_own_word_for_the_number_orders_nothing_that_is_not_counted() -> None:
    fal = make_endpoint("fal", "0.01", modes=["text-to-image"], worst_case_usd="0.5")
    make_account(fal.provider, "fal", base_url="https://fal.example")
    more = {"num_images": 4, "provider": {"options": {"fal": {"num_images": 4}}}}
    providers = Providers({"fal.example": httpx2.Response(500, json={"detail": "no"})})
    dry, _ = asked(providers, model=fal.model.slug, **more)
    assert [json.loads(request.content)["num_images"] for request in providers.asked] == [1]
    (warning,) = dry.json["metadata"]["warnings"]
    assert warning["message"] == "num_images: 4 was asked for, left out: here it is said as n"
