"""Requests that are answered later: taken, run once by a worker, asked for, cancelled, told of."""

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx2
import pytest

from lumenboard.gateway import repeats
from lumenboard.gateway.job_run import run_job
from providers.accounts.api_keys import create_api_key
from providers.models import ApiKey, GatewayRequest, RequestInput
from tests.dispatch.plain import png
from tests.gateway.client import EDITS, Client, Providers, Told, form, in_thread, make_sellers, refusal, with_gateway

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shared_database")]
LATER = {"prefer": "respond-async"}
NAMED = {"idempotency-key": "order-7"}
HOOK = "https://hooks.example/done"


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ALPHA", "BETA"):
        monkeypatch.setenv(f"LUMENBOARD_KEY_{name}", "k")
    monkeypatch.setattr(repeats, "WAITS_S", 0.3)


async def run(providers: Providers, told: Told) -> str:
    """As a worker does with the message that it is told."""
    return await in_thread(run_job, id_of(told), httpx2.MockTransport(providers))


def id_of(told: Told) -> UUID:
    return UUID(told.json["id"].removeprefix("req_"))


async def look(client: Client, told: Told) -> Any:
    found = await client.call("GET", told.headers["location"])
    assert found.status == 200, found.json
    return found.json


def taken_then(work: Callable[[Client, Told], Any], providers: Providers | None = None, **fields: Any) -> Any:
    """What `work` gives with a request that has been taken."""

    async def walk(client: Client) -> Any:
        return await work(client, await client.generate(headers=LATER, **fields))

    return with_gateway(providers or Providers(), walk)


@pytest.mark.parametrize("how", [{"headers": LATER}, {"query": "async=true"}])
def test_it_is_taken_at_once_and_answered_as_if_the_client_had_waited(how: dict[str, Any]) -> None:
    make_sellers("alpha")
    providers = Providers()

    async def work(client: Client) -> Any:
        waited = await client.generate(response_format="b64_json")
        taken = await client.generate(response_format="b64_json", **how)
        before = await look(client, taken)
        return waited, taken, before, await run(providers, taken), await look(client, taken)

    waited, taken, before, ended, found = with_gateway(providers, work)
    assert (taken.status, taken.headers["preference-applied"]) == (202, "respond-async")
    assert taken.headers["location"] == f"/v1/requests/{taken.json['id']}"
    assert taken.json == {"id": taken.headers["x-request-id"], "object": "request", "status": "queued"}
    assert (before["status"], before["response"], ended) == ("queued", None, "completed")
    assert (found["status"], found["http_status"], found["response"]["status"]) == ("completed", 200, 200)
    body = found["response"]["body"]
    assert body["data"] == waited.json["data"]
    assert body.keys() == waited.json.keys()
    assert body["metadata"].keys() == waited.json["metadata"].keys()
    assert body["metadata"]["request_id"] == taken.json["id"]
    assert (body["metadata"]["cost"], found["cost"]) == (waited.json["metadata"]["cost"], 0.01)
    assert len(providers.asked) == 2


def test_a_failure_is_told_as_it_would_have_been_answered() -> None:
    make_sellers("alpha")
    providers = Providers({"alpha.example": refusal(400, "content_policy_violation", "no boats")})

    async def work(client: Client) -> Any:
        waited = await client.generate()
        taken = await client.generate(headers=LATER)
        await run(providers, taken)
        return waited, await look(client, taken)

    waited, found = with_gateway(providers, work)
    assert (found["status"], found["response"]["status"]) == ("failed", waited.status)
    assert found["response"]["body"]["error"] == waited.error
    assert found["error_code"] == waited.error["code"]


@pytest.mark.parametrize(
    ("fields", "headers", "param"),
    [
        ({"model": "nothing"}, LATER, "model"),
        ({"stream": True}, LATER, "stream"),
        ({"webhook_url": "ftp://hooks.example"}, LATER, "webhook_url"),
        ({"webhook_url": "https://me:you@hooks.example"}, LATER, "webhook_url"),
        ({"webhook_url": f"https://hooks.example/{'a' * 300}"}, LATER, "webhook_url"),
        ({"webhook_url": 7}, LATER, "webhook_url"),
        ({"webhook_url": HOOK}, {}, "webhook_url"),
    ],
)
def test_what_is_wrong_is_said_at_once(fields: dict[str, Any], headers: dict[str, str], param: str) -> None:
    make_sellers("alpha")
    told = with_gateway(Providers(), lambda client: client.generate(headers=headers, **fields))
    assert (told.status // 100, told.error["param"]) == (4, param)
    assert set(GatewayRequest.objects.values_list("status", flat=True)) == {"rejected"}


def test_a_dry_run_is_answered_at_once() -> None:
    make_sellers("alpha")
    told = with_gateway(Providers(), lambda client: client.generate("dryRun=true", headers=LATER))
    assert (told.status, told.json["estimated"]) == (200, True)
    assert not GatewayRequest.objects.exists()


def test_it_is_its_own_keys_alone() -> None:
    make_sellers("alpha")
    other, drawing = create_api_key("other").text, create_api_key("drawing", scopes=["images"]).text

    async def work(client: Client, taken: Told) -> Any:
        stranger, artist = Client(client.gateway, other), Client(client.gateway, drawing)
        path = taken.headers["location"]
        asked = [await stranger.call(method, path) for method in ("GET", "DELETE")]
        own = await artist.generate(headers=LATER)
        waited = await artist.generate()
        await client.gateway.log.flush()
        by_images = await artist.call("GET", own.headers["location"])
        return asked, by_images, await artist.call("GET", f"/v1/requests/{waited.headers['x-request-id']}")

    asked, by_images, of_the_log = taken_then(work)
    assert [told.status for told in asked] == [404, 404]
    assert (by_images.status, of_the_log.status) == (200, 403)


@pytest.mark.parametrize(("method", "end"), [("DELETE", ""), ("POST", "/cancel")])
def test_what_has_not_begun_is_cancelled_for_good(method: str, end: str) -> None:
    make_sellers("alpha")
    providers = Providers()

    async def work(client: Client, taken: Told) -> Any:
        told = [await client.call(method, taken.headers["location"] + end) for _ in range(2)]
        return told, await run(providers, taken), await look(client, taken)

    told, ran, found = taken_then(work, providers)
    assert [(one.status, one.json["status"]) for one in told] == [(200, "cancelled")] * 2
    assert (ran, providers.asked, found["status"], found["cost"]) == ("over", [], "cancelled", 0)
    assert (found["response"]["status"], found["response"]["body"]["error"]["code"]) == (409, "CANCELLED")


def test_what_has_ended_cannot_be_cancelled() -> None:
    make_sellers("alpha")
    providers = Providers()

    async def work(client: Client, taken: Told) -> Any:
        await run(providers, taken)
        return await client.call("DELETE", taken.headers["location"]), await look(client, taken)

    told, found = taken_then(work, providers)
    assert (told.status, told.error["code"], found["status"]) == (409, "TOO_LATE", "completed")


def test_a_cancellation_that_is_too_late_says_so_and_begins_no_further_attempt() -> None:
    make_sellers("alpha", "beta")
    found: list[Any] = []

    async def work(client: Client, taken: Told) -> Any:
        async def fails(request: httpx2.Request) -> httpx2.Response:
            found.append(await in_thread(_cancelled, client, taken))
            return refusal(500)

        providers.answers |= {"alpha.example": fails, "beta.example": fails}
        await run(providers, taken)
        return await look(client, taken)

    def _cancelled(client: Client, taken: Told) -> str:
        from lumenboard.gateway.account import cancel_request
        from lumenboard.gateway.errors import GatewayError

        with pytest.raises(GatewayError) as refused:
            cancel_request(ApiKey.objects.get().pk, taken.json["id"])
        return refused.value.code

    providers = Providers()
    seen = taken_then(work, providers)
    assert (found, len(providers.hosts)) == (["TOO_LATE"], 1)
    assert (seen["status"], seen["response"]["status"]) == ("cancelled", seen["http_status"])


def test_one_name_is_one_request_whether_the_client_waits_or_not() -> None:
    make_sellers("alpha")
    providers = Providers()

    async def work(client: Client) -> Any:
        first, second = [await client.generate(headers=LATER | NAMED) for _ in range(2)]
        waiting = await client.generate(headers=NAMED)
        other = await client.generate(headers=LATER | NAMED, n=2)
        await run(providers, first)
        return first, second, waiting, other, await client.generate(headers=NAMED), await look(client, first)

    first, second, waiting, other, after, found = with_gateway(providers, work)
    assert (first.status, second.status, second.json["id"]) == (202, 202, first.json["id"])
    assert (waiting.status, waiting.error["code"]) == (409, "REQUEST_IN_PROGRESS")
    assert (other.status, other.error["param"]) == (400, "Idempotency-Key")
    assert (after.status, after.headers["x-lumenboard-repeated"]) == (200, "true")
    assert after.json["metadata"]["request_id"] == found["id"]
    assert (len(providers.asked), GatewayRequest.objects.count()) == (1, 1)


def test_a_name_in_use_by_one_who_waits_is_answered_with_that_request() -> None:
    make_sellers("alpha")

    async def work(client: Client) -> Any:
        waited = await client.generate(headers=NAMED)
        return waited, await client.generate(headers=LATER | NAMED)

    waited, taken = with_gateway(Providers(), work)
    assert (taken.status, taken.json["id"]) == (202, waited.headers["x-request-id"])
    assert taken.json["status"] == "completed"


def test_a_key_has_so_many_open_requests_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    from lumenboard.gateway import jobs

    make_sellers("alpha")
    monkeypatch.setattr(jobs, "OPEN_AT_MOST", 1)
    refused = taken_then(lambda client, taken: client.generate(headers=LATER))
    assert (refused.status, refused.headers["retry-after"]) == (429, "5")


def test_pictures_of_an_edit_wait_with_it_and_go_with_its_end() -> None:
    make_sellers("alpha", modes=("image-edit",))
    providers = Providers()

    async def work(client: Client) -> Any:
        body = form({"model": "boat", "prompt": "repaint it"}, [("image", png(64, 64)), ("mask", png(64, 64))])
        taken = await client.call("POST", EDITS, body, content_type="multipart/form-data; boundary=b", **LATER)
        waiting = await in_thread(lambda: list(RequestInput.objects.values_list("is_mask", flat=True)))
        await run(providers, taken)
        return waiting, await look(client, taken)

    waiting, found = with_gateway(providers, work)
    assert (waiting, found["status"]) == ([False, True], "completed")
    assert providers.asked[0].content.count(b"filename=") == 2
    assert not RequestInput.objects.exists()


def test_the_prompt_goes_with_the_end_and_the_answer_stays() -> None:
    make_sellers("alpha")
    providers = Providers()
    found = taken_then(lambda client, taken: run(providers, taken), providers, output_format="webp")
    row = GatewayRequest.objects.get()
    assert (found, row.is_open, row.payloads) == ("completed", False, None)
    assert "a paper boat" not in json.dumps(row.job)
    assert row.job["answer"]["output_format"] == "webp"
