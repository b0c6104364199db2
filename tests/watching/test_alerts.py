"""Alerts open and close once, tell it signed, and try again."""

import base64
import hashlib
import hmac
import json
from datetime import datetime, timedelta
from decimal import Decimal

import httpx2
import pytest
from django.core import mail
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from providers.accounts.sealing import seal
from providers.alerts.alert_messages import ALERTS
from providers.alerts.evaluate_alerts import evaluate_alerts
from providers.alerts.rules import AlertState, judge, next_state
from providers.dispatch.faults import NotSent
from providers.models import AlertDelivery, AlertIncident, AlertRule
from providers.webhooks.attempts import receiver_for
from providers.webhooks.deliver import deliver, post_message
from providers.webhooks.signing import new_secret, webhook_headers
from tests.telemetry.factories import make_endpoint, make_samples

NOW = timezone.now()
SECRET = new_secret(b"s" * 32)


def make_rule(**fields) -> AlertRule:
    known = {"name": "slow", "metric": "p95_ms", "threshold": 1000, "opens_after": 2, "closes_after": 2,
             "webhook_url": "https://hooks.example/x", "sealed_secret": seal(SECRET)}  # fmt: skip
    return AlertRule.objects.create(**{**known, **fields})


def evaluate(times: int) -> list[int]:
    return [evaluate_alerts(timezone.now()) for _ in range(times)]


@pytest.mark.parametrize(
    ("metric", "value", "reading"),
    [
        ("p95_ms", 1001, "bad"),
        ("p95_ms", 950, "between"),
        ("p95_ms", 900, "good"),
        ("p95_ms", None, "unknown"),
        ("success_percent", 89, "bad"),
        ("success_percent", 90, "between"),
        ("success_percent", 91, "good"),
    ],
)
def test_a_gap_lies_between_bad_and_good(metric: str, value: int | None, reading: str) -> None:
    threshold = Decimal(1000 if metric == "p95_ms" else 90)
    assert judge(metric, None if value is None else Decimal(value), threshold) == reading


@given(st.lists(st.sampled_from(["bad", "good", "between", "unknown"])), st.integers(1, 4), st.integers(1, 4))
def test_events_alternate_and_each_takes_its_readings_in_a_row(readings, opens_after: int, closes_after: int) -> None:
    state, events = AlertState(), []
    for reading in readings:
        state, event = next_state(state, reading, opens_after=opens_after, closes_after=closes_after)
        events += [event] * bool(event)
    assert events == ["opened", "closed"] * (len(events) // 2) + ["opened"] * (len(events) % 2)
    known = [reading for reading in readings if reading != "unknown"]
    assert len(events) <= sum(reading in {"bad", "good"} for reading in known) // min(opens_after, closes_after)


def test_a_value_that_swings_about_its_threshold_opens_once() -> None:
    state, events = AlertState(), []
    for value in [1001, 1002, *([999, 1001] * 30)]:
        reading = judge("p95_ms", Decimal(value), Decimal(1000))
        state, event = next_state(state, reading, opens_after=2, closes_after=2)
        events += [event] * bool(event)
    assert events == ["opened"]


@pytest.mark.django_db
def test_an_incident_opens_tells_it_once_and_closes() -> None:
    endpoint = make_endpoint("fal")
    rule = make_rule(provider=endpoint.provider, emails=["ops@example.org"])
    make_samples(endpoint, *([5000] * 20), started_at=timezone.now())
    assert evaluate(4) == [0, 1, 0, 0]
    incident = AlertIncident.objects.get()
    assert abs(incident.opening_value - 5000) < 50
    assert sorted(incident.deliveries.values_list("receiver__channel", flat=True)) == ["email", "webhook"]
    make_samples(endpoint, *([100] * 2000), started_at=timezone.now())
    assert evaluate(3) == [0, 1, 0]
    incident.refresh_from_db()
    assert incident.closed_at is not None
    assert abs(incident.worst_value - 5000) < 50
    assert list(
        incident.deliveries.filter(receiver__channel="webhook").order_by("id").values_list("event", flat=True)
    ) == [
        "opened",
        "closed",
    ]
    rule.refresh_from_db()
    assert rule.last_value == 100


@pytest.mark.django_db
def test_success_spend_and_staleness_are_watched_as_well() -> None:
    endpoint = make_endpoint("fal")
    make_samples(endpoint, *([100] * 5), cost_usd=Decimal("0.5"), started_at=timezone.now() - timedelta(minutes=50))
    make_samples(endpoint, *([100] * 7), status="upstream", started_at=timezone.now() - timedelta(minutes=50))
    wanted = {"opens_after": 1, "provider": endpoint.provider}
    make_rule(name="success", metric="success_percent", threshold=90, **wanted)
    make_rule(name="spend", metric="spend_usd", threshold=2, **wanted)
    make_rule(name="stale", metric="staleness_minutes", threshold=45, **wanted)
    make_rule(name="few", metric="success_percent", threshold=90, fewest_calls=50, **wanted)
    evaluate_alerts(timezone.now())
    assert sorted(AlertIncident.objects.values_list("rule__name", flat=True)) == ["spend", "stale", "success"]


@pytest.mark.django_db
def test_simulated_calls_never_set_off_a_rule_on_measured_ones() -> None:
    endpoint = make_endpoint("fal")
    make_rule(opens_after=1)
    make_samples(endpoint, *([5000] * 20), simulated=True, started_at=timezone.now())
    assert evaluate(3) == [0, 0, 0]


def deliver_alerts(now: datetime, post=post_message) -> int:
    return deliver([ALERTS], post, lambda: now)


def make_delivery(channel: str = "webhook", target: str = "https://hooks.example/x", **fields) -> AlertDelivery:
    rule = make_rule()
    incident = AlertIncident.objects.create(
        rule=rule, opened_at=NOW, opening_value=2000, worst_value=2000, threshold=1000
    )
    data = {"rule": "slow", "metric": "p95_ms", "value": "2000", "threshold": "1000", "worst": "2000", "scope": {},
            "window": "1h", "opened_at": "now", "closed_at": None, "incident": 1}  # fmt: skip
    known = {
        "event": "opened",
        "receiver": receiver_for(channel, target),
        "next_at": NOW,
        "body": {"data": data},
    }
    return AlertDelivery.objects.create(incident=incident, **{**known, **fields})


@pytest.mark.django_db
def test_a_webhook_carries_the_signature_of_standard_webhooks() -> None:
    delivery, sent = make_delivery(), []

    def answer(request: httpx2.Request) -> httpx2.Response:
        sent.append(request)
        return httpx2.Response(204)

    def post(url, headers, body):
        return post_message(url, headers, body, httpx2.MockTransport(answer))

    assert deliver_alerts(NOW, post) == 1
    (request,) = sent
    signed = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode() + request.content
    expected = base64.b64encode(hmac.new(b"s" * 32, signed, hashlib.sha256).digest()).decode()
    assert request.headers["webhook-signature"] == f"v1,{expected}"
    assert request.headers["webhook-id"] == f"msg_{delivery.message_id.hex}"
    assert json.loads(request.content) == delivery.body
    assert deliver_alerts(NOW, post) == 0


@pytest.mark.django_db
def test_a_delivery_that_fails_is_tried_again_later_with_the_same_id_and_given_up_after_a_day() -> None:
    delivery, now, ids = make_delivery(), NOW, []

    def post(url, headers, body):
        ids.append(headers["webhook-id"])
        if len(ids) % 2:
            raise NotSent("upstream", "no connection")
        return 500

    waits = []
    while delivery.state == "waiting":
        assert deliver_alerts(now, post) == 0
        delivery.refresh_from_db()
        assert delivery.attempts == len(ids)
        assert deliver_alerts(now, post) == 0
        waits.append((delivery.next_at - now).total_seconds())
        now = delivery.next_at
    assert (delivery.state, len(set(ids))) == ("given_up", 1)
    assert waits[:6] == [5, 30, 120, 600, 3600, 3600]
    assert 22 * 3600 < sum(waits[:-1]) < 26 * 3600
    assert delivery.last_problem in {"answered with status 500", "no connection"}


@pytest.mark.django_db
def test_mail_is_sent_where_a_server_is_configured_and_waits_where_none_is(settings) -> None:
    delivery = make_delivery(channel="email", target="ops@example.org")
    settings.EMAIL_HOST = ""
    assert deliver_alerts(NOW) == 0
    delivery.refresh_from_db()
    assert "LUMENBOARD_SMTP_HOST" in delivery.last_problem
    settings.EMAIL_HOST = "mail.example.org"
    assert deliver_alerts(delivery.next_at) == 1
    assert mail.outbox[0].subject == "[lumenboard] slow opened"


@pytest.mark.django_db
def test_an_operator_sees_a_webhook_s_secret_once(admin_client) -> None:
    form = {"name": "slow", "metric": "p95_ms", "threshold": "900", "window": "1h", "fewest_calls": "10",
            "opens_after": "3", "closes_after": "5", "webhook_url": "https://hooks.example", "emails": ""}  # fmt: skip
    answer = admin_client.post("/admin/providers/alertrule/add/", form, follow=True)
    assert "whsec_" in answer.content.decode()
    rule = AlertRule.objects.get()
    assert "whsec_" not in rule.sealed_secret
    assert "whsec_" not in admin_client.get(f"/admin/providers/alertrule/{rule.pk}/change/").content.decode()
    for page in ("alertincident", "alertdelivery"):
        assert admin_client.get(f"/admin/providers/{page}/").status_code == 200


def test_headers_are_those_of_the_published_example() -> None:
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    body = b'{"test": 2432232314}'
    headers = webhook_headers(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
