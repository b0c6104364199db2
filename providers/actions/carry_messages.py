"""Carries what waits in an outbox, one message at a time; again with longer waits, then given up."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from django.db import transaction
from django.db.models import QuerySet

from providers.dispatch.faults import DispatchFault
from providers.dispatch.webhooks import post_message
from providers.models.deliveries import Delivery
from providers.sealing import SealedElsewhere, unseal
from providers.webhooks import wait_before, webhook_headers

Post = Callable[[str, dict[str, str], bytes], int]
Message = TypeVar("Message", bound=Delivery)
# each may take its receiver twenty seconds, and a task has nine minutes
MOST_AT_ONCE: Final = 20


class NotDelivered(Exception):
    """This attempt failed; the message says how."""


def carry_messages(outbox: QuerySet[Message], carry: Callable[[Message], None], now: datetime) -> int:
    """Everything due; how many were delivered. Two runs at once never carry the same one.

    `carry` raises NotDelivered.
    """
    delivered = 0
    for _ in range(MOST_AT_ONCE):
        with transaction.atomic():
            message = _claim(outbox, now)
            if message is None:
                break
            delivered += _attempt(message, carry, now)
    return delivered


def send_webhook(message: Delivery, sealed_secret: str, now: datetime, post: Post = post_message) -> None:
    """The body as signed JSON to the message's target. Raises NotDelivered."""
    body = json.dumps(message.body, separators=(",", ":")).encode()
    try:
        headers = webhook_headers(unseal(sealed_secret), f"msg_{message.message_id.hex}", int(now.timestamp()), body)
        status = post(message.target, headers, body)
    except (DispatchFault, SealedElsewhere) as fault:
        raise NotDelivered(str(fault)) from None
    if not 200 <= status < 300:
        raise NotDelivered(f"answered with status {status}")


def _claim(outbox: QuerySet[Message], now: datetime) -> Message | None:
    due = outbox.select_for_update(of=("self",), skip_locked=True)
    return due.filter(state="waiting", next_at__lte=now).order_by("next_at").first()


def _attempt(message: Any, carry: Callable[[Any], None], now: datetime) -> bool:
    message.attempts += 1
    try:
        carry(message)
    except NotDelivered as problem:
        wait = wait_before(message.attempts)
        message.last_problem = str(problem)[:300]
        message.state = "waiting" if wait else "given_up"
        message.next_at = now + timedelta(seconds=wait or 0)
    else:
        message.state, message.delivered_at, message.last_problem = "delivered", now, ""
    message.save()
    return message.state == "delivered"
