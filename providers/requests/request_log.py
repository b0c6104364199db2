"""The log of gateway requests as an operator reads it: filtered rows, one request's attempts, what a key has spent."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from providers.models import ApiKey, BudgetCap, BudgetWindow, GatewayRequest, Intent
from providers.models.gateway import STATUSES

DAYS: Final = 30


@dataclass(frozen=True, kw_only=True)
class LogFilter:
    """What to look for; empty means any. `before` is the row id a page goes on from."""

    status: str = ""
    key: str = ""
    model: str = ""
    before: int | None = None


@dataclass(frozen=True)
class AttemptLine:
    """One attempt with its place on the request's time line, in milliseconds from the request's start."""

    intent: Intent
    began_ms: int
    took_ms: int
    parts: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class KeyLine:
    """A key, what it may spend a day and what it has spent today, real money and simulated together."""

    key: ApiKey
    cap_usd: Decimal | None
    spent_usd: Decimal
    state: str


@dataclass(frozen=True)
class DaySpent:
    """What one key was charged on one day (UTC)."""

    day: date
    real_usd: Decimal
    simulated_usd: Decimal


def read_log(wanted: LogFilter, limit: int) -> list[GatewayRequest]:
    """Newest first, `limit` rows and one more where there are more. Nothing is counted: the log may be long."""
    rows = GatewayRequest.objects.select_related("key").defer("answer", "payloads")
    if wanted.status in STATUSES:
        rows = rows.filter(status=wanted.status)
    if wanted.key:
        rows = rows.filter(key__public_id=wanted.key)
    if wanted.model:
        rows = rows.filter(Q(model_asked=wanted.model) | Q(endpoint_key=wanted.model) | Q(model__slug=wanted.model))
    if wanted.before is not None:
        rows = rows.filter(pk__lt=wanted.before)
    return list(rows.order_by("-id")[: limit + 1])


def find_request(public_id: str) -> GatewayRequest | None:
    """By `req_…` or the bare id."""
    try:
        uuid = UUID(public_id.removeprefix("req_"))
    except ValueError:
        return None
    return GatewayRequest.objects.select_related("key", "model").filter(uuid=uuid).first()


def read_attempts(row: GatewayRequest) -> list[AttemptLine]:
    """In the order they were made."""
    intents = Intent.objects.filter(request_id=row.uuid, source="gateway").select_related("provider").order_by("id")
    return [_attempt(row, intent) for intent in intents]


def _attempt(row: GatewayRequest, intent: Intent) -> AttemptLine:
    began = max(0, _ms(intent.submitting_at or intent.reserved_at, row.created_at))
    took = intent.total_ms if intent.total_ms is not None else max(0, _ms(timezone.now(), row.created_at) - began)
    return AttemptLine(intent, began, took, tuple(map(_part, intent.cost_breakdown)))


def _part(recorded: dict[str, str]) -> dict[str, Any]:
    amounts: dict[str, Any] = {
        name: Decimal(recorded[name]) for name in ("unit_price_usd", "total_usd") if name in recorded
    }
    return {**recorded, **amounts}


def _ms(later: datetime, earlier: datetime) -> int:
    return round((later - earlier).total_seconds() * 1000)


def read_keys(keys: Iterable[ApiKey]) -> list[KeyLine]:
    """Two queries for any number of keys."""
    rows, now = list(keys), timezone.now()
    ids = [key.public_id for key in rows]
    caps = dict(BudgetCap.objects.filter(scope="key", subject__in=ids).values_list("subject", "usd_per_day"))
    spent: dict[str, Decimal] = {}
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    for window in BudgetWindow.objects.filter(scope="key", subject__in=ids, period="day", starts_at=today):
        spent[window.subject] = spent.get(window.subject, Decimal(0)) + window.spent_usd
    return [
        KeyLine(key, caps.get(key.public_id), spent.get(key.public_id, Decimal(0)), _state(key, now)) for key in rows
    ]


def _state(key: ApiKey, now: datetime) -> str:
    if key.revoked_at:
        return "revoked"
    return "expired" if key.expires_at and key.expires_at <= now else "active"


def read_days(key: ApiKey) -> list[DaySpent]:
    """The days of the last thirty on which it was charged, newest first; out of budget windows, not out of the log."""
    since = timezone.now() - timedelta(days=DAYS)
    found: dict[date, dict[bool, Decimal]] = {}
    windows = BudgetWindow.objects.filter(scope="key", subject=key.public_id, period="day", starts_at__gte=since)
    for window in windows:
        found.setdefault(window.starts_at.date(), {})[window.simulated] = window.spent_usd
    nothing = Decimal(0)
    return [DaySpent(day, one.get(False, nothing), one.get(True, nothing)) for day, one in sorted(found.items())[::-1]]
