"""Requests that are answered later, as rows: claimed by a worker, cancelled, looked for again, cleared up once ended.

What runs them is lumenboard/gateway/job_run.py; those whose worker is gone are settled as all requests are.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any, Final, Literal
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Greatest
from django.utils.crypto import salted_hmac

from providers.accounts.sealing import seal
from providers.models import ApiKey, GatewayRequest, Intent, RequestInput, RequestMessage
from providers.models.gateway import UNDER_WAY
from providers.requests.settle_requests import CANCELLED, REQUEST_LEASE_S, WAITS_FOR
from providers.webhooks.attempts import Outbox, Webhook, receiver_for
from providers.webhooks.signing import new_secret

AT_ONCE: Final = 200
FOR_ITS_ANSWER: Final = ("answer", "warnings")
# A request that nobody has begun is sent to the workers again.
SENT_AGAIN_AFTER: Final = timedelta(seconds=60)
NOBODY_CAME: Final = "No worker began it within an hour. Nothing was sent; send the request again."
Cancelling = Literal["cancelled", "too_late", "over"]


@dataclass(frozen=True, kw_only=True)
class ClaimedJob:
    """A request in the hands of this worker; `calls` are the paid calls that were begun for it before."""

    row: GatewayRequest
    key: ApiKey
    inputs: tuple[RequestInput, ...] = field(repr=False)
    calls: frozenset[UUID]


def claim_job(request: UUID, now: datetime) -> ClaimedJob | None:
    """By compare-and-set: of several workers one gets it. None where it is over, or another has it."""
    waiting = GatewayRequest.objects.filter(uuid=request, status="queued", key__isnull=False)
    lease = now + timedelta(seconds=REQUEST_LEASE_S)
    if not waiting.update(status="processing", runs=F("runs") + 1, lease_until=lease):
        return None
    row = GatewayRequest.objects.select_related("key").get(uuid=request)
    if row.key is None:
        return None
    calls = frozenset(Intent.objects.filter(request_id=row.uuid).values_list("uuid", flat=True))
    return ClaimedJob(row=row, key=row.key, inputs=tuple(row.inputs.all()), calls=calls)


def due_jobs(now: datetime) -> list[UUID]:
    """Those that no worker has begun and that were not sent lately, for who asks to send. Ends what waits too long."""
    queued = GatewayRequest.objects.filter(is_open=True, status="queued")
    queued.filter(Q(created_at__lt=now - WAITS_FOR) | Q(key__isnull=True)).update(
        status="failed",
        http_status=503,
        error_code="UNAVAILABLE",
        error_message=NOBODY_CAME,
        finished_at=Greatest(Value(now), F("created_at")),
        idempotency_key="",
    )
    with transaction.atomic():
        due = queued.filter(Q(lease_until__lt=now) | Q(lease_until=None)).order_by("id")
        ids = list(due.select_for_update(skip_locked=True).values_list("uuid", flat=True)[:AT_ONCE])
        GatewayRequest.objects.filter(uuid__in=ids, status="queued").update(lease_until=now + SENT_AGAIN_AFTER)
    return ids


def cancel_job(row: GatewayRequest, now: datetime) -> Cancelling:
    """What is not begun never will be; of what is under way no further call begins. Safe to repeat."""
    gone = GatewayRequest.objects.filter(pk=row.pk, status="queued").update(
        status="cancelled",
        http_status=409,
        error_code="CANCELLED",
        error_message=CANCELLED,
        finished_at=Greatest(Value(now), F("created_at")),
        cost_usd=0,
        idempotency_key="",
    )
    if gone:
        tidy_ended_jobs(now)
        return "cancelled"
    with transaction.atomic():
        current = GatewayRequest.objects.select_for_update().get(pk=row.pk)
        if current.status == "processing":
            if current.job is not None:
                current.job["is_cancelled"] = True
                current.save(update_fields=["job"])
            return "too_late"
    return "cancelled" if current.status == "cancelled" else "over"


def tidy_ended_jobs(now: datetime) -> int:
    """Of those that have ended what only a worker needs goes, and who named an address is written to; how many.

    Safe to run twice and at once: an ended request is open until its message stands.
    """
    with transaction.atomic():
        ended = GatewayRequest.objects.select_for_update(skip_locked=True).filter(is_open=True)
        rows = list(ended.exclude(status__in=UNDER_WAY).defer("answer", "payloads").order_by("id")[:AT_ONCE])
        _write_messages(rows, now)
        RequestInput.objects.filter(request__in=rows).delete()
        for row in rows:
            row.job = {name: (row.job or {}).get(name) for name in FOR_ITS_ANSWER}
            row.is_open = False
        GatewayRequest.objects.bulk_update(rows, ["job", "is_open"])
    return len(rows)


def _write_messages(rows: Iterable[GatewayRequest], now: datetime) -> None:
    for row in rows:
        if url := (row.job or {}).get("webhook_url"):
            RequestMessage.objects.get_or_create(
                request=row, defaults={"receiver": receiver_for("webhook", url), "next_at": now, "body": _body(row)}
            )


def _body(row: GatewayRequest) -> dict[str, Any]:
    """The form of Standard Webhooks: type, time, data. Pictures are asked for with the key."""
    assert row.finished_at is not None
    data = {
        "id": row.public_id,
        "object": "request",
        "status": row.status,
        "http_status": row.http_status,
        "error_code": row.error_code or None,
        "error_message": row.error_message or None,
        "model": row.model_asked,
        "cost": None if row.cost_usd is None else float(row.cost_usd),
        "currency": "USD",
        "url": f"{settings.SITE_URL}/v1/requests/{row.public_id}",
    }
    return {"type": f"request.{row.status}", "timestamp": row.finished_at.isoformat(), "data": data}


def webhook_secret(public_id: str) -> str:
    """With which messages to the addresses a key names are signed; derived, so that it is stored nowhere."""
    return new_secret(salted_hmac("lumenboard.request-webhooks", public_id, algorithm="sha256").digest())


def _compose(message: RequestMessage) -> Webhook:
    key = message.request.key
    return Webhook(
        url=message.receiver.target,
        message_id=message.message_id,
        body=message.body,
        sealed_secret=seal(webhook_secret(key.public_id if key else "")),
    )


REQUESTS: Final = Outbox(model=RequestMessage, compose=_compose, related=("request__key",))


def call_ids(request: UUID, taken: frozenset[UUID]) -> Iterator[UUID]:
    """Ids of further paid calls of a request, in one order: two workers that would make the same call have one id,
    and the table takes it once.
    """
    for number in count():
        digest = hashlib.sha256(request.bytes + number.to_bytes(4, "big")).digest()
        one = UUID(bytes=digest[:16], version=4)
        if one not in taken:
            yield one
