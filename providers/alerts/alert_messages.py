"""The outbox of alerts: a webhook or a mail for every opening and closing of an incident."""

from typing import Final

from django.conf import settings

from providers.alerts.rules import METRICS
from providers.models import AlertDelivery
from providers.webhooks.attempts import Mail, Outbox, Webhook


def _compose(delivery: AlertDelivery) -> Webhook | Mail:
    target = delivery.receiver.target
    if delivery.receiver.channel == "email":
        return _mail(delivery, target)
    return Webhook(
        url=target,
        message_id=delivery.message_id,
        body=delivery.body,
        sealed_secret=delivery.incident.rule.sealed_secret,
    )


def _mail(delivery: AlertDelivery, to: str) -> Mail:
    data = delivery.body["data"]
    scope = ", ".join(f"{name} {value}" for name, value in data["scope"].items() if value) or "everything"
    lines = [
        f"{data['rule']} {delivery.event}.",
        f"{METRICS[data['metric']]}: {data['value']} (threshold {data['threshold']}, worst {data['worst']})",
        f"Of: {scope}, over {data['window']}",
        f"Opened at {data['opened_at']}" + (f", closed at {data['closed_at']}" if data["closed_at"] else ""),
        f"{settings.SITE_URL}/admin/providers/alertincident/{data['incident']}/change/",
    ]
    return Mail(to=to, subject=f"[{settings.SITE_NAME}] {data['rule']} {delivery.event}", text="\n".join(lines))


ALERTS: Final = Outbox(model=AlertDelivery, compose=_compose, related=("incident__rule",))
