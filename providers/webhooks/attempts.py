"""Outboxes, and one attempt at one of their messages: claimed under a lease on its receiver, settled when it has ended.

Nothing here waits for a stranger, and no transaction outlives a call: who sends holds a lease, not a lock.
"""

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from django.db import transaction
from django.db.models import Count, Exists, F, Min, OuterRef, Q, QuerySet

from providers.models.deliveries import TRIED_FOR, Delivery, Receiver


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


# A message whose sender was killed is sent again after so long; who lives renews it.
LEASE: Final = timedelta(seconds=45)
# Seconds until the next attempt after so many in a row that failed; the last holds for all further ones.
WAITS_S: Final = (5, 30, 120, 600, 3600)


@dataclass(frozen=True, kw_only=True)
class DeliveryAttempt:
    """A message on its way; `failures` of its receiver and `attempts` of the message, this one not counted."""

    outbox: Outbox
    pk: int
    receiver_id: int
    lease: uuid.UUID
    failures: int
    attempts: int
    row: Delivery

    def compose(self) -> Webhook | Mail:
        """What is sent; asks no database."""
        return self.outbox.compose(self.row)


@dataclass(frozen=True, kw_only=True)
class AttemptEnd:
    """How an attempt ended; no problem means that the message was taken."""

    at: datetime
    problem: str = ""
    is_gone: bool = False


def wait_after(failures: int) -> timedelta:
    """How long to leave alone what failed so many times in a row."""
    return timedelta(seconds=WAITS_S[min(failures, len(WAITS_S)) - 1])


def claim_due(outboxes: Sequence[Outbox], most: int, now: datetime) -> list[DeliveryAttempt]:
    """At most one message of each receiver to which none is on its way; receivers that work come first."""
    due = Q()
    for outbox in outboxes:
        due |= Q(Exists(outbox.due(now).filter(receiver=OuterRef("pk"))))
    found = _free(now).filter(due).order_by("failures", F("last_tried_at").asc(nulls_first=True), "pk")
    claimed = (_claim(pk, outboxes, now) for pk in list(found.values_list("pk", flat=True)[:most]))
    return [attempt for attempt in claimed if attempt is not None]


def renew(attempts: Iterable[DeliveryAttempt], now: datetime) -> None:
    """Says that their sender lives."""
    Receiver.objects.filter(lease__in=[attempt.lease for attempt in attempts]).update(lease_until=now + LEASE)


@transaction.atomic
def settle(attempt: DeliveryAttempt, ended: AttemptEnd, outboxes: Sequence[Outbox]) -> None:
    """Writes down how it ended. A message taken stays taken, even where the lease has gone to another meanwhile."""
    receiver = Receiver.objects.filter(pk=attempt.receiver_id, lease=attempt.lease)
    message = attempt.outbox.rows.filter(pk=attempt.pk, state="waiting")
    if not ended.problem:
        message.update(state="delivered", delivered_at=ended.at, last_problem="")
        receiver.update(
            lease=None, lease_until=None, failures=0, next_at=None, last_delivered_at=ended.at, last_problem=""
        )
        return
    problem = ended.problem[:300]
    message.update(last_problem=problem, next_at=ended.at + wait_after(attempt.attempts + 1))
    is_ours = receiver.update(
        lease=None,
        lease_until=None,
        failures=attempt.failures + 1,
        next_at=ended.at + wait_after(attempt.failures + 1),
        last_problem=problem,
        disabled_at=ended.at if ended.is_gone else None,
    )
    if is_ours:
        for outbox in outboxes:
            # what was never tried is given up for the same reason
            waiting = outbox.rows.filter(receiver=attempt.receiver_id, state="waiting")
            late = waiting if ended.is_gone else waiting.filter(give_up_at__lte=ended.at)
            late.update(state="given_up", last_problem=problem)


def give_up_late(outboxes: Sequence[Outbox], now: datetime) -> int:
    """What waits past its time for a receiver that is gone for good; how many."""
    return sum(
        outbox.rows.filter(state="waiting", give_up_at__lte=now, receiver__disabled_at__isnull=False).update(
            state="given_up"
        )
        for outbox in outboxes
    )


def _free(now: datetime) -> QuerySet[Receiver]:
    return Receiver.objects.filter(
        Q(lease=None) | Q(lease_until__lte=now), Q(next_at=None) | Q(next_at__lte=now), disabled_at=None
    )


def _claim(pk: int, outboxes: Sequence[Outbox], now: datetime) -> DeliveryAttempt | None:
    """By compare-and-set: of several that try, one gets it."""
    lease = uuid.uuid4()
    if not _free(now).filter(pk=pk).update(lease=lease, lease_until=now + LEASE, last_tried_at=now):
        return None
    first = [(row, outbox) for outbox in outboxes if (row := _first(outbox, pk, now)) is not None]
    row, outbox = min(first, key=lambda found: found[0].next_at, default=(None, None))
    if row is None or outbox is None:
        Receiver.objects.filter(pk=pk, lease=lease).update(lease=None, lease_until=None)
        return None
    outbox.rows.filter(pk=row.pk).update(attempts=F("attempts") + 1)
    return DeliveryAttempt(
        outbox=outbox,
        pk=row.pk,
        receiver_id=pk,
        lease=lease,
        failures=row.receiver.failures,
        attempts=row.attempts,
        row=row,
    )


def _first(outbox: Outbox, receiver_id: int, now: datetime) -> Delivery | None:
    due = outbox.due(now).filter(receiver=receiver_id).select_related("receiver", *outbox.related)
    return due.order_by("next_at", "pk").first()


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
