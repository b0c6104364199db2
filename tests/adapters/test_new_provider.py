"""A provider that speaks OpenAI's operations is one file: found, offered in forms, planned for, called and paid."""

import asyncio
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from django.test import override_settings

import providers.adapters
from providers.accounts.reading import access_for, key_variable
from providers.adapters.registry import ADAPTERS, declared_adapters
from providers.admin.accounts import AccountForm
from providers.dispatch.call_spec import CallOutcome, CallSpec, Done
from providers.dispatch.dispatcher import open_dispatcher
from providers.dispatch.order_record import order_to_record
from providers.models import Endpoint, Intent, Provider, ProviderAccount
from providers.planning.call_plan import ImageRequest
from providers.planning.offers import offers_for
from providers.planning.reading import read_catalogue
from tests.dispatch.factories import make_endpoint
from tests.simulator.running import charges_by_intent, running_simulator

PAGE = Path(__file__).resolve().parents[2] / "docs/providers.md"


@pytest.fixture
def tideline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The file that docs/providers.md shows, beside the adapters that there are."""
    shown = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    (tmp_path / "tideline.py").write_text(next(code for code in shown if "class Tideline" in code))
    monkeypatch.setattr(providers.adapters, "__path__", [*providers.adapters.__path__, str(tmp_path)])
    monkeypatch.setitem(ADAPTERS, "tideline", declared_adapters()["tideline"])
    yield
    monkeypatch.delattr(providers.adapters, "tideline", raising=False)


def account_form(provider: Provider, protocol: str) -> AccountForm:
    return AccountForm({"provider": provider.pk, "protocol": protocol, "max_concurrent": 4})


def drawn(endpoint: Endpoint) -> list[CallOutcome]:
    """Two calls for three pictures, as the plan has them."""
    catalogue = read_catalogue([endpoint.model_id])
    request = ImageRequest(mode="text-to-image", prompt="a paper boat", images=3, parameters={"size": "640x512"})
    [offer] = offers_for(catalogue, catalogue.models[0], request)
    assert offer.why_not == ""
    assert offer.endpoint.access is not None
    specs = [
        CallSpec(
            endpoint_id=offer.endpoint.id,
            endpoint_key=offer.endpoint.key,
            access=offer.endpoint.access,
            order=call.order,
            source="gateway",
            cost=call.cost,
            quote=call.quote,
            order_record=order_to_record(call.order, with_prompt=False),
        )
        for call in offer.calls
    ]

    async def run() -> list[CallOutcome]:
        async with open_dispatcher() as dispatcher:
            return [await dispatcher.run(spec) for spec in specs]

    return asyncio.run(run())


@pytest.mark.usefixtures("tideline", "db")
def test_forms_offer_it_and_refuse_what_no_file_declares() -> None:
    provider = make_endpoint("tideline").provider
    form = account_form(provider, "tideline")
    assert ("tideline", "Tideline") in form.fields["protocol"].choices
    assert form.is_valid(), form.errors
    assert str(form.save()) == "Tideline (Tideline)"
    assert ProviderAccount.objects.get().protocol == "tideline"
    refused = account_form(make_endpoint("harbor").provider, "midjourney")
    assert "midjourney is not one of the available choices" in str(refused.errors["protocol"])
    assert key_variable("tideline") == "TIDELINE_API_KEY"


@pytest.mark.usefixtures("tideline", "shared_database")
def test_from_its_account_to_paid_pictures() -> None:
    endpoint = make_endpoint("tideline", "0.02", provider_model_id="demo/cobalt-xl")
    account_form(endpoint.provider, "tideline").save()
    with running_simulator() as address, override_settings(SIMULATOR_URL=address):
        assert access_for(endpoint.provider).account.base_url == f"{address}/openai/v1"
        first, second = drawn(endpoint)
        assert isinstance(first, Done), first
        assert isinstance(second, Done), second
        assert [len(first.pictures), len(second.pictures)] == [2, 1]
        assert {(one.width_px, one.height_px) for one in (*first.pictures, *second.pictures)} == {(640, 512)}
        assert charges_by_intent(address) == {str(first.intent_uuid): 1, str(second.intent_uuid): 1}
    assert sorted(Intent.objects.values_list("state", "cost_usd")) == [
        ("done", Decimal("0.02")),
        ("done", Decimal("0.04")),
    ]
