"""Reads the figure of every alert rule, opens and closes incidents, and puts messages about them into the outbox."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from providers.alerts.rules import AlertState, Event, judge, next_state
from providers.models import AlertDelivery, AlertIncident, AlertRule
from providers.telemetry.figures import Figures
from providers.telemetry.reading import CallScope, endpoint_names, performance
from providers.telemetry.tables import sliding_window
from providers.webhooks.attempts import receiver_for

# the last hour that has calls bounds the search among samples
LAST_CALL = """
SELECT greatest(
    (SELECT max(starts_at) FROM providers_hourrollup WHERE endpoint_id = ANY(%(ids)s) AND simulated = %(simulated)s),
    (SELECT max(started_at) FROM providers_requestsample
     WHERE endpoint_id = ANY(%(ids)s) AND simulated = %(simulated)s AND started_at >= coalesce(
        (SELECT max(starts_at) FROM providers_hourrollup
         WHERE endpoint_id = ANY(%(ids)s) AND simulated = %(simulated)s), %(now)s - interval '2 hours')))
"""


def evaluate_alerts(now: datetime) -> int:
    """Each rule in a transaction of its own; how many incidents opened or closed."""
    rules = AlertRule.objects.filter(is_enabled=True).values_list("pk", flat=True)
    return sum(evaluate_rule(pk, now) != "" for pk in rules)


@transaction.atomic
def evaluate_rule(pk: int, now: datetime) -> Event:
    """One reading; two runs at once take it one after the other."""
    rule = AlertRule.objects.select_for_update(of=("self",)).select_related("model", "provider", "endpoint").get(pk=pk)
    incident = rule.incidents.filter(closed_at__isnull=True).first()
    value = current_value(rule, now)
    before = AlertState(incident is not None, rule.bad_in_a_row, rule.good_in_a_row)
    after, event = next_state(
        before,
        judge(rule.metric, value, rule.threshold),
        opens_after=rule.opens_after,
        closes_after=rule.closes_after,
    )
    AlertRule.objects.filter(pk=pk).update(
        bad_in_a_row=after.bad_in_a_row, good_in_a_row=after.good_in_a_row, last_value=value, read_at=now
    )
    if event == "opened" and value is not None:
        incident = AlertIncident.objects.create(
            rule=rule, opened_at=now, opening_value=value, worst_value=value, threshold=rule.threshold
        )
    if incident and value is not None:
        _update_incident(incident, rule, value, now if event == "closed" else None)
        if event:
            _enqueue_messages(incident, rule, event, value, now)
    return event


def current_value(rule: AlertRule, now: datetime) -> Decimal | None:
    """The rule's figure as of now; None where too little is known."""
    scope = CallScope(
        model=rule.model.slug if rule.model else "",
        provider=rule.provider.slug if rule.provider else "",
        endpoint=rule.endpoint.key if rule.endpoint else "",
        mode=rule.mode,
    )
    if rule.metric == "staleness_minutes":
        return _staleness(scope, rule.simulated, now)
    lines = performance(scope, sliding_window(rule.window, now), by=()).lines
    figures = next((line.figures for line in lines if line.subject.simulated == rule.simulated), None)
    return _figure(rule, figures)


def _figure(rule: AlertRule, figures: Figures | None) -> Decimal | None:
    if rule.metric == "spend_usd":
        return figures.money.spend_usd if figures else Decimal(0)
    if figures is None:
        return None
    if rule.metric == "p95_ms":
        p95 = figures.total.at(95)
        return None if p95 is None else Decimal(p95)
    success = figures.success
    return success.rate * 100 if success and success.counted >= rule.fewest_calls else None


def _staleness(scope: CallScope, simulated: bool, now: datetime) -> Decimal | None:
    """None where nothing was ever called: there is nothing to have gone stale."""
    with connection.cursor() as cursor:
        cursor.execute(LAST_CALL, {"ids": list(endpoint_names(scope)), "simulated": simulated, "now": now})
        (last,) = cursor.fetchone()
    return None if last is None else Decimal(max(0, round((now - last).total_seconds()))) / 60


def _update_incident(incident: AlertIncident, rule: AlertRule, value: Decimal, closed_at: datetime | None) -> None:
    worse = min if rule.metric == "success_percent" else max
    incident.worst_value = worse(incident.worst_value, value)
    incident.closed_at = closed_at
    incident.save(update_fields=["worst_value", "closed_at"])


def _enqueue_messages(incident: AlertIncident, rule: AlertRule, event: Event, value: Decimal, now: datetime) -> None:
    body = message(incident, rule, event, value, now)
    receivers = [receiver_for("webhook", rule.webhook_url)] if rule.webhook_url else []
    receivers += [receiver_for("email", address) for address in dict.fromkeys(rule.emails)]
    AlertDelivery.objects.bulk_create(
        AlertDelivery(incident=incident, event=event, receiver=receiver, body=body, next_at=now)
        for receiver in receivers
    )


def message(incident: AlertIncident, rule: AlertRule, event: Event, value: Decimal, now: datetime) -> dict[str, Any]:
    """What a receiver gets, in the form of Standard Webhooks: type, time, data."""
    return {
        "type": f"alert.{event}",
        "timestamp": now.isoformat(),
        "data": {
            "incident": incident.pk,
            "rule": rule.name,
            "metric": rule.metric,
            "threshold": f"{rule.threshold.normalize():f}",
            "value": f"{value:.4f}",
            "worst": f"{incident.worst_value:.4f}",
            "window": rule.window,
            "scope": {
                "model": rule.model.slug if rule.model else "",
                "provider": rule.provider.slug if rule.provider else "",
                "endpoint": rule.endpoint.key if rule.endpoint else "",
                "mode": rule.mode,
                "simulated": rule.simulated,
            },
            "opened_at": incident.opened_at.isoformat(),
            "closed_at": incident.closed_at.isoformat() if incident.closed_at else None,
            "site": settings.SITE_URL,
        },
    }
