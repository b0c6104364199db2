"""An answer that holds its picture waits for neither disk nor row; all others do, and no money is lost in between."""

import asyncio
import time
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx2
import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from providers.dispatch import pictures as storing
from providers.dispatch.ledger import Ledger
from providers.dispatch.reap_intents import reap_intents
from providers.models import BudgetWindow, GatewayRequest, Intent
from tests.gateway.client import Client, Providers, in_thread, make_sellers, pictures, with_gateway

pytestmark = pytest.mark.django_db
SLOW_S = 0.8
RETRIED = {"x-stainless-retry-count": "1"}


@pytest.fixture(autouse=True)
def _sellers(monkeypatch: pytest.MonkeyPatch, shared_database: None) -> None:
    monkeypatch.setenv("LUMENBOARD_KEY_ALPHA", "k")
    make_sellers("alpha")


@pytest.fixture
def slow_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    save = storing._save

    def slowly(picture: Any) -> str:
        time.sleep(SLOW_S)
        return save(picture)

    monkeypatch.setattr(storing, "_save", slowly)


async def timed(client: Client, **asked: Any) -> tuple[Any, float]:
    began = time.monotonic()
    return await client.generate(**asked), time.monotonic() - began


def states() -> list[str]:
    return list(Intent.objects.order_by("id").values_list("state", flat=True))


@pytest.mark.usefixtures("slow_disk")
def test_a_picture_within_the_answer_does_not_wait_for_the_disk_and_a_link_does() -> None:
    async def work(client: Client) -> list[tuple[Any, float]]:
        await client.generate()
        return [await timed(client, response_format="b64_json"), await timed(client)]

    (inside, inside_s), (linked, linked_s) = with_gateway(Providers(), work)
    assert (inside.status, linked.status) == (200, 200)
    assert inside_s < SLOW_S <= linked_s
    assert states() == ["done"] * 3
    assert all(default_storage.exists(one["name"]) for row in Intent.objects.all() for one in row.results)


@pytest.mark.usefixtures("slow_disk")
def test_a_retry_gets_the_picture_that_is_still_on_its_way_to_the_disk() -> None:
    async def work(client: Client) -> tuple[Any, Any]:
        first = await client.generate(response_format="b64_json")
        await client.gateway.log.flush()
        return first, await client.generate(headers=RETRIED, response_format="b64_json")

    providers = Providers()
    first, again = with_gateway(providers, work)
    assert again.json["data"] == first.json["data"]
    assert len(providers.asked) == 1


@pytest.mark.usefixtures("slow_disk")
def test_a_named_request_is_on_record_before_it_is_answered() -> None:
    async def work(client: Client) -> tuple[float, list[str]]:
        _, took_s = await timed(client, headers={"idempotency-key": "a"}, response_format="b64_json")
        return took_s, await in_thread(states)

    took_s, at_once = with_gateway(Providers(), work)
    assert took_s >= SLOW_S
    assert at_once == ["done"]


def test_what_was_set_aside_becomes_what_was_spent_behind_the_answer() -> None:
    async def work(client: Client) -> None:
        await asyncio.gather(*(client.generate(response_format="b64_json") for _ in range(12)))

    with_gateway(Providers(), work)
    assert states() == ["done"] * 12
    spent = sum(Intent.objects.values_list("cost_usd", flat=True), Decimal(0))
    assert spent > 0
    assert {(window.reserved_usd, window.spent_usd) for window in BudgetWindow.objects.all()} == {(Decimal(0), spent)}


def test_a_count_beyond_all_measure_spoils_neither_its_row_nor_that_of_others() -> None:
    async def counts(request: httpx2.Request) -> httpx2.Response:
        answer = pictures().json()
        return httpx2.Response(200, json=answer | {"usage": {"output_tokens": 10**20, "input_tokens": 1}})

    async def work(client: Client) -> list[Any]:
        told = await asyncio.gather(*(client.generate(response_format="b64_json") for _ in range(3)))
        await client.settled()
        return [*told, await client.generate(response_format="b64_json")]

    answers = with_gateway(Providers({"alpha.example": counts}), work)
    assert [one.status for one in answers] == [200] * 4
    assert states() == ["done"] * 4
    assert GatewayRequest.objects.filter(status="completed").count() == 4


def test_a_process_that_dies_behind_the_answer_leaves_a_call_that_counts_as_spent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def dies(*_: Any) -> bool:
        raise OSError("the process is gone")

    monkeypatch.setattr(Ledger, "finish_later", dies)

    async def work(client: Client) -> Any:
        return await client.generate(response_format="b64_json")

    assert with_gateway(Providers(), work).status == 200
    assert states() == ["submitting"]
    Intent.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert reap_intents().unknown == 1
    row = Intent.objects.get()
    assert (row.state, row.cost_usd) == ("unknown", row.reserved_usd)
    assert {window.spent_usd for window in BudgetWindow.objects.all()} == {row.reserved_usd}
