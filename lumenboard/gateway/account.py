"""What a key may see of its own: its requests, what they leave behind, and the budget that is left. Blocking reads."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from lumenboard.gateway.admission import Caller
from lumenboard.gateway.errors import GatewayError, JsonObject, invalid
from lumenboard.gateway.jobs import body_of_answer
from providers.models import BudgetCap, BudgetWindow, GatewayRequest, Intent
from providers.models.gateway import STATUSES, UNDER_WAY
from providers.plain_values import aware_moment, whole_number
from providers.requests.gateway_traces import purge
from providers.requests.request_jobs import cancel_job, webhook_secret

READS: Final = "requests:read"
UNDER_WAY_ALREADY: Final = (
    "Too late: the request is under way. What has been sent is brought to its end; no further attempt begins."
)
NO_ANSWER: Final = "The answer of that request is no longer stored."
USUAL_LIMIT: Final = 20
MOST: Final = 100


def list_requests(key_id: int, query: Mapping[str, str]) -> JsonObject:
    """Newest first; cursors name a request of this key. Raises GatewayError."""
    rows = _filtered(GatewayRequest.objects.filter(key_id=key_id), query)
    limit = _limit(query.get("limit", ""))
    backwards = "ending_before" in query
    if backwards:
        rows = rows.filter(pk__gt=_of_key(key_id, query["ending_before"]).pk).order_by("pk")
    elif "starting_after" in query:
        rows = rows.filter(pk__lt=_of_key(key_id, query["starting_after"]).pk).order_by("-pk")
    fetched = list(rows[: limit + 1])
    page = fetched[:limit]
    if backwards:
        page.reverse()
    data = [_to_dict(row) for row in page]
    ends = {"first_id": page[0].public_id if page else None, "last_id": page[-1].public_id if page else None}
    return {"object": "list", "data": data, "has_more": len(fetched) > limit, **ends}


def get_request(caller: Caller, public_id: str) -> JsonObject:
    """One request with its attempts, and with its answer where it was to be answered later. Raises GatewayError.

    A key that may only make pictures may ask for those it ordered.
    """
    row = _of_key(caller.key_id, public_id)
    if READS not in caller.scopes and row.job is None:
        raise GatewayError("PERMISSION_DENIED", f"The key lacks the scope {READS}.")
    intents = Intent.objects.filter(request_id=row.uuid).select_related("provider").order_by("id")
    payloads = {"payloads": row.payloads} if row.payloads else {}
    answer = {"response": _response(row)} if row.job is not None else {}
    return _to_dict(row) | {"attempts": [_attempt(intent) for intent in intents]} | payloads | answer


def _response(row: GatewayRequest) -> JsonObject | None:
    """Status and body as a client that waited would have got them; None while it is under way."""
    if row.status in UNDER_WAY:
        return None
    if not row.answer:
        return _of_error(GatewayError(row.error_code or "NOT_FOUND", row.error_message or NO_ANSWER))
    try:
        body = body_of_answer(row.answer, row.job or {}, row.model_asked, row.mode)
    except GatewayError as error:
        return _of_error(error)
    return {"status": row.http_status, "body": body}


def _of_error(error: GatewayError) -> JsonObject:
    return {"status": error.status, "body": error.body()}


def cancel_request(key_id: int, public_id: str) -> JsonObject:
    """Takes back what has not begun. Raises GatewayError where it is too late."""
    row = _of_key(key_id, public_id)
    done = cancel_job(row, timezone.now())
    if done == "too_late":
        raise GatewayError("TOO_LATE", UNDER_WAY_ALREADY)
    row.refresh_from_db()
    if done == "over":
        raise GatewayError("TOO_LATE", f"Too late: the request has ended ({row.status}).")
    return _to_dict(row)


def read_webhook_secret(public_id: str) -> JsonObject:
    """With which messages to this key's `webhook_url`s are signed."""
    return {"object": "webhook_secret", "secret": webhook_secret(public_id)}


def purge_payloads(key_id: int, public_id: str) -> JsonObject:
    """Takes away what the request left behind; doing it again changes nothing. Raises GatewayError."""
    row = _of_key(key_id, public_id)
    purged = purge(row)
    return {
        "id": row.public_id,
        "object": "request.payloads",
        "purged": True,
        "already_purged": purged.was_purged,
        "media_deleted": purged.pictures,
    }


def balance(public_id: str) -> JsonObject:
    """What the key's budget leaves for today and, where it has one, for the hour."""
    cap = BudgetCap.objects.filter(scope="key", subject=public_id).first()
    day = cap.usd_per_day if cap and not cap.is_paused else None
    real, simulated = (_left(public_id, "day", day, is_simulated) for is_simulated in (False, True))
    answer: JsonObject = {
        "object": "balance",
        "billing_type": "budget",
        "available": {"amount": real, "currency": "USD"},
        "simulated": {"amount": simulated, "currency": "USD"},
        "limit": {"amount": None if day is None else float(day), "currency": "USD", "period": "day"},
    }
    if cap and cap.usd_per_hour is not None:
        answer["available_this_hour"] = {
            "amount": _left(public_id, "hour", cap.usd_per_hour, False),
            "currency": "USD",
        }
    return answer


def _left(public_id: str, period: str, cap_usd: Decimal | None, simulated: bool) -> float:
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    starts_at = now if period == "hour" else now.replace(hour=0)
    window = BudgetWindow.objects.filter(
        scope="key", subject=public_id, period=period, starts_at=starts_at, simulated=simulated
    ).first()
    taken = window.spent_usd + window.reserved_usd if window else Decimal(0)
    return float(max(Decimal(0), (cap_usd or Decimal(0)) - taken))


def _filtered(rows: "QuerySet[GatewayRequest]", query: Mapping[str, str]) -> "QuerySet[GatewayRequest]":
    for name, lookup in (("created_after", "created_at__gt"), ("created_before", "created_at__lt")):
        if name in query:
            rows = rows.filter(**{lookup: _moment(name, query[name])})
    if "status" in query:
        if query["status"] not in STATUSES:
            raise invalid("status", f"{query['status']!r:.40} is not allowed; allowed are {', '.join(STATUSES)}")
        rows = rows.filter(status=query["status"])
    if "model" in query:
        rows = rows.filter(model_asked=query["model"].replace("\0", ""))
    return rows


def _of_key(key_id: int, public_id: str) -> GatewayRequest:
    try:
        row = GatewayRequest.objects.filter(key_id=key_id, uuid=UUID(public_id.removeprefix("req_"))).first()
    except ValueError:
        row = None
    if row is None:
        raise GatewayError("NOT_FOUND", f"there is no request {public_id[:60]!r} of this key")
    return row


def _limit(text: str) -> int:
    if not text:
        return USUAL_LIMIT
    limit = whole_number(text, 1, MOST)
    if limit is None:
        raise invalid("limit", f"{text!r:.40} is not allowed; allowed are whole numbers from 1 to {MOST}")
    return limit


def _moment(name: str, text: str) -> datetime:
    seconds = whole_number(text, highest=10**10)
    if seconds is not None:
        return datetime.fromtimestamp(seconds, UTC)
    moment = aware_moment(text) or aware_moment(f"{text}Z") or aware_moment(f"{text}T00:00Z")
    if moment is None:
        raise invalid(name, "a time is needed, in ISO 8601 or in seconds since 1970")
    return moment


def _to_dict(row: GatewayRequest) -> JsonObject:
    return {
        "id": row.public_id,
        "object": "request",
        "created_at": int(row.created_at.timestamp()),
        "operation": row.operation,
        "mode": row.mode,
        "model": row.model_asked,
        "executed_model": row.endpoint_key or None,
        "images": row.images,
        "status": row.status,
        "http_status": row.http_status,
        "error_code": row.error_code or None,
        "error_message": row.error_message or None,
        "cost": None if row.cost_usd is None else float(row.cost_usd),
        "currency": "USD",
        "simulated": row.simulated,
        "attempts_count": row.attempts,
        "duration_ms": row.duration_ms,
        "overhead_ms": None if row.overhead_ms is None else float(row.overhead_ms),
        "user": row.user or None,
        "trace_id": row.trace_id or None,
        "payloads_kept": row.payloads is not None,
    }


def _attempt(intent: Intent) -> dict[str, Any]:
    return {
        "id": str(intent.uuid),
        "endpoint": intent.endpoint_key,
        "provider": intent.provider.slug if intent.provider else None,
        "state": intent.state,
        "attempt": intent.attempt,
        "error_code": intent.failure_kind or None,
        "error_message": intent.failure_message or None,
        "cost": None if intent.cost_usd is None else float(intent.cost_usd),
        "cost_basis": intent.cost_basis,
        "cost_breakdown": intent.cost_breakdown,
        "ttfb_ms": intent.ttfb_ms,
        "duration_ms": intent.total_ms,
        "started_at": int(intent.reserved_at.timestamp()),
    }
