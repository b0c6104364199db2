"""Endpoints and prices in the admin: closed, followed, switched, and refused in words."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from providers.catalogue.rows import read_sheets
from providers.models import Endpoint, Provider
from tests.catalogue.factories import make_endpoint_sheet, make_price, make_priced_endpoint, make_sheet, store, stored
from tests.catalogue.forms import add_row, errors_of, form_of, page_of

pytestmark = pytest.mark.django_db


PRICE_FAULTS = {
    "below zero": ({"amount_usd": "-1"}, "amount_usd: '-1'; allowed: 0 or more"),
    "ten decimals": ({"amount_usd": "0.0000000001"}, "amount_usd: Ensure"),
    "not a number": ({"amount_usd": "NaN"}, "amount_usd: “NaN” is not a number"),
    "units of nothing": ({"unit_size": "0"}, "unit_size: '0'; allowed: above 0"),
    "no pixels": ({"pixels_per_megapixel": "0"}, "pixels_per_megapixel: '0'; allowed: 1 to"),
    "an unknown metric": ({"metric": "furlong"}, "metric: Select a valid choice"),
    "an end before its beginning": (
        {"valid_from_0": "2026-02-01", "valid_from_1": "00:00", "valid_to_0": "2026-01-01", "valid_to_1": "00:00"},
        "valid_to: '2026-01-01 00:00:00+00:00'; allowed: a moment after valid_from",
    ),
    "conditions that are no JSON": ({"conditions": "quality=high"}, "conditions: Enter a valid JSON"),
    "conditions that are a list": ({"conditions": "[1]"}, "conditions: Not a table; allowed"),
    "a condition of nothing": ({"conditions": '{"quality": null}'}, "conditions: 'None'; allowed"),
    "the kind of another": ({"metric": "megapixel"}, "metric: A second open price per megapixel (output)"),
}


@pytest.mark.parametrize("fault", PRICE_FAULTS)
def test_a_wrong_price_is_refused_beside_the_field(fault: str, operator: Client) -> None:
    typed, said = PRICE_FAULTS[fault]
    endpoint = make_priced_endpoint(make_price(), make_price(metric="megapixel"))
    before = read_sheets()
    form = form_of(operator, page_of(endpoint)) | {f"prices-0-{name}": [value] for name, value in typed.items()}
    assert said in errors_of(operator.post(page_of(endpoint), form))
    assert read_sheets() == before


def test_a_price_is_closed_and_followed_by_another_in_one_go(operator: Client) -> None:
    endpoint = make_priced_endpoint(make_price("0.01"))
    form = form_of(operator, page_of(endpoint)) | {
        "prices-0-valid_to_0": ["2026-12-01"],
        "prices-0-valid_to_1": ["00:00"],
    }
    row = add_row(form, "prices", amount_usd="0.008", unit_size="1", metric="image", direction="output", minimum="0")
    form |= {f"{row}-rounding": ["none"], f"{row}-pixels_per_megapixel": ["1000000"], f"{row}-condition_stated": ["on"]}
    answer = operator.post(page_of(endpoint), form)
    assert answer.status_code == 302, errors_of(answer)
    old, new = endpoint.prices.all()
    assert (old.amount_usd, old.valid_to) == (Decimal("0.01"), datetime(2026, 12, 1, tzinfo=UTC))
    assert (new.amount_usd, new.valid_to, new.conditions) == (Decimal("0.008"), None, {})


def test_an_open_price_is_removed_and_another_of_its_kind_added(operator: Client) -> None:
    endpoint = make_priced_endpoint(make_price("0.01"))
    form = form_of(operator, page_of(endpoint)) | {"prices-0-DELETE": ["on"]}
    row = add_row(form, "prices", amount_usd="0.02", unit_size="1", metric="image", direction="output", minimum="0")
    form |= {f"{row}-rounding": ["none"], f"{row}-pixels_per_megapixel": ["1000000"], f"{row}-condition_stated": ["on"]}
    assert operator.post(page_of(endpoint), form).status_code == 302
    assert endpoint.prices.get().amount_usd == Decimal("0.02")


def test_what_only_the_database_refuses_is_told_and_nothing_is_saved(operator: Client) -> None:
    high, low = ({"quality": word} for word in ("high", "low"))
    endpoint = make_priced_endpoint(make_price("1", conditions=high), make_price("2", conditions=low))
    form = form_of(operator, page_of(endpoint))
    form["prices-0-conditions"], form["prices-1-conditions"] = form["prices-1-conditions"], form["prices-0-conditions"]
    answer = operator.post(page_of(endpoint), form, follow=True)
    assert "Nothing was saved. Key (endpoint_id, metric, direction, conditions)" in answer.content.decode()
    assert [price.conditions for price in endpoint.prices.all()] == [high, low]


def test_prices_read_as_people_say_them() -> None:
    endpoint = make_priced_endpoint(
        make_price("0.0050", metric="megapixel"),
        make_price("5", metric="token", unit_size=Decimal(1_000_000), direction="input"),
        make_price("0.04", conditions={"quality": "high"}, condition_stated=False),
    )
    assert [str(price) for price in endpoint.prices.all()] == [
        "0.005 USD per megapixel",
        "5 USD per 1,000,000 tokens (input)",
        "0.04 USD per image (quality high, condition unstated)",
    ]


def test_decimals_stand_without_idle_zeros(operator: Client) -> None:
    form = form_of(operator, page_of(make_priced_endpoint(make_price("0.005"))))
    assert (form["prices-0-amount_usd"], form["prices-0-unit_size"]) == (["0.005"], ["1"])


def test_a_new_endpoint_stands_behind_the_others(operator: Client) -> None:
    (model,) = store(make_sheet(endpoints=(make_endpoint_sheet("fal/a"), make_endpoint_sheet("fal/b"))))
    url = reverse("admin:providers_endpoint_add")
    form = form_of(operator, url) | {
        "key": ["fal/c"],
        "model": [str(model.pk)],
        "provider": [str(Provider.objects.get().pk)],
        "provider_model_id": ["c"],
        "notes": ["one\r\n\r\ntwo"],
    }
    answer = operator.post(url, form)
    assert answer.status_code == 302, errors_of(answer)
    assert [e.key for e in stored("heron").endpoints] == ["fal/a", "fal/b", "fal/c"]
    assert stored("heron").endpoints[2].notes == ("one", "two")


def test_endpoints_are_switched_off_and_on(operator: Client) -> None:
    endpoint = make_priced_endpoint()
    url = reverse("admin:providers_endpoint_changelist")
    for action, told, state in (("disable_selected", "off", False), ("enable_selected", "on", True)):
        answer = operator.post(url, {"action": action, "_selected_action": [endpoint.pk]}, follow=True)
        assert f"1 endpoints switched {told}." in answer.content.decode()
        assert Endpoint.objects.get().is_enabled is state
