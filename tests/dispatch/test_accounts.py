"""Provider keys: where they come from, and that they come out nowhere but at the provider."""

import asyncio
import io
import logging
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.test import Client, RequestFactory, override_settings
from django.utils import timezone
from django.views.debug import ExceptionReporter

from arena.models import BoardWebhook
from providers.accounts.reading import NoAccess, access_for, key_variable
from providers.accounts.sealing import SealedElsewhere, seal, store_key, unseal
from providers.adapters.wire import ProviderRequest
from providers.dispatch.wire import open_wire, origin_of
from providers.models import ProviderAccount
from tests.dispatch.factories import make_account, make_endpoint
from tests.dispatch.plain import BASE, PlainProvider

pytestmark = pytest.mark.django_db
CANARY = "canary-7d1e-key-that-must-not-show"
OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


def test_the_environment_comes_before_the_stored_key(monkeypatch: pytest.MonkeyPatch) -> None:
    provider = make_endpoint("fal").provider
    store_key(make_account(provider).pk, CANARY)
    assert (access_for(provider).account.key, access_for(provider).key_source) == (CANARY, "stored")
    monkeypatch.setenv("FAL_KEY", "from-outside")
    assert (access_for(provider).account.key, access_for(provider).key_source) == ("from-outside", "environment")


def test_one_provider_never_gets_the_key_of_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", CANARY)
    harbor = make_endpoint("harbor").provider
    make_account(harbor, "openai", base_url="https://harbor.example/v1")
    with pytest.raises(NoAccess, match="LUMENBOARD_KEY_HARBOR"):
        access_for(harbor)
    assert key_variable("deep-sea") == "LUMENBOARD_KEY_DEEP_SEA"


def test_without_a_key_the_simulator_stands_in_and_is_labelled() -> None:
    provider = make_endpoint("alibaba").provider
    with pytest.raises(NoAccess, match="no key"):
        access_for(provider)
    with override_settings(SIMULATOR_URL="http://127.0.0.1:9"):
        access = access_for(provider)
    assert (access.simulated, access.protocol) == (True, "dashscope")
    assert access.account.base_url == "http://127.0.0.1:9/dashscope"


def test_a_provider_of_no_known_protocol_needs_an_account() -> None:
    with pytest.raises(NoAccess, match="which protocol"):
        access_for(make_endpoint("harbor").provider)


def test_a_key_that_was_sealed_elsewhere_says_so() -> None:
    provider = make_endpoint("fal").provider
    with override_settings(PROVIDER_SEALING_KEYS=[OLD]):
        store_key(make_account(provider).pk, CANARY)
    with pytest.raises(NoAccess, match="LUMENBOARD_FERNET_KEYS"):
        access_for(provider)


def test_what_cannot_be_opened_is_named_to_the_operator_and_its_key_is_not(admin_client: Client) -> None:
    provider = make_endpoint("harbor").provider
    with override_settings(PROVIDER_SEALING_KEYS=[OLD]):
        store_key(make_account(provider, "openai", base_url="https://harbor.example/v1").pk, CANARY)
        BoardWebhook.objects.create(name="Newsroom", url="https://news.example/in", sealed_secret=seal(CANARY))
        assert "cannot be opened" not in admin_client.get("/ops").content.decode()
    for address in ("/ops", "/ops/spending"):
        page = admin_client.get(address).content.decode()
        assert "Stored secrets cannot be opened" in page
        for named in (str(provider), "Newsroom", "LUMENBOARD_FERNET_KEYS", "sealing_key"):
            assert named in page
        assert OLD not in page
    assert f"stored {timezone.now():%Y-%m-%d}, cannot be opened" in admin_client.get("/ops/spending").content.decode()
    assert Client().get("/health/ready").json()["checks"]["stored secrets"] == {
        "ok": True,
        "detail": "2 cannot be opened; /ops says which",
    }


def test_turning_keys_over_seals_every_row_anew() -> None:
    account = make_account(make_endpoint("fal").provider)
    with override_settings(PROVIDER_SEALING_KEYS=[OLD]):
        store_key(account.pk, CANARY)
        hook = BoardWebhook.objects.create(name="Newsroom", url="https://news.example/in", sealed_secret=seal(CANARY))
    with override_settings(PROVIDER_SEALING_KEYS=[NEW, OLD]):
        out = io.StringIO()
        call_command("reseal_keys", stdout=out)
    account.refresh_from_db()
    hook.refresh_from_db()
    assert CANARY not in out.getvalue()
    with override_settings(PROVIDER_SEALING_KEYS=[NEW]):
        assert (unseal(account.sealed_key), unseal(hook.sealed_secret)) == (CANARY, CANARY)
    with override_settings(PROVIDER_SEALING_KEYS=[OLD]), pytest.raises(SealedElsewhere):
        unseal(account.sealed_key)


def test_the_database_holds_no_key_as_it_is() -> None:
    store_key(make_account(make_endpoint("fal").provider).pk, CANARY)
    dump = io.StringIO()
    call_command("dumpdata", "providers", stdout=dump)
    assert ProviderAccount.objects.get().sealed_key in dump.getvalue()
    assert CANARY not in dump.getvalue()


def test_a_key_is_in_no_repr() -> None:
    provider = make_endpoint("fal").provider
    store_key(make_account(provider).pk, CANARY)
    access = access_for(provider)
    request = ProviderRequest(method="GET", url=BASE, authorization=f"Key {CANARY}", content=CANARY.encode())
    assert CANARY not in repr(access) + repr(access.account) + repr(request) + str(ProviderAccount.objects.get())


@pytest.mark.parametrize("answer", [ConnectionResetError("reset"), ValueError("odd")])
def test_a_key_is_in_no_fault_log_or_traceback(answer: Exception, caplog: pytest.LogCaptureFixture) -> None:
    async def broken(request: Any) -> Any:
        raise answer

    async def send() -> None:
        request = ProviderRequest(method="POST", url=f"{BASE}/x", authorization=f"Key {CANARY}")
        async with open_wire(PlainProvider({"/x": broken}).transport) as wire:
            await wire.send(request, own_origins=frozenset({origin_of(BASE)}), within_s=1.0)

    caplog.set_level(logging.DEBUG)
    with pytest.raises(Exception, match=r"reset|odd|broke off") as caught:
        asyncio.run(send())
    report = ExceptionReporter(RequestFactory().get("/"), caught.type, caught.value, caught.tb)
    with override_settings(DEBUG=True):
        page = report.get_traceback_html() + report.get_traceback_text()
    assert CANARY not in page
    assert CANARY not in caplog.text


@override_settings(DEBUG=True)
def test_a_debug_page_shows_no_key_of_a_call_that_failed() -> None:
    provider = make_endpoint("fal").provider
    store_key(make_account(provider).pk, CANARY)
    ProviderAccount.objects.update(protocol="fal", key_set_at=timezone.now())

    def fail(key: str) -> None:
        access_for(provider)
        seal(f"{key}\ud800")

    with pytest.raises(UnicodeEncodeError) as caught:
        fail(CANARY)
    report = ExceptionReporter(RequestFactory().get("/"), caught.type, caught.value, caught.tb)
    frames = [frame for frame in report.get_traceback_frames() if "providers" in frame["filename"]]
    shown = "".join(str(frame["vars"]) for frame in frames if "tests" not in frame["filename"])
    assert CANARY not in shown
