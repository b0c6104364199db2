"""One attempt from the reservation to the stored picture, and everything that can stop it."""

import asyncio
from dataclasses import replace
from decimal import Decimal
from typing import Any

import httpx2
import pytest
from django.core.files.storage import default_storage

from providers.dispatch.call_spec import Ambiguous, AttemptFailed, CallOutcome, CallRefused, CallSpec, Done
from providers.dispatch.dispatcher import open_dispatcher
from providers.models import BudgetWindow, EndpointHealth, Intent, RequestSample
from providers.pricing import PriceQuote, PricingInput, Size
from providers.sheet import PriceSheet
from tests.dispatch.factories import make_call_spec, make_endpoint
from tests.dispatch.plain import BASE, PICTURE, PlainProvider, said

pytestmark = pytest.mark.usefixtures("shared_database")


def run(spec: CallSpec, provider: PlainProvider) -> CallOutcome:
    async def runner() -> CallOutcome:
        async with open_dispatcher(transport=provider.transport) as dispatcher:
            return await dispatcher.run(spec)

    return asyncio.run(runner())


def money() -> set[tuple[Decimal, Decimal]]:
    return {(w.spent_usd, w.reserved_usd) for w in BudgetWindow.objects.all()}


def test_a_picture_comes_and_everything_is_written_down() -> None:
    provider = PlainProvider({"/generate": said(links=[PICTURE], seed=11)})
    spec = make_call_spec(make_endpoint())
    outcome = run(spec, provider)
    assert isinstance(outcome, Done)
    assert (outcome.seed, outcome.pictures[0].width_px, outcome.cost_usd) == (11, 64, Decimal("0.01"))
    with default_storage.open(outcome.pictures[0].name) as stored:
        assert stored.read() == outcome.pictures[0].content
    intent, sample = Intent.objects.get(), RequestSample.objects.get()
    assert (intent.state, intent.cost_usd, intent.cost_basis) == ("done", Decimal("0.01"), "price")
    assert intent.results[0]["sha256"] == outcome.pictures[0].sha256
    assert (sample.status, sample.cost_usd, sample.endpoint_id) == ("ok", Decimal("0.01"), spec.endpoint_id)
    assert sample.ttfb_ms is not None
    assert sample.ttfb_ms <= sample.total_ms == intent.total_ms
    assert sample.megapixels == Decimal("0.004096")
    assert money() == {(Decimal("0.01"), Decimal(0))}
    assert provider.charges == 1


@pytest.mark.parametrize(
    ("usage", "charged", "basis"),
    [({"output_tokens": 1000}, "0.03", "price"), ({}, "0.20", "worst_case")],
)
def test_what_the_provider_counted_is_charged_where_the_worst_case_was_set_aside(usage, charged, basis) -> None:
    tokens = PriceSheet(metric="token", amount_usd=Decimal(30), unit_size=Decimal(1_000_000))
    tariff = PriceQuote((tokens,), PricingInput(size=Size(width_px=64, height_px=64)))
    provider = PlainProvider({"/generate": said(links=[PICTURE], usage=usage)})
    spec = make_call_spec(make_endpoint(), cost=tariff.cost(), worst_case_usd=Decimal("0.20"), quote=tariff)
    outcome = run(spec, provider)
    assert isinstance(outcome, Done)
    assert outcome.cost_usd == Decimal(charged)
    assert Intent.objects.get().cost_basis == basis
    assert money() == {(Decimal(charged), Decimal(0))}


def test_a_job_is_followed_and_results_are_fetched_without_the_key() -> None:
    provider = PlainProvider(
        {"/generate": said(job="j1"), "/jobs/j1": [said(job="j1"), said(503), said(links=[PICTURE])]}
    )
    outcome = run(make_call_spec(make_endpoint()), provider)
    assert isinstance(outcome, Done)
    assert Intent.objects.get().provider_job_id == "j1"
    keyed = {request.url.path: "authorization" in request.headers for request in provider.asked}
    assert keyed == {"/generate": True, "/jobs/j1": True, "/pictures/64.png": False}
    assert provider.charges == 1


@pytest.mark.parametrize(
    ("answer", "kind", "spent"),
    [
        (said(422, kind="client", message="no such size"), "client", "0"),
        (said(400, kind="moderation", message="refused"), "moderation", "0"),
        (said(429, kind="rate_limit", message="slow down", retry_after_s=7), "rate_limit", "0"),
        (said(402, kind="billing", message="no balance", provider_wide=True), "billing", "0"),
        (said(500, kind="upstream", message="oh", may_have_charged=True), "upstream", "0.01"),
        (httpx2.Response(502, text="<html>bad gateway"), "upstream", "0"),
        (httpx2.Response(200, text="<html>fine"), "upstream", "0.01"),
        (said(links=[]), "upstream", "0.01"),
        (said(links=[f"{BASE}/gone.png"]), "upstream", "0.01"),
        (httpx2.ConnectError("refused"), "upstream", "0"),
        (httpx2.ConnectTimeout("late"), "timeout", "0"),
    ],
)
def test_a_failure_has_its_kind_and_costs_what_may_have_been_charged(answer: Any, kind: str, spent: str) -> None:
    provider = PlainProvider({"/generate": answer})
    outcome = run(make_call_spec(make_endpoint()), provider)
    assert isinstance(outcome, AttemptFailed)
    assert (outcome.kind, outcome.cost_usd) == (kind, Decimal(spent))
    intent = Intent.objects.get()
    assert (intent.state, intent.failure_kind, intent.cost_usd) == ("failed", kind, Decimal(spent))
    assert RequestSample.objects.get().status == kind
    assert money() == {(Decimal(spent), Decimal(0))}
    assert provider.charges == 1


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (httpx2.ReadTimeout("late"), "timeout"),
        (httpx2.ReadError("reset"), "upstream"),
        (httpx2.WriteError("reset"), "upstream"),
        (httpx2.RemoteProtocolError("cut"), "upstream"),
    ],
)
def test_a_lost_answer_is_unknown_counts_as_spent_and_is_never_sent_again(fault: Exception, kind: str) -> None:
    provider = PlainProvider({"/generate": fault})
    outcome = run(make_call_spec(make_endpoint()), provider)
    assert isinstance(outcome, Ambiguous)
    intent = Intent.objects.get()
    assert (intent.state, intent.failure_kind, intent.cost_usd) == ("unknown", kind, Decimal("0.01"))
    assert money() == {(Decimal("0.01"), Decimal(0))}
    assert provider.charges == 1


def test_a_job_that_never_ends_is_given_up_in_time() -> None:
    provider = PlainProvider({"/generate": said(job="j1"), "/jobs/j1": said(job="j1")})
    outcome = run(make_call_spec(make_endpoint(), deadline_s=0.8), provider)
    assert isinstance(outcome, AttemptFailed)
    assert (outcome.kind, outcome.cost_usd) == ("timeout", Decimal("0.01"))
    sample = RequestSample.objects.get()
    assert 800 <= sample.total_ms < 1800


def test_a_silent_provider_is_given_up_in_time() -> None:
    async def never(request: httpx2.Request) -> httpx2.Response:
        await asyncio.sleep(60)
        raise AssertionError("waited too long")

    outcome = run(make_call_spec(make_endpoint(), deadline_s=0.3), PlainProvider({"/generate": never}))
    assert isinstance(outcome, Ambiguous)
    assert outcome.kind == "timeout"
    assert RequestSample.objects.get().total_ms < 1300


@pytest.mark.parametrize("poll", ["https://evil.example/jobs/1", "http://plain.example/jobs/1", "file:///etc/passwd"])
def test_the_key_goes_nowhere_but_to_the_account(poll: str) -> None:
    provider = PlainProvider({"/generate": said(job="j1", poll=poll)})
    outcome = run(make_call_spec(make_endpoint()), provider)
    assert isinstance(outcome, AttemptFailed)
    assert outcome.kind == "upstream"
    assert {request.url.host for request in provider.asked} == {"plain.example"}


def test_what_a_provider_says_may_hold_anything() -> None:
    odd = httpx2.Response(422, content=b'{"kind": "client", "message": "\\ud800\\u0000 no"}')
    accepted = said(job="j\x001", poll=f"{BASE}/jobs/1")
    outcome = run(make_call_spec(make_endpoint()), PlainProvider({"/generate": accepted, "/jobs/1": odd}))
    assert isinstance(outcome, AttemptFailed)
    intent = Intent.objects.get()
    assert (intent.state, intent.provider_job_id, intent.failure_message) == ("failed", "j1", "? no")


@pytest.mark.parametrize("source", ["scheduled", "probe", "gateway"])
def test_a_picture_of_another_size_is_not_what_was_ordered_but_somebody_may_wait_for_it(source: str) -> None:
    spec = make_call_spec(make_endpoint())
    order = replace(spec.order, size=Size(width_px=1024, height_px=1024))
    spec = make_call_spec(make_endpoint(), source=source, order=order)
    outcome = run(spec, PlainProvider({"/generate": said(links=[PICTURE])}))
    if source == "gateway":
        assert isinstance(outcome, Done)
        assert [(one.width_px, one.height_px) for one in outcome.pictures] == [(64, 64)]
        return
    assert isinstance(outcome, AttemptFailed)
    assert outcome.message == "the picture is 64x64, ordered was 1024x1024"


def test_what_has_been_sent_is_ended_even_when_the_caller_goes_away() -> None:
    sent = asyncio.Event()

    async def slow(request: httpx2.Request) -> httpx2.Response:
        sent.set()
        await asyncio.sleep(0.2)
        return said(links=[PICTURE])

    async def leave(spec: CallSpec) -> None:
        async with open_dispatcher(transport=PlainProvider({"/generate": slow}).transport) as dispatcher:
            caller = asyncio.create_task(dispatcher.run(spec))
            await sent.wait()
            caller.cancel()

    asyncio.run(leave(make_call_spec(make_endpoint())))
    assert Intent.objects.get().state == "done"


def test_five_faults_open_the_breaker_and_one_call_of_many_may_try_again() -> None:
    endpoint, provider = make_endpoint(), PlainProvider({"/generate": said(500, kind="upstream", message="oh")})
    for _ in range(5):
        assert isinstance(run(make_call_spec(endpoint), provider), AttemptFailed)
    refused = run(make_call_spec(endpoint), provider)
    assert isinstance(refused, CallRefused)
    assert refused.reason == "cooling"
    assert provider.charges == 5
    EndpointHealth.objects.update(opened_until="2020-01-01T00:00Z")

    async def ten() -> list[CallOutcome]:
        answers = PlainProvider({"/generate": said(links=[PICTURE])})
        async with open_dispatcher(transport=answers.transport) as dispatcher:
            return list(await asyncio.gather(*(dispatcher.run(make) for make in specs)))

    specs = [make_call_spec(endpoint) for _ in range(10)]
    outcomes = asyncio.run(ten())
    health = EndpointHealth.objects.get()
    assert sum(isinstance(outcome, Done) for outcome in outcomes) >= 1
    assert Intent.objects.filter(state="done").count() + sum(isinstance(o, CallRefused) for o in outcomes) == 10
    assert (health.consecutive_failures, health.opened_until, health.times_opened) == (0, None, 0)


def test_a_fault_of_the_account_stops_every_endpoint_of_the_provider() -> None:
    first, second, other = make_endpoint(), make_endpoint(), make_endpoint("replicate")
    provider = PlainProvider({"/generate": said(403, kind="billing", message="locked", provider_wide=True)})
    run(make_call_spec(first), provider)
    good = PlainProvider({"/generate": said(links=[PICTURE])})
    assert isinstance(run(make_call_spec(second), good), CallRefused)
    assert isinstance(run(make_call_spec(other), good), Done)
