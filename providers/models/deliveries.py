"""A message on its way to one place: what every outbox of the site keeps of it."""

import uuid

from django.db import models
from django.db.models import Q

DELIVERY_STATES = ("waiting", "delivered", "given_up")
STATE_KNOWN = Q(state__in=DELIVERY_STATES)
HAS_ITS_TIME = Q(state="delivered", delivered_at__isnull=False) | (~Q(state="delivered") & Q(delivered_at__isnull=True))


class Delivery(models.Model):
    """One message to one place. `message_id` stays the same over all attempts, so that a receiver takes it once."""

    message_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    target = models.CharField(max_length=300)
    body = models.JSONField()
    state = models.CharField(max_length=9, choices=[(s, s) for s in DELIVERY_STATES], default="waiting")
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField()
    last_problem = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    delivered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True
        ordering = ("-id",)
