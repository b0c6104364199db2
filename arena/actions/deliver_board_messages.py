"""Carries what waits in the outbox of the boards' webhooks, and forgets what was carried long ago."""

from datetime import datetime, timedelta
from typing import Final

from arena.models import BoardMessage
from providers.actions.carry_messages import Post, carry_messages, send_webhook
from providers.dispatch.webhooks import post_message

KEPT: Final = timedelta(days=30)


def deliver_board_messages(now: datetime, post: Post = post_message) -> int:
    """Everything due of webhooks that are switched on; how many were delivered."""
    outbox = BoardMessage.objects.filter(webhook__is_enabled=True).select_related("webhook")
    return carry_messages(outbox, lambda message: send_webhook(message, message.webhook.sealed_secret, now, post), now)


def forget_board_messages(now: datetime) -> int:
    """Those that came to their end a month ago; how many."""
    ended = BoardMessage.objects.exclude(state="waiting").filter(created_at__lt=now - KEPT)
    return ended.delete()[0]
