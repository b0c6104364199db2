"""Carries what waits in the outbox of alerts: webhooks signed, mails."""

from __future__ import annotations

from datetime import datetime
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail

from providers.actions.carry_messages import NotDelivered, Post, carry_messages, send_webhook
from providers.alerting import METRICS
from providers.dispatch.webhooks import post_message
from providers.models import AlertDelivery


def deliver_alerts(now: datetime, post: Post = post_message) -> int:
    """Everything due; how many were delivered."""

    def carry(delivery: AlertDelivery) -> None:
        if delivery.channel == "webhook":
            send_webhook(delivery, delivery.incident.rule.sealed_secret, now, post)
        else:
            _send_mail(delivery)

    return carry_messages(AlertDelivery.objects.select_related("incident__rule"), carry, now)


def _send_mail(delivery: AlertDelivery) -> None:
    if not settings.EMAIL_HOST:
        raise NotDelivered("no mail server is configured; set LUMENBOARD_SMTP_HOST")
    data = delivery.body["data"]
    subject = f"[{settings.SITE_NAME}] {data['rule']} {delivery.event}"
    scope = ", ".join(f"{name} {value}" for name, value in data["scope"].items() if value) or "everything"
    lines = [
        f"{data['rule']} {delivery.event}.",
        f"{METRICS[data['metric']]}: {data['value']} (threshold {data['threshold']}, worst {data['worst']})",
        f"Of: {scope}, over {data['window']}",
        f"Opened at {data['opened_at']}" + (f", closed at {data['closed_at']}" if data["closed_at"] else ""),
        f"{settings.SITE_URL}/admin/providers/alertincident/{data['incident']}/change/",
    ]
    try:
        send_mail(subject, "\n".join(lines), settings.DEFAULT_FROM_EMAIL, [delivery.target])
    except (SMTPException, OSError) as error:
        raise NotDelivered(f"the mail server: {type(error).__name__} {error}") from None
