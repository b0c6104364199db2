"""Messages on their way, and the receivers they go to: what every outbox of the site stores."""

import uuid
from datetime import datetime, timedelta
from typing import Final

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

CHANNELS: Final = ("webhook", "email")
DELIVERY_STATES: Final = ("waiting", "delivered", "given_up")
STATE_KNOWN = Q(state__in=DELIVERY_STATES)
HAS_ITS_TIME = Q(state="delivered", delivered_at__isnull=False) | (~Q(state="delivered") & Q(delivered_at__isnull=True))
TRIED_FOR: Final = timedelta(hours=24)
no_credentials = RegexValidator(
    r"^[^/]*//[^/?#@\\]*([/?#][^\\]*)?$", "An address without a user name, a password or a backslash is allowed."
)


def trial_end() -> datetime:
    """When a message of now is given up."""
    return timezone.now() + TRIED_FOR


class Receiver(models.Model):
    """One place that messages go to, whoever sends them.

    A lease says that a message is on its way there: of several workers one holds it, and it lapses with its holder.
    """

    channel = models.CharField(max_length=7, choices=[(c, c) for c in CHANNELS])
    target = models.CharField(max_length=300)
    failures = models.PositiveIntegerField(default=0, help_text="Attempts in a row that failed.")
    next_at = models.DateTimeField(null=True, help_text="Nothing is sent there before.")
    lease = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    last_tried_at = models.DateTimeField(null=True)
    last_delivered_at = models.DateTimeField(null=True)
    last_problem = models.CharField(max_length=300, blank=True)
    disabled_at = models.DateTimeField(null=True, help_text="When it answered that it is gone for good.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel", "target"], name="one_receiver_per_target"),
            models.CheckConstraint(condition=Q(channel__in=CHANNELS), name="receiver_channel_known"),
            models.CheckConstraint(
                condition=Q(lease__isnull=True, lease_until__isnull=True)
                | Q(lease__isnull=False, lease_until__isnull=False),
                name="receiver_lease_has_an_end",
            ),
        ]

    def __str__(self) -> str:
        return self.target


class Delivery(models.Model):
    """One message to one place. `message_id` stays the same over all attempts, so that a receiver takes it once."""

    message_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    receiver = models.ForeignKey(Receiver, on_delete=models.PROTECT, related_name="+")
    body = models.JSONField()
    state = models.CharField(max_length=9, choices=[(s, s) for s in DELIVERY_STATES], default="waiting")
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField()
    give_up_at = models.DateTimeField(default=trial_end)
    last_problem = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    delivered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True
        ordering = ("-id",)
