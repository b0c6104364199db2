"""Azure's form of OpenAI's operations: a version in every address, the key in a header of its own."""

import asyncio

import httpx2
import pytest

from providers.accounts.access import ProviderAccess
from providers.accounts.reading import access_for
from providers.adapters.registry import ADAPTERS
from providers.adapters.wire import Account
from providers.admin.accounts import AccountForm
from providers.dispatch.check_account import check_connection
from providers.models import ProviderAccount
from tests.adapters.orders import edit, order
from tests.dispatch.factories import make_endpoint

AZURE = ADAPTERS["azure"]
RESOURCE = "https://here.openai.azure.com/openai"
VERSION = "api-version=2025-04-01-preview"


def account(base_url: str = RESOURCE) -> Account:
    return Account(base_url=base_url, key="a-key", query=VERSION)


@pytest.mark.parametrize(
    ("base_url", "path"),
    [
        (RESOURCE, "/deployments/my%20own/images/"),
        (f"{RESOURCE}/deployments/drawing", "/images/"),
        (f"{RESOURCE}/v1", "/images/"),
    ],
)
def test_a_call_goes_to_the_deployment_with_the_version(base_url: str, path: str) -> None:
    for asked, operation in ((order, "generations"), (edit, "edits")):
        request = AZURE.submit(asked("my own"), account(base_url), 30.0)
        assert request.url == f"{base_url}{path}{operation}?{VERSION}"
        assert (request.key_header, request.authorization) == ("api-key", "a-key")
        assert b"response_format" not in request.content


def access(base_url: str) -> ProviderAccess:
    return ProviderAccess(
        provider_id=1, slug="azure", adapter=AZURE, account=account(base_url), simulated=False, key_source="stored"
    )


@pytest.mark.parametrize("base_url", [RESOURCE, f"{RESOURCE}/deployments/drawing"])
def test_its_connection_is_tested_with_version_and_key(base_url: str) -> None:
    seen: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(200 if request.headers.get("api-key") == "a-key" else 401, json={"data": []})

    found = asyncio.run(check_connection(access(base_url), httpx2.MockTransport(answer)))
    assert found.ok, found
    assert str(seen[0].url) == f"{RESOURCE}/models?{VERSION}"
    assert "authorization" not in seen[0].headers


def form(protocol: str, base_url: str) -> AccountForm:
    provider = make_endpoint("azure").provider
    return AccountForm({"provider": provider.pk, "protocol": protocol, "base_url": base_url, "max_concurrent": 4})


@pytest.mark.django_db
def test_an_account_takes_the_address_as_azure_shows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUMENBOARD_KEY_AZURE", "k")
    made = form("azure", f" {RESOURCE}/?{VERSION} ")
    assert made.is_valid(), made.errors
    made.save()
    assert ProviderAccount.objects.get().base_url == f"{RESOURCE}?{VERSION}"
    assert access_for(made.instance.provider).account == Account(base_url=RESOURCE, key="k", query=VERSION)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("protocol", "base_url", "why"),
    [("azure", "", "has no address of its own"), ("fal", f"https://fal.example?{VERSION}", "takes no query")],
)
def test_an_account_that_could_not_be_called_is_refused(protocol: str, base_url: str, why: str) -> None:
    assert why in str(form(protocol, base_url).errors["base_url"])
