"""When a schedule comes due, which endpoint is taken, and what that comes to."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.generation.cadence import BadCron, check_cron, next_due
from arena.generation.plan_generation import EntrantRequest, make_plan
from providers.accounts.access import ProviderAccess
from providers.adapters.registry import ADAPTERS
from providers.adapters.wire import Account
from providers.planning.call_plan import ImageRequest
from providers.planning.offers import EndpointOffer, offers_for
from providers.planning.routing import Catalogue, ServedEndpoint, ServedModel
from providers.sheet import EndpointSheet, ModelSheet, Named, PriceSheet

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
MOMENTS = st.timedeltas(timedelta(0), timedelta(days=365)).map(lambda passed: NOON + passed)


def make_endpoint(endpoint_id: int = 1, usd: str | None = "0.01", **fields) -> ServedEndpoint:
    prices = () if usd is None else (PriceSheet(metric="image", amount_usd=Decimal(usd)),)
    seller = Named(slug="fal", name="Fal")
    sheet = EndpointSheet(
        key=f"fal/{endpoint_id}", provider=seller, provider_model_id="m", modes=("text-to-image",), prices=prices
    )
    access = ProviderAccess(
        provider_id=1,
        slug="fal",
        adapter=ADAPTERS["fal"],
        account=Account(base_url="", key="k"),
        simulated=False,
        key_source="stored",
    )
    plain = {"worst_case_usd": None, "access": access}
    return ServedEndpoint(id=endpoint_id, sheet=sheet, **{**plain, **fields})


def offers_at(*endpoints: ServedEndpoint, cooling: int = 0, size: str = "1024x1024") -> list[EndpointOffer]:
    sheet = ModelSheet(slug="aster", name="Aster", creator=Named(slug="atelier", name="Atelier"))
    model = ServedModel(id=7, created=0, sheet=sheet, endpoints=endpoints, groups=())
    catalogue = Catalogue(by_name={"aster": model}, cooling=frozenset({cooling}))
    return offers_for(catalogue, model, ImageRequest(mode="text-to-image", prompt="a boat", parameters={"size": size}))


def entrant(endpoint_id: int | None = None, model_id: int = 7) -> EntrantRequest:
    return EntrantRequest(model_id=model_id, model_name="Aster", endpoint_id=endpoint_id)


def test_hourly_and_daily_ones_keep_their_minute_and_skip_what_was_missed() -> None:
    due = NOON - timedelta(hours=30, minutes=17)
    assert next_due("hourly", "", due_at=due, now=NOON) == NOON + timedelta(minutes=43)
    assert next_due("daily", "", due_at=due, now=NOON) == due + timedelta(days=2)
    assert next_due("once", "", due_at=due, now=NOON) is None
    assert next_due("cron", "30 6 * * *", due_at=due, now=NOON) == datetime(2026, 11, 26, 6, 30, tzinfo=UTC)


@given(MOMENTS, MOMENTS, st.sampled_from(["hourly", "daily", "cron"]))
def test_the_next_time_is_after_both_the_last_and_now(due: datetime, now: datetime, cadence: str) -> None:
    following = next_due(cadence, "*/15 * * * *", due_at=due, now=now)
    assert following is not None
    assert following > max(due, now)


@pytest.mark.parametrize("line", ["", "* *", "61 * * * *", "0 0 30 2 *", "every day", "* * * * *", "0,1 6 * * *"])
def test_a_cron_line_without_times_or_with_too_many_is_refused(line: str) -> None:
    with pytest.raises(BadCron):
        check_cron(line, now=NOON)


def test_the_cheapest_healthy_endpoint_is_taken() -> None:
    offers = offers_at(
        make_endpoint(1, "0.03"),
        make_endpoint(2, "0.02"),
        make_endpoint(3, "0.01"),
        make_endpoint(4, None, worst_case_usd=Decimal("0.001")),
        make_endpoint(5, "0.001", obstacle="fal is paused"),
        make_endpoint(6, None, worst_case_usd=Decimal("0.0005")),
        cooling=3,
    )
    assert [offer.endpoint.id for offer in offers] == [2, 1, 6, 4, 3, 5]
    plan = make_plan([entrant()], {7: offers}, images=3)
    assert plan.lines[0].offer == offers[0]
    assert (plan.total_usd, plan.images, plan.is_exact) == (Decimal("0.06"), 3, True)
    assert make_plan([entrant(3)], {7: offers}, images=1).total_usd == Decimal("0.01")
    bounded = make_plan([entrant(4)], {7: offers}, images=2)
    assert (bounded.total_usd, bounded.is_exact) == (Decimal("0.002"), False)


def test_what_cannot_be_started_says_why_and_costs_nothing() -> None:
    offers = {7: offers_at(make_endpoint(1, None), make_endpoint(2, obstacle="harbor has no key"))}
    plan = make_plan([entrant(1), entrant(2), entrant(9), entrant(None, model_id=8)], offers, images=1)
    assert [line.why_not for line in plan.lines] == [
        "the cost is unknown because no price is known",
        "harbor has no key",
        "the endpoint is switched off or does not serve this mode",
        "no endpoint serves this mode",
    ]
    assert (plan.total_usd, plan.startable) == (Decimal(0), ())
    stripe = offers_at(make_endpoint(1), size="4000x100")
    assert [offer.why_not for offer in stripe] == ["size: one side is at most 8 times the other"]


@given(st.lists(st.decimals(min_value=0, max_value=9, places=9), min_size=1, max_size=9), st.integers(1, 8))
def test_a_plan_costs_exactly_the_sum_of_its_pictures(amounts: list[Decimal], images: int) -> None:
    offers = {place: offers_at(make_endpoint(place, str(amount))) for place, amount in enumerate(amounts)}
    plan = make_plan([entrant(model_id=place) for place in offers], offers, images=images)
    assert plan.total_usd == sum(amount * images for amount in amounts)
