"""What becomes of requests that are answered later: told once when they end, begun again only where that is free."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx2
import pytest
from django.utils import timezone

from lumenboard.tasks import continue_requests
from providers.models import GatewayRequest, Intent, RequestMessage
from providers.requests.request_jobs import REQUESTS, call_ids, claim_job, due_jobs, tidy_ended_jobs
from providers.requests.settle_requests import settle_requests
from providers.webhooks.deliver import deliver
from providers.webhooks.signing import webhook_headers
from tests.gateway.client import Client, Providers, Told, in_thread, make_sellers, refusal
from tests.gateway.test_jobs import HOOK, _keys, id_of, look, run, taken_then  # noqa: F401  a fixture among them
from tests.gateway.test_lost_requests import FREE, OPEN, UNKNOWN

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shared_database")]


def test_the_end_is_told_once_and_signed_with_the_keys_secret() -> None:
    make_sellers("alpha")
    providers, posted = Providers(), []

    async def work(client: Client, taken: Told) -> Any:
        await run(providers, taken)
        return taken.json["id"], (await client.call("GET", "/v1/webhook-secret")).json["secret"]

    public_id, secret = taken_then(work, providers, webhook_url=HOOK)
    for _ in range(2):
        tidy_ended_jobs(timezone.now())
        deliver([REQUESTS], post=lambda *sent: posted.append(sent) or 200)
    ((url, headers, body),) = posted
    assert url == HOOK
    told = json.loads(body)
    assert (told["type"], told["data"]["id"], told["data"]["http_status"]) == ("request.completed", public_id, 200)
    assert told["data"]["url"].endswith(f"/v1/requests/{public_id}")
    assert headers == webhook_headers(secret, headers["webhook-id"], int(headers["webhook-timestamp"]), body)
    assert RequestMessage.objects.get().state == "delivered"


def test_a_cancelled_request_is_told_too() -> None:
    make_sellers("alpha")
    taken_then(lambda client, taken: client.call("DELETE", taken.headers["location"]), webhook_url=HOOK)
    assert RequestMessage.objects.get().body["type"] == "request.cancelled"


def lost(request: UUID, **intent: Any) -> None:
    """As a worker leaves it that was killed in the middle of it: its only call as said, or none."""
    if intent:
        assert Intent.objects.update(**intent) == 1
    else:
        Intent.objects.all().delete()
    GatewayRequest.objects.filter(uuid=request).update(
        status="processing", is_open=True, finished_at=None, answer=None, http_status=None,
        lease_until=timezone.now() - timedelta(seconds=1),
    )  # fmt: skip


def fields_of(request: UUID) -> Any:
    return GatewayRequest.objects.get(uuid=request).job


def lost_and_run_again(**intent: Any) -> Any:
    make_sellers("alpha")
    providers = Providers()

    async def work(client: Client, taken: Told) -> Any:
        job = await in_thread(fields_of, id_of(taken))
        await run(providers, taken)

        def dies() -> list[UUID]:
            GatewayRequest.objects.update(job=job)
            lost(id_of(taken), **intent)
            settle_requests()
            tidy_ended_jobs(timezone.now())
            return due_jobs(timezone.now())

        due = await in_thread(dies)
        return due, await run(providers, taken), await look(client, taken)

    return (*taken_then(work, providers, webhook_url=HOOK), len(providers.asked))


@pytest.mark.parametrize("intent", [{}, FREE])
def test_one_that_cost_nothing_is_begun_again(intent: dict[str, Any]) -> None:
    due, ran, found, asked = lost_and_run_again(**intent)
    assert (len(due), ran, found["status"], asked) == (1, "completed", "completed", 2)
    assert GatewayRequest.objects.get().runs == 2
    assert RequestMessage.objects.count() == 1


def test_one_that_may_have_been_charged_ends_and_is_never_sent_again() -> None:
    due, ran, found, asked = lost_and_run_again(**UNKNOWN)
    assert (due, ran, asked) == ([], "over", 1)
    assert (found["status"], found["cost"], found["response"]["status"]) == ("failed", 0.01, 500)
    assert found["response"]["body"]["error"]["code"] == "INTERNAL_ERROR"
    assert RequestMessage.objects.count() == 1


def test_one_whose_picture_was_stored_ends_with_it() -> None:
    due, ran, found, asked = lost_and_run_again(state="done")
    assert (due, ran, asked, found["status"]) == ([], "over", 1, "completed")
    assert found["response"]["body"]["data"][0]["url"]


def test_one_whose_call_is_still_open_waits_for_its_end() -> None:
    due, ran, found, asked = lost_and_run_again(**OPEN, state="submitting")
    assert (due, ran, asked, found["status"]) == ([], "over", 1, "processing")


def test_of_two_workers_one_runs_it_and_who_was_taken_for_dead_writes_nothing() -> None:
    make_sellers("alpha")
    providers = Providers()

    async def work(client: Client, taken: Told) -> Any:
        request = id_of(taken)

        async def answers(asked: httpx2.Request) -> httpx2.Response:
            # While the first waits for its provider, it is taken for dead, settled and begun by a second.
            providers.answers.clear()
            await in_thread(lambda: (lost(request), settle_requests()))
            second.append(await run(providers, taken))
            return refusal(500)

        providers.answers["alpha.example"] = answers
        return await run(providers, taken), await look(client, taken)

    second: list[str] = []
    first, found = taken_then(work, providers)
    assert (first, second, found["status"]) == ("completed", ["completed"], "completed")
    assert found["response"]["status"] == 200


def test_two_workers_would_give_the_same_call_the_same_id() -> None:
    request = UUID(int=7)
    ids = call_ids(request, frozenset())
    first, second = next(ids), next(ids)
    assert next(call_ids(request, frozenset())) == first
    assert next(call_ids(request, frozenset({first}))) == second


def test_what_nobody_begins_is_told_again_and_ends_after_an_hour() -> None:
    make_sellers("alpha")
    taken_then(look, webhook_url=HOOK)
    assert continue_requests() == 0
    GatewayRequest.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert [continue_requests() for _ in range(2)] == [1, 0]
    GatewayRequest.objects.update(created_at=timezone.now() - timedelta(hours=2))
    continue_requests()
    continue_requests()
    row = GatewayRequest.objects.get()
    assert (row.status, row.http_status, row.error_code, row.is_open) == ("failed", 503, "UNAVAILABLE", False)
    assert RequestMessage.objects.get().body["type"] == "request.failed"


def test_a_worker_claims_it_once() -> None:
    make_sellers("alpha")
    request = taken_then(lambda client, taken: in_thread(id_of, taken))
    assert claim_job(request, timezone.now())
    assert claim_job(request, timezone.now()) is None
