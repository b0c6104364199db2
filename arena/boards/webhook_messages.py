"""The outbox of the boards' webhooks."""

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q

from arena.models import BoardMessage
from providers.alerts.alert_messages import ALERTS
from providers.webhooks.outbox import Outbox, Webhook

KEPT: Final = timedelta(days=30)


def forget_board_messages(now: datetime) -> int:
    """Those that came to their end a month ago; how many."""
    ended = BoardMessage.objects.exclude(state="waiting").filter(created_at__lt=now - KEPT)
    return ended.delete()[0]


def _compose(message: BoardMessage) -> Webhook:
    return Webhook(
        url=message.receiver.target,
        message_id=message.message_id,
        body=message.body,
        sealed_secret=message.webhook.sealed_secret,
    )


BOARDS: Final = Outbox(model=BoardMessage, compose=_compose, related=("webhook",), may_go=Q(webhook__is_enabled=True))
# every outbox there is
OUTBOXES: Final = (ALERTS, BOARDS)
