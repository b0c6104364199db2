"""Requests whose process died: ended from what their calls came to, and a client's retry is answered soon."""

import base64
import time
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from lumenboard.gateway import repeats, request_log
from providers import disk_space
from providers.models import GatewayRequest, Intent
from providers.requests.settle_requests import settle_requests
from tests.gateway.client import Client, Providers, in_thread, make_sellers, pictures, refusal, with_gateway

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shared_database")]


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUMENBOARD_KEY_ALPHA", "k")


NAMED = {"idempotency-key": "order-7"}
RETRIED = {"x-stainless-retry-count": "1"}


def lose(**intent: object) -> None:
    """As a process leaves it that was killed in the middle: the request under way, its only call as said, or none."""
    if intent:
        assert Intent.objects.update(**intent) == 1
    else:
        Intent.objects.all().delete()
    GatewayRequest.objects.update(
        status="processing",
        finished_at=None,
        answer=None,
        http_status=None,
        lease_until=timezone.now() - timedelta(seconds=1),
    )


OPEN = {"finished_at": None, "cost_usd": None, "cost_basis": "", "results": []}
UNDER_WAY = OPEN | {"state": "submitting"}
UNKNOWN = {"state": "unknown", "failure_kind": "gateway", "cost_usd": "0.01", "cost_basis": "assumed", "results": []}
FREE = {"state": "failed", "failure_kind": "gateway", "cost_usd": 0, "cost_basis": "nothing", "results": []}


def lost_then_asked_again(headers: dict[str, str], **intent: object):
    """Its first answer, the one to the repeat, how long that took, and what providers were asked in all."""
    make_sellers("alpha")
    providers = Providers()

    async def work(client: Client):
        first = await client.generate(headers=headers if "idempotency-key" in headers else {})
        await client.settled()
        await in_thread(lambda: lose(**intent))
        began = time.monotonic()
        again = await client.generate(headers=headers)
        return first, again, time.monotonic() - began

    return (*with_gateway(providers, work), providers.asked)


@pytest.mark.parametrize("headers", [NAMED, RETRIED])
@pytest.mark.parametrize("intent", [{}, FREE])
def test_a_request_that_cost_nothing_runs_when_it_is_asked_again(headers, intent) -> None:
    _, again, took_s, asked = lost_then_asked_again(headers, **intent)
    assert (again.status, len(asked)) == (200, 2)
    assert took_s < 3
    lost, ran = GatewayRequest.objects.order_by("id")
    assert (lost.status, lost.http_status, lost.error_code, lost.idempotency_key) == ("failed", 503, "UNAVAILABLE", "")
    assert (ran.status, ran.idempotency_key) == ("completed", headers.get("idempotency-key", ""))


@pytest.mark.parametrize("headers", [NAMED, RETRIED])
def test_one_that_may_have_been_charged_is_never_sent_again(headers) -> None:
    first, again, took_s, asked = lost_then_asked_again(headers, **UNKNOWN)
    assert (again.status, again.error["code"], len(asked)) == (500, "INTERNAL_ERROR", 1)
    assert again.headers["x-should-retry"] == "false"
    assert again.json["metadata"]["request_id"] == first.json["metadata"]["request_id"]
    assert again.json["metadata"]["cost"] == 0.01
    assert took_s < 3
    row = GatewayRequest.objects.get()
    assert (row.status, row.attempts, row.cost_usd) == ("failed", 1, Decimal("0.01"))


@pytest.mark.parametrize("headers", [NAMED, RETRIED])
def test_one_whose_picture_was_stored_is_answered_with_it(headers) -> None:
    first, again, took_s, asked = lost_then_asked_again(headers, state="done")
    assert (first.status, again.status, len(asked)) == (200, 200, 1)
    assert again.headers["x-lumenboard-repeated"] == "true"
    assert took_s < 3
    stable = ("size", "output_format")
    assert {name: again.json[name] for name in stable} == {name: first.json[name] for name in stable}
    assert file_of(again) == file_of(first)
    told, asked_first = again.json["metadata"], first.json["metadata"]
    assert told.pop("attempts")[0].items() >= {"provider": "alpha", "status": "ok", "error_code": None}.items()
    assert told == {name: value for name, value in asked_first.items() if name != "attempts"}
    row = GatewayRequest.objects.get()
    assert (row.status, row.http_status, row.error_code, row.attempts) == ("completed", 200, "", 1)
    assert (row.endpoint_key, row.cost_usd) == (told["executed_model"], Decimal(str(told["cost"])))


def file_of(answer) -> str:
    """Where its picture lies, without the link's end and signature."""
    return str(answer.json["data"][0]["url"]).partition("?")[0]


def test_its_picture_is_given_as_it_was_asked_for() -> None:
    make_sellers("alpha")
    wanted = {"response_format": "b64_json", "output_format": "webp", "output_compression": 80}

    async def work(client: Client):
        await client.generate(headers=NAMED, **wanted)
        await client.settled()
        await in_thread(lambda: lose(state="done"))
        return await client.generate(headers=NAMED, **wanted)

    again = with_gateway(Providers(), work)
    assert (again.status, again.json["output_format"], again.json["size"]) == (200, "webp", "64x64")
    assert base64.b64decode(again.json["data"][0]["b64_json"])[:4] == b"RIFF"


def test_a_repeat_that_finds_it_settled_by_another_process_runs() -> None:
    make_sellers("alpha")
    providers = Providers()

    async def work(client: Client):
        await client.generate(headers=NAMED)
        await client.settled()
        await in_thread(lose)
        settle = client.gateway.log.settle

        async def another_was_first(uuid=None):
            await settle(uuid)
            return 0

        client.gateway.log.settle = another_was_first
        return await client.generate(headers=NAMED)

    assert (with_gateway(providers, work).status, len(providers.asked)) == (200, 2)


@pytest.mark.parametrize("headers", [NAMED, RETRIED])
def test_while_its_call_may_still_run_a_repeat_is_told_when_to_ask_again(headers, monkeypatch) -> None:
    monkeypatch.setattr(repeats, "WAITS_S", 0.5)
    _, again, took_s, asked = lost_then_asked_again(headers, **UNDER_WAY)
    assert (again.status, again.error["code"], again.headers["retry-after"]) == (409, "REQUEST_IN_PROGRESS", "5")
    assert (len(asked), took_s < 3) == (1, True)
    assert GatewayRequest.objects.get().status == "processing"
    Intent.objects.update(**UNKNOWN, finished_at=timezone.now())
    assert settle_requests() == 1
    assert GatewayRequest.objects.get().status == "failed"
    assert settle_requests() == 0


def test_a_process_that_works_keeps_its_requests(monkeypatch) -> None:
    monkeypatch.setattr(request_log, "RENEW_EVERY_S", 0.02)
    make_sellers("alpha")
    seen = []

    async def slow(request):
        def wait_for_the_lease():
            # The claim is on the row at once; the lease is put back and has to come forward again.
            GatewayRequest.objects.update(lease_until=timezone.now() + timedelta(seconds=1))
            until = time.monotonic() + 5
            while time.monotonic() < until:
                row = GatewayRequest.objects.get()
                if row.lease_until > timezone.now() + timedelta(seconds=5):
                    return seen.append(row.status)
                time.sleep(0.02)
            return None

        await in_thread(wait_for_the_lease)
        return pictures()

    async def work(client: Client):
        return await client.generate(headers=NAMED)

    assert with_gateway(Providers({"alpha.example": slow}), work).status == 200
    assert seen == ["processing"]


def test_a_process_that_stood_still_sends_nothing_for_a_request_it_has_lost() -> None:
    make_sellers("alpha")
    providers = Providers()

    async def work(client: Client):
        claim = client.gateway.log.claim

        async def claim_and_stand_still(record):
            found = await claim(record)
            await in_thread(lose)
            await client.gateway.log.settle()
            return found

        client.gateway.log.claim = claim_and_stand_still
        return await client.generate(headers=NAMED)

    answer = with_gateway(providers, work)
    assert (answer.status, answer.error["code"], providers.asked) == (503, "UNAVAILABLE", [])
    assert answer.headers["retry-after"] == "1"
    assert not Intent.objects.exists()


def test_requests_that_were_refused_leave_their_name_free_and_the_log_goes_on() -> None:
    make_sellers("alpha")

    async def work(client: Client):
        refused = [await client.generate(headers=NAMED, model="none such") for _ in range(2)]
        return refused, await client.generate(headers=NAMED)

    refused, right = with_gateway(Providers(), work)
    assert [answer.status for answer in refused] == [404, 404]
    assert right.status == 200
    assert sorted(GatewayRequest.objects.values_list("status", flat=True)) == ["completed", "rejected", "rejected"]


def test_a_row_that_can_never_be_written_does_not_hold_up_the_log() -> None:
    make_sellers("alpha")

    async def work(client: Client):
        await client.generate()
        for record in client.gateway.log._waiting.values():
            record.key_id = 10**9
        return await client.generate()

    assert with_gateway(Providers(), work).status == 200
    assert GatewayRequest.objects.filter(status="completed").count() >= 1


@pytest.mark.parametrize("headers", [{}, NAMED])
def test_a_full_disk_is_said_before_anything_is_sent_and_the_name_stays_free(headers, settings) -> None:
    make_sellers("alpha", "beta")
    providers = Providers()
    margin = settings.LEAST_FREE_BYTES

    async def work(client: Client):
        settings.LEAST_FREE_BYTES, disk_space._last.at = 2**60, float("-inf")
        full = await client.generate(headers=headers)
        settings.LEAST_FREE_BYTES, disk_space._last.at = margin, float("-inf")
        return full, await client.generate(headers=headers)

    full, later = with_gateway(providers, work)
    assert (full.status, full.error["code"], full.headers["retry-after"]) == (503, "UNAVAILABLE", "30")
    assert full.error["message"] == "This site's storage is full. Nothing was charged."
    assert full.headers["x-lumenboard-attempts"] == "1"
    assert (later.status, len(providers.asked)) == (200, 1)
    assert Intent.objects.count() == 1


def test_an_answer_that_says_later_is_not_repeated_for_a_day() -> None:
    make_sellers("alpha")
    providers = Providers({"alpha.example": refusal(429, "rate_limit_exceeded", retry_after="1")})

    async def work(client: Client):
        first = await client.generate(headers=NAMED)
        providers.answers.clear()
        return first, await client.generate(headers=NAMED)

    first, later = with_gateway(providers, work)
    assert (first.status, later.status) == (429, 200)
    assert "x-lumenboard-repeated" not in later.headers
