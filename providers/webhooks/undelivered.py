"""Receivers for which something waits or was given up, and sending it again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet

from providers.models.deliveries import TRIED_FOR, Receiver
from providers.webhooks.outbox import Outbox

UNDELIVERED: Final = Q(state__in=("waiting", "given_up"))
# A receiver that failed so often in a row does not merely start anew.
FAILS_FROM: Final = 3
FAILING: Final = Q(failures__gte=FAILS_FROM) | Q(disabled_at__isnull=False)


@dataclass(frozen=True, kw_only=True)
class Undelivered:
    """What one receiver has not taken; `oldest_at` is when the oldest that still waits was written."""

    receiver: Receiver
    waiting: int
    given_up: int
    oldest_at: datetime | None


def with_undelivered(outboxes: Sequence[Outbox]) -> QuerySet[Receiver]:
    """Receivers that have not taken all, those that fail first."""
    has = Q()
    for outbox in outboxes:
        has |= Q(Exists(outbox.rows.filter(UNDELIVERED, receiver=OuterRef("pk"))))
    return Receiver.objects.filter(has).order_by("-failures", "target", "pk")


def failing(outboxes: Sequence[Outbox]) -> QuerySet[Receiver]:
    """Those that take nothing, while something waits for them or was given up."""
    return with_undelivered(outboxes).filter(FAILING)


def read_undelivered(receivers: Sequence[Receiver], outboxes: Sequence[Outbox]) -> list[Undelivered]:
    """One query for each outbox."""
    waiting, given_up = dict.fromkeys((one.pk for one in receivers), 0), dict.fromkeys((r.pk for r in receivers), 0)
    oldest: dict[int, datetime] = {}
    for outbox in outboxes:
        rows = outbox.rows.filter(UNDELIVERED, receiver__in=receivers).order_by()
        counts = rows.values_list("receiver").annotate(
            still=Count("pk", filter=Q(state="waiting")),
            over=Count("pk", filter=Q(state="given_up")),
            since=Min("created_at", filter=Q(state="waiting")),
        )
        for pk, still, over, since in counts:
            waiting[pk] += still
            given_up[pk] += over
            if since:
                oldest[pk] = min(since, oldest.get(pk, since))
    return [
        Undelivered(receiver=one, waiting=waiting[one.pk], given_up=given_up[one.pk], oldest_at=oldest.get(one.pk))
        for one in receivers
    ]


def oldest_waiting(outboxes: Sequence[Outbox]) -> tuple[int, datetime | None]:
    """How many messages wait anywhere, and when the oldest was written. One query, however many outboxes."""
    first, *others = (
        outbox.rows.filter(state="waiting")
        .order_by()
        .values("state")
        .annotate(number=Count("pk"), since=Min("created_at"))
        .values_list("number", "since")
        for outbox in outboxes
    )
    found = list(first.union(*others, all=True))
    return sum(number for number, _ in found), min((since for _, since in found), default=None)


@transaction.atomic
def try_again(receiver: Receiver, outboxes: Sequence[Outbox], now: datetime) -> int:
    """Everything it has not taken, given up or not, is due now and for another day; how many messages."""
    Receiver.objects.filter(pk=receiver.pk).update(failures=0, next_at=None, disabled_at=None)
    changes = {"state": "waiting", "attempts": 0, "next_at": now, "give_up_at": now + TRIED_FOR}
    return sum(outbox.rows.filter(UNDELIVERED, receiver=receiver).update(**changes) for outbox in outboxes)


@transaction.atomic
def delete_unused_receivers(outboxes: Sequence[Outbox]) -> int:
    """Those to which no message points any more; how many. One that is gone for good is remembered."""
    used = Q()
    for outbox in outboxes:
        used |= Q(Exists(outbox.rows.filter(receiver=OuterRef("pk"))))
    return Receiver.objects.filter(disabled_at=None, lease=None).exclude(used).delete()[0]
