"""What an outbox is to those who send: its rows, which of them may go, and what each becomes on the way."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from django.db.models import Q, QuerySet

from providers.models.deliveries import Delivery, Receiver


@dataclass(frozen=True, kw_only=True)
class Webhook:
    """JSON to an address, signed with the sealed secret."""

    url: str
    message_id: uuid.UUID
    body: dict[str, Any]
    sealed_secret: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Mail:
    """Plain text to one address."""

    to: str
    subject: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Outbox:
    """One table of messages; `compose` makes of a row, with `related` at hand, what is sent."""

    model: type[Delivery]
    compose: Callable[[Any], Webhook | Mail]
    related: tuple[str, ...]
    may_go: Q = field(default_factory=Q)

    @property
    def rows(self) -> QuerySet[Delivery]:
        return self.model._default_manager.all()

    def due(self, now: datetime) -> QuerySet[Delivery]:
        """Those whose time has come."""
        return self.rows.filter(self.may_go, state="waiting", next_at__lte=now)


def receiver_for(channel: Literal["webhook", "email"], target: str) -> Receiver:
    """Its row, made at the first message."""
    return Receiver.objects.get_or_create(channel=channel, target=target)[0]
