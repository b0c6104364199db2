"""Pictures through the gateway: answers, fallback, money, and the row that remembers."""

import asyncio
import base64
import re
import struct
from decimal import Decimal

import httpx2
import pytest
from django.core.files.storage import default_storage
from PIL import Image

from providers.accounts.api_keys import create_api_key, revoke_api_key
from providers.models import GatewayRequest, Intent
from tests.dispatch.plain import png
from tests.gateway.client import Client, Providers, in_thread, make_sellers, pictures, refusal, with_gateway
from tests.intake.files import make_file, make_noise, make_texts

pytestmark = pytest.mark.usefixtures("shared_database")


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ALPHA", "BETA"):
        monkeypatch.setenv(f"LUMENBOARD_KEY_{name}", "k")


CHEAPEST = {"sort": "price"}


def test_a_picture_comes_as_a_link_that_works_until_it_ends() -> None:
    make_sellers("alpha")

    async def work(client: Client):
        told = await client.generate()
        path, _, query = told.json["data"][0]["url"].partition("?")
        name = path.rpartition("/")[2]
        got = await client.call("GET", f"/media/{name}", query=query)
        spoiled = await client.call("GET", f"/media/{name}", query=query.replace("expires=", "expires=9"))
        return told, got, spoiled

    told, got, spoiled = with_gateway(Providers(), work)
    assert told.status == 200, told.content
    assert (got.status, got.content, got.headers["content-type"]) == (200, png(64, 64), "image/png")
    assert spoiled.status == 404
    metadata = told.json["metadata"]
    assert (metadata["executed_model"], metadata["provider"], metadata["cost"]) == ("alpha/boat", "alpha", 0.01)
    assert told.headers["x-lumenboard-cost"] == "0.01"
    assert told.headers["x-lumenboard-provider"] == "alpha"
    assert told.headers["x-lumenboard-attempts"] == "1"
    row = GatewayRequest.objects.get()
    assert (row.public_id, row.status, row.cost_usd) == (told.headers["x-request-id"], "completed", Decimal("0.01"))
    assert row.payloads is None
    assert Intent.objects.get().request_id == row.uuid


def test_a_picture_comes_within_the_answer() -> None:
    make_sellers("alpha")
    told = with_gateway(Providers(), lambda client: client.generate(response_format="b64_json", n=3))
    assert [base64.b64decode(item["b64_json"]) for item in told.json["data"]] == [png(64, 64)] * 3
    assert told.json["metadata"]["cost"] == 0.03


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (refusal(500), "upstream"),
        (refusal(429, "rate_limit_exceeded", retry_after="7"), "rate_limit"),
        (refusal(401, "invalid_api_key"), "gateway"),
        (refusal(402, "insufficient_quota"), "billing"),
        (ConnectionError("down"), ""),
    ],
)
def test_a_fault_of_the_first_provider_is_answered_by_the_second(fault, kind) -> None:
    fault = httpx2.ConnectError("down") if isinstance(fault, ConnectionError) else fault
    make_sellers("alpha", "beta")
    providers = Providers({"alpha.example": fault})
    told = with_gateway(providers, lambda client: client.generate(provider=CHEAPEST))
    assert told.status == 200, told.content
    assert providers.hosts == ["alpha.example", "beta.example"]
    attempts = told.json["metadata"]["attempts"]
    assert [(one["provider"], one["status"]) for one in attempts] == [("alpha", "failed"), ("beta", "ok")]
    assert told.headers["x-lumenboard-fallbacks"] == "1"
    assert [intent.state for intent in Intent.objects.order_by("id")] == ["failed", "done"]
    assert GatewayRequest.objects.get().attempts == 2


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (refusal(400, "content_policy_violation", "not that"), "CONTENT_POLICY_VIOLATION"),
        (refusal(400, "invalid_value", "no such size"), "INVALID_REQUEST"),
    ],
)
def test_what_another_provider_would_refuse_too_is_tried_once(fault, code) -> None:
    make_sellers("alpha", "beta")
    providers = Providers({"alpha.example": fault})
    told = with_gateway(providers, lambda client: client.generate(provider=CHEAPEST))
    assert (told.status, told.error["code"]) == (400, code)
    assert providers.hosts == ["alpha.example"]


def test_a_forced_provider_has_no_substitute() -> None:
    make_sellers("alpha", "beta")
    providers = Providers({"beta.example": refusal(500)})
    told = with_gateway(providers, lambda client: client.generate(model="beta/boat"))
    assert (told.status, providers.hosts) == (502, ["beta.example"])


def test_when_all_are_down_every_attempt_is_told_and_no_repeat_is_wanted() -> None:
    make_sellers("alpha", "beta")
    providers = Providers({"alpha.example": refusal(500), "beta.example": refusal(503)})
    told = with_gateway(providers, lambda client: client.generate())
    assert (told.status, told.error["code"]) == (502, "ALL_PROVIDERS_EXHAUSTED")
    assert told.headers["x-should-retry"] == "false"
    assert len(told.json["metadata"]["attempts"]) == 2
    assert set(told.error) == {"message", "type", "param", "code"}
    row = GatewayRequest.objects.get()
    assert (row.status, row.error_code, row.http_status) == ("failed", "ALL_PROVIDERS_EXHAUSTED", 502)


def test_only_rate_limits_are_a_rate_limit_with_its_time() -> None:
    make_sellers("alpha")
    fault = refusal(429, "rate_limit_exceeded", **{"retry-after": "7"})
    told = with_gateway(Providers({"alpha.example": fault}), lambda client: client.generate())
    assert (told.status, told.headers["retry-after"]) == (429, "7")


def test_a_used_up_budget_sends_nothing() -> None:
    make_sellers("alpha", "beta")
    providers = Providers()
    key = create_api_key("poor", usd_per_day=Decimal("0.005"))
    told = with_gateway(providers, lambda client: client.generate(), key.text)
    assert (told.status, told.error["code"]) == (402, "INSUFFICIENT_BALANCE")
    assert providers.asked == []


def test_a_dry_run_tells_what_is_then_charged_and_runs_nothing() -> None:
    make_sellers("alpha")

    async def work(client: Client):
        return await client.generate("dryRun=true", n=2), await client.generate(n=2)

    providers = Providers()
    dry, told = with_gateway(providers, work)
    assert dry.json["total_cost_micros"] == 20_000 == round(told.json["metadata"]["cost"] * 1e6)
    assert dry.json["components"][0]["quantity"] == 2
    assert len(providers.asked) == 1
    assert GatewayRequest.objects.count() == 1


def test_an_edit_takes_pictures_without_their_metadata() -> None:
    make_sellers("alpha", modes=("text-to-image", "image-edit"))
    providers = Providers()
    image = make_file("PNG", (32, 32), pnginfo=make_texts(1))
    told = with_gateway(providers, lambda client: client.edit([("image", image), ("mask", png(32, 32))]))
    assert told.status == 200, told.content
    assert providers.asked[0].url.path.endswith("/images/edits")
    assert b"key 0" in image
    assert b"key 0" not in providers.asked[0].content
    assert providers.asked[0].content.count(b"Content-Type: image/png") == 2


def test_a_photograph_leaves_in_its_own_format_and_bytes() -> None:
    make_sellers("alpha", modes=("image-edit",))
    providers, exif = Providers(), Image.Exif()
    exif[0x010E] = "secret place"
    photo = make_noise("JPEG", (1200, 900), exif=exif)
    assert with_gateway(providers, lambda client: client.edit([("image", photo + b"SEFT")])).status == 200
    sent = providers.asked[0].content
    assert b'filename="image-1.jpeg"\r\nContent-Type: image/jpeg' in sent
    assert photo[photo.index(b"\xff\xda") :] in sent
    assert b"secret" not in sent
    assert b"SEFT" not in sent


def test_an_image_with_a_mask_goes_as_png_and_both_in_one_size() -> None:
    make_sellers("alpha", modes=("image-edit",))
    providers = Providers()
    files = [("image", make_noise("JPEG", (4400, 40))), ("mask", make_file("PNG", (4400, 40), "L", 7))]
    assert with_gateway(providers, lambda client: client.edit(files)).status == 200
    sent = providers.asked[0].content
    sizes = [struct.unpack_from(">II", sent, found.end() + 8) for found in re.finditer(b"\x89PNG\r\n\x1a\n", sent)]
    assert sizes == [(4096, 37), (4096, 37)]


@pytest.mark.parametrize(
    ("files", "param"),
    [
        ([], "image"),
        ([("image", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>")], "image"),
        ([("image", b"<html><script>alert(1)</script>")], "image"),
        ([("image[]", png(8, 8)), ("image[]", b"\x89PNG\r\n\x1a\nrest")], "image[]"),
        ([("image", png(8, 8)), ("mask", png(9, 9))], "mask"),
        ([("virus", png(8, 8))], "virus"),
    ],
)
def test_what_is_no_picture_never_leaves(files, param) -> None:
    make_sellers("alpha", modes=("image-edit",))
    providers = Providers()
    told = with_gateway(providers, lambda client: client.edit(files))
    assert (told.status, told.error["param"]) == (400, param)
    assert providers.asked == []


def test_a_format_that_the_provider_did_not_give_is_drawn_and_stored() -> None:
    make_sellers("alpha")

    async def work(client: Client):
        told = await client.generate(output_format="webp", output_compression=50, response_format="b64_json")
        return told, told.json["output_format"]

    told, output_format = with_gateway(Providers(), work)
    assert output_format == "webp"
    assert base64.b64decode(told.json["data"][0]["b64_json"])[8:12] == b"WEBP"


def test_a_named_request_is_charged_once_and_its_parameters_are_fixed() -> None:
    make_sellers("alpha")
    named = {"idempotency-key": "order-7"}

    async def work(client: Client):
        first = await client.generate(headers=named)
        again = await client.generate(headers=named)
        other = await client.generate(headers=named, prompt="another")
        return first, again, other

    providers = Providers()
    first, again, other = with_gateway(providers, work)
    assert first.status == again.status == 200
    assert again.headers["x-lumenboard-repeated"] == "true"
    assert again.json["metadata"] == first.json["metadata"]
    assert (other.status, other.error["param"]) == (400, "Idempotency-Key")
    assert len(providers.asked) == 1


def test_a_clients_own_retry_joins_the_request_that_is_under_way() -> None:
    make_sellers("alpha")
    began = asyncio.Event()

    async def slow(request):
        began.set()
        await asyncio.sleep(0.4)
        return pictures()

    async def work(client: Client):
        first = asyncio.create_task(client.generate())
        await began.wait()
        await asyncio.sleep(0.15)
        again = await client.generate(headers={"x-stainless-retry-count": "1"})
        return await first, again

    providers = Providers({"alpha.example": slow})
    first, again = with_gateway(providers, work)
    assert again.json["metadata"]["request_id"] == first.json["metadata"]["request_id"]
    assert len(providers.asked) == 1


def test_a_revoked_key_pays_for_nothing_more_and_is_soon_unknown() -> None:
    make_sellers("alpha")
    key = create_api_key("shared")

    async def work(client: Client):
        before = await client.generate()
        await in_thread(revoke_api_key, key.row)
        async with asyncio.timeout(0.5):
            # money is refused from the first call on, and the key is unknown once its end has been heard of
            while (after := await client.generate()).status == 402:
                pass
        return before, after

    before, after = with_gateway(Providers(), work, key.text)
    assert (before.status, after.status, after.error["code"]) == (200, 401, "AUTHENTICATION_FAILED")


def test_a_client_that_asks_for_a_stream_gets_one_completed_event() -> None:
    make_sellers("alpha")
    wanted = {"stream": True, "response_format": "b64_json"}
    told = with_gateway(Providers(), lambda client: client.generate(headers={"accept-encoding": "gzip"}, **wanted))
    assert told.headers["content-type"] == "text/event-stream"
    assert "content-encoding" not in told.headers
    assert told.content.startswith(b'event: image_generation.completed\ndata: {"type":"image_generation.completed"')
    assert told.content.endswith(b"data: [DONE]\n\n")


def test_a_picture_in_storage_has_a_name_that_says_nothing() -> None:
    make_sellers("alpha")
    with_gateway(Providers(), lambda client: client.generate(user="someone"))
    name = Intent.objects.get().results[0]["name"]
    assert default_storage.exists(name)
    assert "boat" not in name
