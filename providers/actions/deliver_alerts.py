"""Carries what waits in the outbox of alerts: webhooks signed, mails; again with longer waits, then given up."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from smtplib import SMTPException
from typing import Final

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction

from providers.alerting import METRICS, wait_before, webhook_headers
from providers.dispatch.faults import DispatchFault
from providers.dispatch.webhooks import post_message
from providers.models import AlertDelivery
from providers.sealing import SealedElsewhere, unseal

Post = Callable[[str, dict[str, str], bytes], int]
MOST_AT_ONCE: Final = 50


class NotDelivered(Exception):
    """This attempt failed; the message says how."""


def deliver_alerts(now: datetime, post: Post = post_message) -> int:
    """Everything due, one by one; how many were delivered. Two runs at once never carry the same one."""
    delivered = 0
    for _ in range(MOST_AT_ONCE):
        with transaction.atomic():
            delivery = _claim(now)
            if delivery is None:
                break
            delivered += _attempt(delivery, now, post)
    return delivered


def _claim(now: datetime) -> AlertDelivery | None:
    due = AlertDelivery.objects.select_for_update(of=("self",), skip_locked=True).select_related("incident__rule")
    return due.filter(state="waiting", next_at__lte=now).order_by("next_at").first()


def _attempt(delivery: AlertDelivery, now: datetime, post: Post) -> bool:
    delivery.attempts += 1
    try:
        if delivery.channel == "webhook":
            _send_webhook(delivery, now, post)
        else:
            _send_mail(delivery)
    except NotDelivered as problem:
        wait = wait_before(delivery.attempts)
        delivery.last_problem = str(problem)[:300]
        delivery.state = "waiting" if wait else "given_up"
        delivery.next_at = now + timedelta(seconds=wait or 0)
    else:
        delivery.state, delivery.delivered_at, delivery.last_problem = "delivered", now, ""
    delivery.save()
    return delivery.state == "delivered"


def _send_webhook(delivery: AlertDelivery, now: datetime, post: Post) -> None:
    body = json.dumps(delivery.body, separators=(",", ":")).encode()
    try:
        secret = unseal(delivery.incident.rule.sealed_secret)
        headers = webhook_headers(secret, f"msg_{delivery.message_id.hex}", int(now.timestamp()), body)
        status = post(delivery.target, headers, body)
    except (DispatchFault, SealedElsewhere) as fault:
        raise NotDelivered(str(fault)) from None
    if not 200 <= status < 300:
        raise NotDelivered(f"answered with status {status}")


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
