"""Money is set aside in every scope or in none, and nothing is ever spent beyond a cap."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import override_settings
from django.utils import timezone

from providers.dispatch.call_spec import BudgetScope, CallRefused, CallSpec, Reservation
from providers.dispatch.ledger import open_ledger
from providers.models import BudgetCap, BudgetWindow, EndpointHealth, Intent
from providers.pricing import UnknownCost
from tests.dispatch.factories import make_account, make_call_spec, make_endpoint, make_intent

pytestmark = pytest.mark.usefixtures("shared_database")
SCHEDULE = (BudgetScope("schedule", "7"),)


def reserve(*specs: CallSpec, goes_now: bool = False, connections: int = 4) -> list[Reservation | CallRefused]:
    async def ask() -> list[Reservation | CallRefused]:
        async with open_ledger(connections_at_most=connections) as ledger:
            return list(await asyncio.gather(*(ledger.reserve(spec, goes_now=goes_now) for spec in specs)))

    return asyncio.run(ask())


def cap(scope: str = "site", subject: str = "", **fields: Any) -> BudgetCap:
    return BudgetCap.objects.create(scope=scope, subject=subject, **fields)


def refusals(found: list[Reservation | CallRefused]) -> list[tuple[str, str]]:
    return [(one.reason, one.detail) for one in found if isinstance(one, CallRefused)]


def test_two_hundred_at_once_at_ninety_nine_percent_of_a_cap_spend_not_a_cent_more() -> None:
    endpoint = make_endpoint()
    cap("site", usd_per_day=Decimal("100"))
    first = reserve(make_call_spec(endpoint, "99"))
    specs = [make_call_spec(endpoint, "0.03", scopes=()) for _ in range(200)]
    found = reserve(*specs, goes_now=False, connections=16)
    reservation = [one for one in found if isinstance(one, Reservation)]
    assert len(first) == 1
    assert len(reservation) == 33
    assert {reason for reason, _ in refusals(found)} == {"over_budget"}
    assert {window.reserved_usd for window in BudgetWindow.objects.filter(scope="site")} == {Decimal("99.99")}
    assert Intent.objects.count() == 34


def test_calls_that_go_at_once_share_a_statement_and_spend_not_a_cent_more() -> None:
    endpoint = make_endpoint()
    make_account(endpoint.provider, max_concurrent=1000)
    cap("site", usd_per_day=Decimal("100"))
    reserve(make_call_spec(endpoint, "99", source="gateway"), goes_now=True)
    specs = [make_call_spec(endpoint, "0.03", scopes=(), source="gateway") for _ in range(200)]
    found = reserve(*specs, goes_now=True, connections=16)
    assert len([one for one in found if isinstance(one, Reservation)]) == 33
    assert refusals(found) == [("over_budget", "site day")] * 167
    assert {window.reserved_usd for window in BudgetWindow.objects.filter(scope="site")} == {Decimal("99.99")}
    assert Intent.objects.filter(state="submitting").count() == 34


def test_of_one_batch_each_call_gets_what_it_would_get_alone() -> None:
    free, full, paused, shut = (make_endpoint(name) for name in ("fal", "replicate", "alibaba", "openai"))
    cap("provider", "replicate", usd_per_day=Decimal("0.005"))
    make_account(paused.provider, is_paused=True)
    EndpointHealth.objects.create(endpoint=shut, opened_until=timezone.now() + timedelta(minutes=1))
    alone = make_account(make_endpoint("one").provider, max_concurrent=1).provider.endpoints.get()
    endpoints = (free, full, paused, shut, alone, alone)
    # over one connection: two transactions at once do not see what the other has under way at a provider
    found = reserve(*(make_call_spec(one, source="gateway") for one in endpoints), goes_now=True, connections=1)
    outcomes = ["" if isinstance(one, Reservation) else one.reason for one in found]
    assert outcomes[:4] == ["", "over_budget", "paused", "cooling"]
    assert sorted(outcomes[4:]) == ["", "busy"]
    window = BudgetWindow.objects.get(scope="site", period="day")
    assert window.reserved_usd == Decimal("0.02")
    assert sorted(Intent.objects.values_list("endpoint_key", flat=True)) == sorted([free.key, alone.key])


def test_one_scope_that_is_full_takes_nothing_from_the_others() -> None:
    endpoint = make_endpoint()
    cap("schedule", "7", usd_per_day=Decimal("0.015"))
    found = reserve(make_call_spec(endpoint, scopes=SCHEDULE)) + reserve(make_call_spec(endpoint, scopes=SCHEDULE))
    assert refusals(found) == [("over_budget", "schedule 7 day")]
    assert {window.reserved_usd for window in BudgetWindow.objects.all()} == {Decimal("0.01")}
    assert BudgetWindow.objects.count() == 6


def test_the_hour_binds_where_it_is_tighter_than_the_day() -> None:
    cap("provider", "fal", usd_per_day=Decimal(1), usd_per_hour=Decimal("0.005"))
    assert refusals(reserve(make_call_spec(make_endpoint()))) == [("over_budget", "provider fal hour")]


@override_settings(SITE_BUDGET_USD_PER_DAY=Decimal("0.02"), SITE_BUDGET_USD_PER_HOUR=Decimal("0.01"))
def test_without_a_cap_of_its_own_the_site_has_the_configured_one() -> None:
    endpoint = make_endpoint()
    found = reserve(make_call_spec(endpoint)) + reserve(make_call_spec(endpoint))
    assert refusals(found) == [("over_budget", "site hour")]


@pytest.mark.parametrize("fields", [None, {}, {"usd_per_hour": Decimal(5)}])
def test_a_scope_without_a_daily_amount_may_spend_nothing(fields: dict[str, Any] | None) -> None:
    if fields is not None:
        cap("schedule", "7", **fields)
    assert refusals(reserve(make_call_spec(make_endpoint(), scopes=SCHEDULE)))[0][0] == "no_budget"
    assert Intent.objects.count() == 0


def test_an_unknown_cost_is_refused_unless_its_worst_case_is_stated() -> None:
    endpoint, unknown = make_endpoint(), UnknownCost("its price depends on quality, which the request does not state")
    found = reserve(make_call_spec(endpoint, cost=unknown))
    assert refusals(found) == [("unknown_cost", unknown.reason)]
    assert not refusals(reserve(make_call_spec(endpoint, cost=unknown, worst_case_usd=Decimal("0.40"))))
    intent = Intent.objects.get()
    assert (intent.reserved_usd, intent.cost_basis) == (Decimal("0.4"), "worst_case")


PAUSES: dict[str, Any] = {
    "site": lambda endpoint: cap("site", usd_per_day=Decimal(100), is_paused=True),
    "schedule": lambda endpoint: BudgetCap.objects.filter(scope="schedule").update(is_paused=True),
    "provider": lambda endpoint: make_account(endpoint.provider, is_paused=True),
}


@pytest.mark.parametrize("scope", PAUSES)
def test_the_kill_switch_stops_reserving_and_what_is_reserved(scope: str) -> None:
    endpoint = make_endpoint()
    cap("schedule", "7", usd_per_day=Decimal(100))
    waiting = make_call_spec(endpoint, scopes=SCHEDULE, source="scheduled")
    reserve(waiting)
    PAUSES[scope](endpoint)
    assert refusals(reserve(make_call_spec(endpoint, scopes=SCHEDULE)))[0][0] == "paused"
    claimed = claim(waiting)
    assert isinstance(claimed, CallRefused)
    assert claimed.reason == "paused"


def claim(spec: CallSpec) -> Reservation | CallRefused:
    async def ask() -> Reservation | CallRefused:
        async with open_ledger() as ledger:
            return await ledger.claim(spec)

    return asyncio.run(ask())


def test_of_many_who_claim_a_reserved_row_one_gets_it() -> None:
    spec = make_call_spec(make_endpoint(), source="scheduled")
    reserve(spec)

    async def race() -> list[Reservation | CallRefused]:
        async with open_ledger(connections_at_most=8) as ledger:
            return list(await asyncio.gather(*(ledger.claim(spec) for _ in range(40))))

    found = asyncio.run(race())
    assert len([one for one in found if isinstance(one, Reservation)]) == 1
    assert {reason for reason, _ in refusals(found)} <= {"taken", "busy"}


def test_a_provider_that_is_stuck_leaves_room_for_the_others() -> None:
    stuck, free = make_endpoint("fal"), make_endpoint("replicate")
    make_account(stuck.provider, max_concurrent=2)
    found = reserve(*(make_call_spec(stuck) for _ in range(2)), goes_now=True)
    found += reserve(make_call_spec(stuck), goes_now=True)
    assert refusals(found) == [("busy", stuck.key)]
    assert not refusals(reserve(make_call_spec(free), goes_now=True))


def test_simulated_money_leaves_the_real_budget_alone() -> None:
    endpoint = make_endpoint()
    cap("site", usd_per_day=Decimal("0.01"))
    spec = make_call_spec(endpoint)
    simulated = make_call_spec(endpoint, access=type(spec.access)(**{**vars(spec.access), "simulated": True}))
    assert not refusals(reserve(simulated) + reserve(spec))
    assert BudgetWindow.objects.filter(scope="site", period="day").count() == 2


def test_a_row_that_waits_holds_its_order_and_its_money() -> None:
    endpoint = make_endpoint()
    make_intent(endpoint)
    spec = make_call_spec(endpoint, source="scheduled")
    reserve(spec)
    intent = Intent.objects.get(uuid=spec.intent_uuid)
    assert (intent.state, intent.order["prompt"], len(intent.window_ids)) == ("reserved", "a red fox", 4)
