"""What a request's Idempotency-Key stands for: a paid answer for a day, and no refusal."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx2
import pytest

from lumenboard.gateway import execution
from lumenboard.gateway.job_run import run_job
from providers.accounts.api_keys import create_api_key
from providers.accounts.pause_spending import pause_provider, pause_site
from providers.models import BudgetCap, Endpoint, GatewayRequest, ImageModel, Provider
from tests.dispatch.plain import png
from tests.gateway.client import (
    EDITS,
    Client,
    Providers,
    Told,
    in_thread,
    make_sellers,
    pictures,
    refusal,
    with_gateway,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shared_database")]
NAMED = {"idempotency-key": "order-7"}
LATER = {"prefer": "respond-async"}


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ALPHA", "BETA"):
        monkeypatch.setenv(f"LUMENBOARD_KEY_{name}", "k")


def pause(scope: str, is_paused: bool) -> None:
    if scope == "site":
        pause_site(is_paused=is_paused)
    elif scope == "provider":
        pause_provider(Provider.objects.get(slug="alpha"), is_paused=is_paused)
    else:
        BudgetCap.objects.filter(scope="key").update(is_paused=is_paused)


@pytest.mark.parametrize(
    ("scope", "status", "words"),
    [("site", 402, "The site is paused"), ("key", 402, "is paused"), ("provider", 502, "the provider is paused")],
)
def test_a_refusal_while_paused_says_so_and_leaves_the_name_free(scope: str, status: int, words: str) -> None:
    make_sellers("alpha")
    providers = Providers()
    key = create_api_key("test", usd_per_day=Decimal(1))

    async def work(client: Client) -> list[Told]:
        await in_thread(pause, scope, True)
        refused = await client.generate(headers=NAMED)
        await in_thread(pause, scope, False)
        return [refused, await client.generate(headers=NAMED)]

    refused, then = with_gateway(providers, work, key.text)
    assert (refused.status, then.status, len(providers.asked)) == (status, 200, 1)
    assert words in refused.error["message"]
    assert "used up" not in refused.error["message"]


def test_a_paused_provider_is_told_apart_from_a_used_up_budget() -> None:
    make_sellers("alpha", "beta", prices=("0.01", "0.02"))
    key = create_api_key("poor", usd_per_day=Decimal("0.005"))

    async def work(client: Client) -> Told:
        # the catalogue in memory does not know of it yet
        await in_thread(pause, "provider", True)
        return await client.generate(provider={"sort": "price"})

    told = with_gateway(Providers(), work, key.text)
    assert (told.status, told.error["code"]) == (402, "INSUFFICIENT_BALANCE")
    said = [attempt["error_message"] for attempt in told.json["metadata"]["attempts"]]
    assert said == ["the provider is paused", f"the budget of key {key.row.public_id} for the day is used up"]


def test_a_request_for_later_that_nothing_was_sent_for_leaves_its_name_free() -> None:
    make_sellers("alpha")
    providers = Providers()
    pause("site", True)

    async def work(client: Client) -> Any:
        taken = await client.generate(headers=NAMED | LATER)
        ended = await in_thread(run_job, UUID(taken.json["id"].removeprefix("req_")))
        await in_thread(pause, "site", False)
        return ended, await client.generate(headers=NAMED)

    ended, then = with_gateway(providers, work)
    assert (ended, then.status, len(providers.asked)) == ("failed", 200, 1)


def test_one_that_no_time_was_left_for_leaves_its_name_free(monkeypatch: pytest.MonkeyPatch) -> None:
    make_sellers("alpha")
    providers = Providers()

    async def work(client: Client) -> list[Told]:
        with monkeypatch.context() as patch:
            patch.setattr(execution, "LEAST_LEFT_S", 10_000.0)
            refused = await client.generate(headers=NAMED)
        return [refused, await client.generate(headers=NAMED)]

    refused, then = with_gateway(providers, work)
    assert (refused.status, then.status, len(providers.asked)) == (504, 200, 1)


def test_fewer_pictures_for_want_of_budget_say_so() -> None:
    make_sellers("alpha")
    Endpoint.objects.update(provider_model_id="dall-e-3")
    key = create_api_key("poor", usd_per_day=Decimal("0.02"))
    told = with_gateway(Providers(), lambda client: client.generate(n=3), key.text)
    warnings = [one["message"] for one in told.json["metadata"]["warnings"] if one["parameter"] == "n"]
    assert told.status == 200
    words = f"2 of 3 pictures came: the budget of key {key.row.public_id} for the day is used up"
    assert words in warnings


def test_what_a_provider_kept_back_and_the_budget_refuses_is_said_too() -> None:
    make_sellers("alpha")
    key = create_api_key("poor", usd_per_day=Decimal(1))

    async def one_then_paused(request: Any) -> Any:
        await in_thread(pause, "key", True)
        return pictures(1)

    providers = Providers({"alpha.example": one_then_paused})
    told = with_gateway(providers, lambda client: client.generate(n=2), key.text)
    (message,) = [one["message"] for one in told.json["metadata"]["warnings"] if one["parameter"] == "n"]
    words = f"no more was asked for: key {key.row.public_id} is paused"
    assert message == f"1 of 2 pictures came: alpha/boat gave 1 of 2, {words}"
    assert len(providers.asked) == 1


@pytest.mark.parametrize("later", [False, True])
@pytest.mark.parametrize("fault", [refusal(500), httpx2.ConnectError("refused")])
def test_a_failure_that_cost_nothing_leaves_its_name_free(fault: Any, later: bool) -> None:
    make_sellers("alpha")
    providers = Providers({"alpha.example": fault})

    async def work(client: Client) -> Any:
        first = await client.generate(headers=NAMED | (LATER if later else {}))
        if later:
            uuid = UUID(first.json["id"].removeprefix("req_"))
            await in_thread(run_job, uuid, httpx2.MockTransport(providers))
        del providers.answers["alpha.example"]
        return first.status, await client.generate(headers=NAMED)

    status, then = with_gateway(providers, work)
    assert (status, then.status, len(providers.asked)) == (202 if later else 502, 200, 2)


@pytest.mark.parametrize("fault", [refusal(502), httpx2.ReadError("cut")])
def test_one_that_may_have_been_paid_keeps_its_name(fault: Any) -> None:
    make_sellers("alpha")
    providers = Providers({"alpha.example": fault})

    async def work(client: Client) -> list[Told]:
        first = await client.generate(headers=NAMED)
        del providers.answers["alpha.example"]
        return [first, await client.generate(headers=NAMED)]

    first, again = with_gateway(providers, work)
    assert (first.status, again.status, len(providers.asked)) == (502, 502, 1)
    assert again.headers["x-lumenboard-cost"] == first.headers["x-lumenboard-cost"] == "0.01"


def test_a_free_call_whose_fate_is_unknown_keeps_its_name() -> None:
    make_sellers("alpha", prices=("0",))
    providers = Providers({"alpha.example": httpx2.ReadError("cut")})

    async def work(client: Client) -> list[Told]:
        return [await client.generate(headers=NAMED) for _ in range(2)]

    assert [told.status for told in with_gateway(providers, work)] == [502, 502]
    assert len(providers.asked) == 1


def gone(how: str) -> None:
    """What may become of a model after a request for it has been paid."""
    if how == "deleted":
        Endpoint.objects.all().delete()
        ImageModel.objects.filter(slug="boat").delete()
    elif how == "disabled":
        Endpoint.objects.update(is_enabled=False)
    else:
        day = datetime.now(UTC).date()
        ImageModel.objects.filter(slug="boat").update(status="deprecated", sunset_on=day, successor="ship")


async def without_model(client: Client, how: str) -> None:
    await in_thread(gone, how)
    await client.gateway.catalogue.refresh()


@pytest.mark.parametrize(("how", "status"), [("deleted", 404), ("disabled", 404), ("retired", 410)])
@pytest.mark.parametrize("repeat", [NAMED, {"x-stainless-retry-count": "1"}])
def test_a_paid_answer_is_given_again_whatever_became_of_its_model(
    how: str, status: int, repeat: dict[str, str]
) -> None:
    make_sellers("alpha")
    providers = Providers()

    async def work(client: Client) -> list[Told]:
        first = await client.generate(headers=NAMED if repeat == NAMED else {}, response_format="b64_json")
        await client.gateway.log.flush()
        await without_model(client, how)
        fields = {"response_format": "b64_json"}
        return [first, await client.generate(headers=repeat, **fields), await client.generate(**fields)]

    first, again, anew = with_gateway(providers, work)
    assert (first.status, again.status, anew.status, len(providers.asked)) == (200, 200, status, 1)
    assert again.json == first.json


def test_a_repeat_has_the_headers_of_the_first_answer() -> None:
    make_sellers("alpha", prices=("0.00003",))

    async def work(client: Client) -> list[Told]:
        return [await client.generate(headers=NAMED) for _ in range(2)]

    first, again = with_gateway(Providers(), work)
    for name in ("cost", "provider", "model"):
        assert again.headers[f"x-lumenboard-{name}"] == first.headers[f"x-lumenboard-{name}"]
    assert (again.headers["x-lumenboard-cost"], again.headers["x-lumenboard-repeated"]) == ("0.00003", "true")


def test_a_failure_that_is_given_again_says_what_it_cost() -> None:
    make_sellers("alpha")
    providers = Providers({"alpha.example": refusal(400, "content_policy_violation", "no boats")})

    async def work(client: Client) -> list[Told]:
        return [await client.generate(headers=NAMED) for _ in range(2)]

    first, again = with_gateway(providers, work)
    assert (first.status, again.status, len(providers.asked)) == (400, 400, 1)
    assert again.headers["x-lumenboard-cost"] == first.headers["x-lumenboard-cost"]


def test_a_link_is_not_fetched_again_for_a_repeat() -> None:
    make_sellers("alpha", modes=("image-edit",))
    providers = Providers({"pictures.example": httpx2.Response(200, content=png(64, 64))})

    async def work(client: Client) -> list[Told]:
        fields = {"model": "boat", "prompt": "repaint it", "images": [{"image_url": "https://pictures.example/a.png"}]}
        told = []
        for _ in range(2):
            body = json.dumps(fields).encode()
            told.append(await client.call("POST", EDITS, body, content_type="application/json", **NAMED))
            providers.answers["pictures.example"] = httpx2.Response(403)
        return told

    first, again = with_gateway(providers, work)
    assert (first.status, again.status) == (200, 200)
    assert again.json["metadata"] == first.json["metadata"]
    assert providers.hosts == ["pictures.example", "alpha.example"]


@pytest.mark.parametrize("how", ["deleted", "disabled"])
def test_a_repeat_for_later_is_told_the_request_that_stands(how: str) -> None:
    make_sellers("alpha")
    providers = Providers()

    async def work(client: Client) -> list[Told]:
        taken = await client.generate(headers=NAMED | LATER)
        await in_thread(run_job, UUID(taken.json["id"].removeprefix("req_")), httpx2.MockTransport(providers))
        await without_model(client, how)
        told = [taken]
        for headers in (NAMED | LATER, NAMED):
            told.append(await client.generate(headers=headers))
        return [*told, await client.call("GET", taken.headers["location"])]

    taken, again, waited, found = with_gateway(providers, work)
    assert (taken.status, again.status, waited.status, len(providers.asked)) == (202, 202, 200, 1)
    assert (again.json["id"], again.json["status"]) == (taken.json["id"], "completed")
    assert waited.json["metadata"] == found.json["response"]["body"]["metadata"]


def test_one_for_later_whose_model_went_before_it_ran_leaves_its_name_free() -> None:
    make_sellers("alpha")

    async def work(client: Client) -> Any:
        taken = await client.generate(headers=NAMED | LATER)
        await without_model(client, "disabled")
        return await in_thread(run_job, UUID(taken.json["id"].removeprefix("req_")))

    assert with_gateway(Providers(), work) == "rejected"
    assert GatewayRequest.objects.get().idempotency_key == ""
