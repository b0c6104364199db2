"""The operator's pages of the gateway: its log and its keys."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from providers.accounts.api_keys import create_api_key
from providers.models import ApiKey, BudgetWindow, GatewayRequest
from tests.arena.factories import make_staff
from tests.dispatch.factories import make_endpoint, make_intent
from tests.gateway.test_traces import make_request

pytestmark = pytest.mark.django_db
PART = {"direction": "output", "metric": "image", "unit_price_usd": "0.007", "billed": "2", "total_usd": "0.014"}


@pytest.fixture
def operator(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("operator", password="a long secret"))
    return client


def make_told(**fields) -> GatewayRequest:
    """A request that fell back: a failed attempt, then one that was charged."""
    row = make_request(duration_ms=900, attempts=2, cost_usd=Decimal("0.014"), endpoint_key="b/boat", **fields)
    endpoint, at = make_endpoint(), row.created_at
    ends = {"source": "gateway", "request_id": row.uuid, "submitting_at": at, "reserved_at": at, "finished_at": at}
    make_intent(
        endpoint,
        state="failed",
        failure_kind="upstream",
        failure_message="<b>down</b>",
        total_ms=300,
        cost_usd=0,
        **ends,
    )
    charged = {
        "cost_usd": Decimal("0.014"),
        "cost_basis": "price",
        "cost_breakdown": [PART],
        "results": [{"name": "x"}],
    }
    make_intent(endpoint, state="done", fetched_at=at, total_ms=500, attempt=2, **charged, **ends)
    return row


def page_of(client: Client, path: str) -> str:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        answer = client.get(path)
    assert answer.status_code == 200, path
    assert len(queries) <= 12, [query["sql"] for query in queries]
    return answer.content.decode()


def test_strangers_are_led_to_the_log_in(client: Client) -> None:
    row = make_request()
    for path in ("requests", f"requests/{row.public_id}", "keys", "keys/new", f"keys/{row.key.public_id}"):
        assert client.get(f"/ops/{path}").status_code == 302


def test_empty_pages_say_what_to_do(operator: Client) -> None:
    assert "No requests yet" in page_of(operator, "/ops/requests")
    assert "No keys yet" in page_of(operator, "/ops/keys")
    assert "No request matches" in page_of(operator, "/ops/requests?q=nothing&key=x&before=9")


def test_the_log_is_filtered_by_status_key_and_model_and_goes_on(operator: Client) -> None:
    mine = make_request(model_asked="kestrel", status="failed", error_code="UPSTREAM_TIMEOUT")
    make_request(model_asked="heron")
    for query in ("status=failed", "q=kestrel", f"key={mine.key.public_id}"):
        text = page_of(operator, f"/ops/requests?{query}")
        assert mine.public_id in text
        assert "heron" not in text
    for _ in range(25):
        make_request(key=mine.key)
    first = page_of(operator, "/ops/requests")
    assert "Older" in first
    oldest = GatewayRequest.objects.order_by("-id")[24]
    assert "heron" in page_of(operator, f"/ops/requests?before={oldest.pk}")


def test_a_request_id_in_the_search_leads_to_the_request(operator: Client) -> None:
    row = make_request()
    assert operator.get(f"/ops/requests?q={row.public_id}")["Location"] == f"/ops/requests/{row.public_id}"
    assert operator.get("/ops/requests/req_none").status_code == 404


def test_a_request_shows_its_attempts_and_what_they_cost(operator: Client) -> None:
    text = page_of(operator, f"/ops/requests/{make_told(payloads={'prompt': '<script>'}).public_id}")
    assert "&lt;b&gt;down&lt;/b&gt;" in text
    assert "$0.014" in text
    assert "$0.007" in text
    assert "500 ms" in text
    assert "&lt;script&gt;" in text


def test_payloads_are_for_those_who_may_read_rows(client: Client) -> None:
    client.force_login(make_staff())
    row = make_told(payloads={"prompt": "a secret boat"})
    assert "a secret boat" not in page_of(client, f"/ops/requests/{row.public_id}")
    assert client.post(f"/ops/requests/{row.pk}/purge").status_code == 403
    assert client.get("/ops/keys/new").status_code == 403


def test_what_was_kept_is_taken_away(operator: Client) -> None:
    row = make_request(payloads={"prompt": "a boat"})
    assert "cannot be restored" in page_of(operator, f"/ops/requests/{row.pk}/purge")
    assert operator.post(f"/ops/requests/{row.pk}/purge").status_code == 303
    row.refresh_from_db()
    assert row.payloads is None
    assert "Deleted" in page_of(operator, f"/ops/requests/{row.public_id}")


def test_a_new_key_is_shown_once(operator: Client) -> None:
    sent = {"name": "laptop", "usd_per_day": "2", "calls_per_minute": "60", "scopes": ["images"]}
    answer = operator.post("/ops/keys/new", sent)
    key = ApiKey.objects.get()
    secret = f"lb_{key.public_id}."
    assert secret in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    for path in ("/ops/keys", f"/ops/keys/{key.public_id}"):
        text = page_of(operator, path)
        assert "laptop" in text
        assert secret not in text


@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"usd_per_day": "-1"}, {"scopes": ["all"]}, {"expires_at": "2001-01-01 00:00"}]
)
def test_a_wrong_form_makes_no_key(operator: Client, wrong: dict[str, object]) -> None:
    sent = {"name": "x", "usd_per_day": "2", "calls_per_minute": "60", "scopes": ["images"], **wrong}
    assert operator.post("/ops/keys/new", sent).status_code == 422
    assert not ApiKey.objects.exists()


def test_a_scope_is_given_by_those_alone_who_may_do_what_it_allows(client: Client) -> None:
    client.force_login(make_staff("add_apikey", "add_entry", "add_competition"))
    sent = {"name": "x", "usd_per_day": "2", "calls_per_minute": "60", "scopes": ["images", "entries:write"]}
    assert "entries:write" not in page_of(client, "/ops/keys/new")
    assert client.post("/ops/keys/new", sent).status_code == 422
    assert not ApiKey.objects.exists()
    client.force_login(make_staff("add_apikey", "add_entry", "add_competition", "add_imagemodel"))
    assert "entries:write" in page_of(client, "/ops/keys/new")
    assert client.post("/ops/keys/new", sent).status_code == 200
    assert ApiKey.objects.get().scopes == ["entries:write", "images"]


def test_a_key_tells_what_it_spent_by_day(operator: Client) -> None:
    row = make_told()
    today = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    for days, amount in ((0, "0.25"), (3, "1.5")):
        BudgetWindow.objects.create(
            scope="key",
            subject=row.key.public_id,
            period="day",
            starts_at=today - timedelta(days=days),
            simulated=bool(days),
            spent_usd=Decimal(amount),
        )
    text = page_of(operator, f"/ops/keys/{row.key.public_id}")
    assert "$0.25 of $5.00 spent today, $1.75 in 30 days" in text
    assert row.public_id in text


def test_a_revoked_key_stays_in_the_list_as_such(operator: Client) -> None:
    key = create_api_key("old").row
    assert "Revoke old" in page_of(operator, f"/ops/keys/{key.pk}/revoke")
    assert operator.post(f"/ops/keys/{key.pk}/revoke").status_code == 303
    assert "revoked" in page_of(operator, "/ops/keys")
