"""What an operator sees and does about money, and that keys go in and never come out."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from arena.models import Schedule
from providers.accounts.sealing import unseal
from providers.models import ApiKey, BudgetCap, BudgetWindow, EndpointHealth, Intent, ProviderAccount
from tests.dispatch.factories import make_account, make_endpoint, make_intent

pytestmark = pytest.mark.django_db
CANARY = "canary-3f0b-key"


@pytest.fixture
def operator(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("ada", password="x"))
    return client


def make_unknown(usd: str = "0.04") -> Intent:
    day = BudgetWindow.objects.create(
        scope="site",
        period="day",
        simulated=True,
        spent_usd=Decimal(usd),
        starts_at=timezone.now().replace(hour=0, minute=0, second=0, microsecond=0),
    )
    return make_intent(
        make_endpoint(),
        state="unknown",
        submitting_at=timezone.now(),
        finished_at=timezone.now(),
        cost_usd=Decimal(usd),
        failure_kind="timeout",
        failure_message="no answer within 60 s",
        window_ids=[day.pk],
    )


def test_the_page_shows_what_waits_budgets_and_providers(operator: Client) -> None:
    intent = make_unknown()
    EndpointHealth.objects.create(
        endpoint=intent.endpoint, consecutive_failures=5, opened_until=timezone.now() + timedelta(minutes=1)
    )
    page = operator.get("/ops/spending").content.decode()
    for text in ("no answer within 60 s", "$0.04", "open until", "Test connection", intent.endpoint_key):
        assert text in page


def test_budgets_go_by_the_names_of_what_they_are_of(operator: Client) -> None:
    schedule = Schedule.objects.create(kind="probe", cadence="daily")
    provider = make_endpoint().provider
    key = ApiKey.objects.create(name="Laptop", public_id="k" * 8, secret_sha256="0" * 64, scopes=[])
    named = (("schedule", str(schedule.pk)), ("provider", provider.slug), ("key", key.public_id), ("schedule", "gone"))
    for scope, subject in named:
        BudgetCap.objects.create(scope=scope, subject=subject, usd_per_day=Decimal(1))
    page = operator.get("/ops/spending").content.decode()
    assert f'<a href="/ops/schedules/{schedule.pk}">Probe of the endpoints, every day</a>' in page
    assert f'<a href="{provider.get_absolute_url()}">{provider.name}</a>' in page
    assert f'<a href="/ops/keys/{key.public_id}">Laptop</a>' in page
    assert ">gone<small>schedule</small>" in page
    assert "Whole site" in page


def test_the_page_asks_the_database_a_fixed_number_of_times(
    operator: Client, django_assert_max_num_queries: Any
) -> None:
    for _ in range(4):
        make_endpoint()
    make_unknown()
    with django_assert_max_num_queries(12):
        operator.get("/ops/spending")


@pytest.mark.parametrize(("verdict", "spent"), [("charged", "0.04"), ("not-charged", "0")])
def test_an_unknown_charge_is_settled_with_a_reason(operator: Client, verdict: str, spent: str) -> None:
    intent = make_unknown()
    url = f"/ops/spending/{intent.pk}/{verdict}"
    assert operator.get(url).status_code == 200
    assert operator.post(url, {"reason": " "}).status_code == 400
    assert operator.post(url, {"reason": "seen on the invoice"}).status_code == 303
    intent.refresh_from_db()
    assert (intent.cost_usd, intent.resolved_by, intent.resolution_reason) == (
        Decimal(spent),
        "ada",
        "seen on the invoice",
    )
    assert BudgetWindow.objects.get().spent_usd == Decimal(spent)
    assert operator.post(url, {"reason": "again"}).status_code == 400


def test_everything_can_be_stopped_and_allowed_again(operator: Client) -> None:
    operator.post("/ops/spending/site/pause")
    assert BudgetCap.objects.get(scope="site").is_paused
    assert "All paid calls are stopped" in operator.get("/ops/spending").content.decode()
    operator.post("/ops/spending/site/resume")
    assert not BudgetCap.objects.get(scope="site").is_paused


def test_one_provider_can_be_paused(operator: Client) -> None:
    provider = make_endpoint("fal").provider
    operator.post(f"/ops/spending/providers/{provider.pk}/pause")
    assert ProviderAccount.objects.get(provider=provider).is_paused
    nameless = make_endpoint("harbor").provider
    assert operator.post(f"/ops/spending/providers/{nameless.pk}/pause").status_code == 400


def test_a_test_of_the_connection_without_a_key_sends_nothing_and_says_so(operator: Client) -> None:
    provider = make_endpoint("fal").provider
    answer = operator.post(f"/ops/spending/providers/{provider.pk}/test")
    assert "has no key: set FAL_KEY" in answer.content.decode()


def test_a_test_of_the_connection_says_when_nobody_answers(operator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAL_KEY", CANARY)
    account = make_account(make_endpoint("fal").provider, base_url="http://127.0.0.1:9")
    answer = operator.post(f"/ops/spending/providers/{account.provider_id}/test").content.decode()
    assert "could not be reached" in answer
    assert CANARY not in answer


@pytest.mark.parametrize("path", ["/ops/spending", "/ops/spending/site/pause"])
def test_only_staff_comes_in(client: Client, path: str) -> None:
    assert client.get(path).status_code == 302


def test_a_key_typed_into_the_admin_is_stored_and_never_shown(operator: Client) -> None:
    account = make_account(make_endpoint("fal").provider)
    url = f"/admin/providers/provideraccount/{account.pk}/change/"
    form = {"provider": account.provider_id, "protocol": "fal", "base_url": "https://fal.example/", "max_concurrent": 4}
    assert operator.post(url, {**form, "new_key": CANARY}).status_code == 302
    account.refresh_from_db()
    assert unseal(account.sealed_key) == CANARY
    shown = operator.get(url).content.decode() + operator.get("/admin/providers/provideraccount/").content.decode()
    shown += operator.get(f"{url[:-7]}history/").content.decode() + operator.get("/ops/spending").content.decode()
    assert CANARY not in shown
    assert account.sealed_key not in shown


def test_a_stored_key_does_not_follow_its_account_to_another_address(operator: Client) -> None:
    account = make_account(make_endpoint("fal").provider, base_url="https://fal.example")
    url = f"/admin/providers/provideraccount/{account.pk}/change/"
    form = {"provider": account.provider_id, "protocol": "fal", "base_url": "https://fal.example", "max_concurrent": 4}
    operator.post(url, {**form, "new_key": CANARY})
    operator.post(url, {**form, "base_url": "https://elsewhere.example"})
    account.refresh_from_db()
    assert (account.base_url, account.sealed_key) == ("https://elsewhere.example", "")


def test_a_bad_key_is_refused_without_being_repeated(operator: Client) -> None:
    account = make_account(make_endpoint("fal").provider)
    url = f"/admin/providers/provideraccount/{account.pk}/change/"
    form = {"provider": account.provider_id, "protocol": "fal", "max_concurrent": 4, "new_key": f"{CANARY} two"}
    page = operator.post(url, form).content.decode()
    assert "no spaces" in page
    assert CANARY not in page


def test_calls_can_be_looked_at_and_not_changed(operator: Client) -> None:
    intent = make_unknown()
    assert operator.get(f"/admin/providers/intent/{intent.pk}/change/").status_code == 200
    assert operator.post(f"/admin/providers/intent/{intent.pk}/change/", {"state": "done"}).status_code == 403
