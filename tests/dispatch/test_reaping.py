"""Whatever a driver leaves behind comes to its end, and nothing is charged for that."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx2
import pytest
from django.utils import timezone

from providers.accounts.sealing import seal
from providers.adapters.registry import adapter_for
from providers.dispatch.call_spec import CallRefused, CallSpec
from providers.dispatch.dispatcher import Dispatcher, open_dispatcher
from providers.dispatch.ledger import open_ledger
from providers.dispatch.order_record import order_to_record
from providers.dispatch.reap_intents import Reaped, reap_intents
from providers.dispatch.resolve_intent import AlreadyResolved, resolve_intent
from providers.dispatch.run_intent import run_intent
from providers.models import BudgetWindow, Endpoint, Intent, RequestSample
from providers.pricing import PriceQuote, PricingInput, Size
from providers.sheet import PriceSheet
from tests.dispatch.factories import make_access, make_account, make_call_spec, make_endpoint
from tests.dispatch.plain import PlainProvider, png

pytestmark = pytest.mark.usefixtures("shared_database")
SITE = "https://fal.example"
AGO = timedelta(minutes=10)


def make_fal_endpoint() -> Endpoint:
    endpoint = make_endpoint("fal", provider_model_id="fal-ai/z")
    make_account(endpoint.provider, base_url=SITE, sealed_key=seal("id:secret"), key_set_at=timezone.now())
    return endpoint


def make_left(endpoint: Endpoint, state: str, *, goes_now: bool = True, **fields: Any) -> Intent:
    """An intent with its money set aside, as its driver left it ten minutes ago."""
    spec = make_call_spec(
        endpoint, source="scheduled", access=make_access(endpoint.provider, adapter=adapter_for("fal"))
    )

    async def reserve(spec: CallSpec) -> None:
        async with open_ledger(connections_at_most=1) as ledger:
            await ledger.reserve(spec, goes_now=goes_now)

    asyncio.run(reserve(spec))
    now = timezone.now()
    times = {"lease_until": now - timedelta(seconds=1), "deadline_at": now + timedelta(seconds=60)}
    Intent.objects.filter(uuid=spec.intent_uuid).update(**{"state": state, **times, **fields})
    return Intent.objects.get(uuid=spec.intent_uuid)


def reap(provider: PlainProvider | None = None) -> Reaped:
    transport = (provider or PlainProvider()).transport

    @asynccontextmanager
    async def opened() -> AsyncIterator[Dispatcher]:
        async with open_dispatcher(transport=transport) as dispatcher:
            yield dispatcher

    return reap_intents(opened)


def taken() -> set[tuple[Decimal, Decimal]]:
    return {(window.spent_usd, window.reserved_usd) for window in BudgetWindow.objects.all()}


def poll_record() -> dict[str, Any]:
    url = f"{SITE}/queue/fal-ai/z/requests/j1/status"
    return {
        "job_id": "j1",
        "poll": {"method": "GET", "url": url, "headers": [], "read_timeout_s": 10.0},
        "cancel": None,
    }


FINISHED = httpx2.Response(200, json={"images": [{"url": f"{SITE}/cdn/1.png"}], "seed": 3})
PICTURE = httpx2.Response(200, content=png())


def test_money_that_waited_too_long_is_free_again() -> None:
    intent = make_left(make_fal_endpoint(), "reserved", goes_now=False)
    assert reap() == Reaped(released=1)
    intent.refresh_from_db()
    assert (intent.state, intent.failure_kind, intent.cost_usd) == ("failed", "gateway", 0)
    assert taken() == {(Decimal(0), Decimal(0))}
    assert RequestSample.objects.count() == 0


def test_a_call_that_may_have_gone_out_is_unknown_and_not_sent_again() -> None:
    intent, provider = make_left(make_fal_endpoint(), "submitting"), PlainProvider()
    assert reap(provider) == Reaped(unknown=1)
    intent.refresh_from_db()
    assert (intent.state, intent.cost_usd, intent.cost_basis) == ("unknown", Decimal("0.01"), "assumed")
    assert taken() == {(Decimal("0.01"), Decimal(0))}
    assert RequestSample.objects.get().status == "gateway"
    assert provider.asked == []


def test_a_job_is_followed_from_its_row_to_its_picture() -> None:
    intent = make_left(make_fal_endpoint(), "submitted", submitted_at=timezone.now() - AGO, poll=poll_record())
    job = "/queue/fal-ai/z/requests/j1"
    done = httpx2.Response(200, json={"status": "COMPLETED", "request_id": "j1", "response_url": f"{SITE}{job}"})
    provider = PlainProvider({f"{job}/status": done, job: FINISHED, "/cdn/1.png": PICTURE})
    assert reap(provider) == Reaped(resumed=1)
    intent.refresh_from_db()
    assert (intent.state, intent.answer["seed"], len(intent.results)) == ("done", 3, 1)
    assert provider.charges == 0
    assert provider.asked[0].headers["authorization"] == "Key id:secret"
    assert RequestSample.objects.get().status == "gateway"


def test_links_in_the_row_are_fetched() -> None:
    answer = {"links": [f"{SITE}/cdn/1.png"], "seed": 3}
    intent = make_left(make_fal_endpoint(), "submitted", submitted_at=timezone.now(), answer=answer)
    assert reap(PlainProvider({"/cdn/1.png": PICTURE})) == Reaped(resumed=1)
    intent.refresh_from_db()
    assert (intent.state, intent.cost_usd) == ("done", Decimal("0.01"))


def test_stored_pictures_are_enough_to_end_it() -> None:
    record = {"name": "generated/aa/a.png", "sha256": "aa", "media_type": "image/png", "size_bytes": 9}
    results = [{**record, "width_px": 8, "height_px": 8}]
    intent = make_left(make_fal_endpoint(), "fetched", fetched_at=timezone.now(), results=results)
    assert reap() == Reaped(resumed=1)
    intent.refresh_from_db()
    assert (intent.state, intent.results) == ("done", results)


def test_what_another_process_ends_is_charged_by_what_came() -> None:
    """Two smaller ones than ordered are there, of which the provider says that they are of low quality."""
    listed = {"low": "0.003", "high": "0.01"}
    prices = [
        PriceSheet(metric="image", amount_usd=Decimal(usd), conditions={"quality": quality})
        for quality, usd in listed.items()
    ]
    prices += [PriceSheet(metric="megapixel", amount_usd=Decimal("0.01"), pixels_per_megapixel=64)]
    quote = PriceQuote(tuple(prices), PricingInput(size=Size(width_px=64, height_px=64), images=2))
    spec = make_call_spec(make_endpoint("elsewhere"))
    record = {"name": "generated/aa/a.png", "sha256": "aa", "media_type": "image/png", "size_bytes": 9}
    intent = make_left(
        make_fal_endpoint(),
        "fetched",
        fetched_at=timezone.now(),
        results=[{**record, "width_px": 8, "height_px": 8}] * 2,
        answer={"links": [], "quality": "low"},
        order=order_to_record(spec.order, quote),
    )
    assert reap() == Reaped(resumed=1)
    intent.refresh_from_db()
    assert (intent.state, intent.cost_usd, intent.cost_basis) == ("done", Decimal("0.026"), "price")
    assert {(window.spent_usd, window.reserved_usd) for window in BudgetWindow.objects.all()} == {
        (Decimal("0.026"), Decimal(0))
    }


def test_a_job_past_its_time_is_asked_once_more_and_then_given_up() -> None:
    late = {"deadline_at": timezone.now() - AGO, "submitted_at": timezone.now() - AGO, "poll": poll_record()}
    intent = make_left(make_fal_endpoint(), "submitted", **late)
    refused = httpx2.Response(422, json={"detail": [{"type": "content_policy_violation", "msg": "no"}]})
    assert reap(PlainProvider({"/queue/fal-ai/z/requests/j1/status": refused})) == Reaped(resumed=1)
    intent.refresh_from_db()
    assert (intent.state, intent.failure_kind) == ("failed", "moderation")


def test_a_row_in_good_hands_is_left_alone() -> None:
    intent = make_left(make_fal_endpoint(), "submitting", lease_until=timezone.now() + AGO)
    assert reap() == Reaped()
    intent.refresh_from_db()
    assert intent.state == "submitting"


def test_without_access_a_row_is_left_to_others_and_ends_after_a_while() -> None:
    endpoint = make_endpoint("replicate")
    intent = make_left(endpoint, "submitted", submitted_at=timezone.now(), poll=poll_record())
    assert reap() == Reaped(left=1)
    Intent.objects.update(lease_until=timezone.now() - AGO)
    assert reap() == Reaped(resumed=1)
    intent.refresh_from_db()
    assert (intent.state, intent.failure_kind, intent.cost_basis) == ("failed", "gateway", "assumed")


def test_a_message_delivered_twice_sends_nothing_twice() -> None:
    intent = make_left(make_fal_endpoint(), "submitting", lease_until=timezone.now() + AGO)
    outcome = run_intent(intent.pk)
    assert isinstance(outcome, CallRefused)
    assert outcome.reason == "taken"


@pytest.mark.parametrize(("charged", "spent"), [(True, "0.01"), (False, "0")])
def test_a_person_settles_an_unknown_call_once(charged: bool, spent: str) -> None:
    intent = make_left(make_fal_endpoint(), "submitting")
    reap()
    settled = resolve_intent(intent.pk, charged=charged, actor="ada", reason="the invoice says so")
    assert (settled.state, settled.cost_usd, settled.resolved_by) == ("unknown", Decimal(spent), "ada")
    assert taken() == {(Decimal(spent), Decimal(0))}
    with pytest.raises(AlreadyResolved):
        resolve_intent(intent.pk, charged=not charged, actor="bob", reason="no")


def test_an_order_is_whole_only_with_every_picture_it_sends() -> None:
    spec = make_call_spec(make_endpoint())
    assert order_to_record(spec.order)["is_whole"]
