"""What the tables of paid calls refuse by themselves."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from providers.models import BudgetCap, BudgetWindow, EndpointHealth, Intent
from tests.dispatch.factories import make_account, make_endpoint, make_intent

pytestmark = pytest.mark.django_db
NOW = timezone.now()

IMPOSSIBLE_INTENTS: list[dict[str, Any]] = [
    {"state": "lost"},
    {"source": "import"},
    {"reserved_usd": Decimal("-1")},
    {"state": "submitting"},
    {"state": "submitted", "submitting_at": NOW},
    {"state": "fetched", "submitting_at": NOW, "fetched_at": NOW},
    {"state": "failed", "finished_at": NOW, "cost_usd": 0},
    {"state": "failed", "failure_kind": "client", "finished_at": NOW},
    {"state": "failed", "failure_kind": "client", "cost_usd": 0},
    {"cost_usd": Decimal("0.01")},
    {"resolution": "charged", "resolved_at": NOW, "resolved_by": "ada", "resolution_reason": "invoice"},
]


@pytest.mark.parametrize("fields", IMPOSSIBLE_INTENTS)
def test_an_intent_that_makes_no_sense_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make_intent(make_endpoint(), **fields)


def test_an_unknown_charge_is_resolved_only_by_someone_for_a_reason() -> None:
    unknown = {"state": "unknown", "submitting_at": NOW, "finished_at": NOW, "cost_usd": 1, "failure_kind": "timeout"}
    intent = make_intent(make_endpoint(), **unknown)
    with pytest.raises(IntegrityError), transaction.atomic():
        Intent.objects.filter(pk=intent.pk).update(resolution="charged", resolved_at=NOW, resolved_by="ada")
    whole = {"resolution": "charged", "resolved_at": NOW, "resolved_by": "ada", "resolution_reason": "on the invoice"}
    assert Intent.objects.filter(pk=intent.pk).update(**whole) == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"scope": "planet"},
        {"scope": "site", "subject": "x"},
        {"scope": "key", "subject": ""},
        {"scope": "site", "usd_per_day": Decimal("-1")},
    ],
)
def test_a_cap_names_its_scope_and_is_no_debt(fields: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        BudgetCap.objects.create(**fields)


def test_a_window_never_falls_below_nothing() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        BudgetWindow.objects.create(scope="site", period="day", starts_at=NOW, simulated=False, spent_usd=-1)


@pytest.mark.parametrize("base_url", ["ftp://example.org", "https://example.org/", "https://me@example.org", "example"])
def test_an_account_is_reached_at_a_plain_address(base_url: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make_account(make_endpoint().provider, base_url=base_url)


def test_a_probe_is_claimed_only_while_the_breaker_is_open() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        EndpointHealth.objects.create(endpoint=make_endpoint(), probe_until=NOW)


def test_what_was_paid_outlives_the_endpoint() -> None:
    endpoint = make_endpoint()
    intent = make_intent(endpoint)
    endpoint.delete()
    intent.refresh_from_db()
    assert (intent.endpoint, intent.endpoint_key) == (None, endpoint.key)
