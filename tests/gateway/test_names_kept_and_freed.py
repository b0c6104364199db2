"""What a request's Idempotency-Key stands for: a paid answer for a day, and no refusal."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from lumenboard.gateway import execution
from lumenboard.gateway.job_run import run_job
from providers.accounts.api_keys import create_api_key
from providers.dispatch.pause_spending import pause_provider, pause_site
from providers.models import BudgetCap, Endpoint, Provider
from tests.gateway.client import Client, Providers, Told, in_thread, make_sellers, pictures, with_gateway

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
