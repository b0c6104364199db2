"""What is spent, what may be, and how providers stand. Read side, in a fixed number of queries."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from providers.accounts.reading import key_variable
from providers.accounts.sealing import opens
from providers.adapters.registry import ADAPTERS, usual_adapter
from providers.dispatch.ledger_values import breaker_state
from providers.models import BudgetCap, BudgetWindow, Endpoint, EndpointHealth, Intent, Provider, ProviderAccount
from providers.models.budgets import SCOPES

IN_FLIGHT: Final = ("submitting", "submitted")
NOTHING: Final = Decimal(0)


@dataclass(frozen=True)
class BudgetUse:
    """Of one period: spent, held reserved, and the cap; None where there is none."""

    spent_usd: Decimal
    reserved_usd: Decimal
    cap_usd: Decimal | None

    @property
    def share(self) -> float:
        """Of the cap, at most 1."""
        taken = self.spent_usd + self.reserved_usd
        return min(1.0, float(taken / self.cap_usd)) if self.cap_usd else 0.0


@dataclass(frozen=True)
class BudgetLine:
    """One scope, this hour and this day; `subject` says which provider, schedule or key."""

    scope: str
    subject: str
    simulated: bool
    is_paused: bool
    hour: BudgetUse
    day: BudgetUse
    cap_id: int | None


@dataclass(frozen=True)
class ProviderLine:
    """One provider: how it is reached and how its endpoints do."""

    provider: Provider
    protocol: str
    key: str
    is_paused: bool
    in_flight: int
    account_id: int | None
    open_endpoints: tuple[tuple[str, str, datetime | None], ...]


def unresolved() -> QuerySet[Intent]:
    """Calls whose charge is unknown and that nobody has settled, oldest first."""
    return Intent.objects.filter(state="unknown", resolved_at=None).order_by("id")


def read_budgets() -> list[BudgetLine]:
    """Every scope that has a cap or spent something today, the site first."""
    now = timezone.now()
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    starts = {"hour": now.replace(minute=0, second=0, microsecond=0), "day": day}
    caps = {(cap.scope, cap.subject): cap for cap in BudgetCap.objects.all()}
    windows = {
        (w.scope, w.subject, w.simulated, w.period): w
        for w in BudgetWindow.objects.filter(starts_at__gte=day)
        if w.starts_at == starts[w.period]
    }
    wanted = {key[:3] for key in windows} | {(*key, False) for key in caps} | {("site", "", False)}
    order = list(SCOPES)
    return [
        _line(scope, subject, simulated, caps.get((scope, subject)), windows)
        for scope, subject, simulated in sorted(wanted, key=lambda key: (order.index(key[0]), key[1], key[2]))
    ]


def read_providers() -> list[ProviderLine]:
    """Every provider with an endpoint, by name."""
    sold = Exists(Endpoint.objects.filter(provider=OuterRef("pk")))
    flying = Intent.objects.filter(provider=OuterRef("pk"), state__in=IN_FLIGHT).order_by().values("provider")
    in_flight = Coalesce(Subquery(flying.annotate(calls=Count("pk")).values("calls")), 0)
    providers = Provider.objects.filter(sold).annotate(in_flight=in_flight).select_related("account").order_by("name")
    health = EndpointHealth.objects.exclude(opened_until=None).select_related("endpoint")
    opened = list(health)
    return [_provider(provider, provider.in_flight, opened) for provider in providers]


def _line(
    scope: str,
    subject: str,
    simulated: bool,
    cap: BudgetCap | None,
    windows: dict[tuple[str, str, bool, str], BudgetWindow],
) -> BudgetLine:
    def use(period: str) -> BudgetUse:
        window = windows.get((scope, subject, simulated, period))
        spent, reserved = (window.spent_usd, window.reserved_usd) if window else (NOTHING, NOTHING)
        return BudgetUse(spent, reserved, _cap(scope, period, cap))

    paused, cap_id = bool(cap and cap.is_paused), cap.pk if cap else None
    return BudgetLine(scope, subject, simulated, paused, use("hour"), use("day"), cap_id)


def _cap(scope: str, period: str, cap: BudgetCap | None) -> Decimal | None:
    if cap:
        return cap.usd_per_day if period == "day" else cap.usd_per_hour
    if scope == "site":
        return settings.SITE_BUDGET_USD_PER_DAY if period == "day" else settings.SITE_BUDGET_USD_PER_HOUR
    return None


def _provider(provider: Provider, in_flight: int, health: Iterable[EndpointHealth]) -> ProviderLine:
    account = getattr(provider, "account", None)
    adapter = ADAPTERS.get(account.protocol) if account else usual_adapter(provider.slug)
    now = timezone.now()
    opened = tuple(
        (row.endpoint.key, breaker_state(row.opened_until, row.probe_until, now), row.opened_until)
        for row in health
        if row.endpoint.provider_id == provider.pk
    )
    return ProviderLine(
        provider=provider,
        protocol=adapter.label if adapter else "not set",
        key=_key_in_words(provider, account),
        is_paused=bool(account and account.is_paused),
        in_flight=in_flight,
        account_id=account.pk if account else None,
        open_endpoints=opened,
    )


def _key_in_words(provider: Provider, account: ProviderAccount | None) -> str:
    """Where the key comes from; never any of it."""
    variable = key_variable(provider.slug)
    if os.environ.get(variable, "").strip():
        return f"from {variable}"
    if account and account.key_set_at:
        state = "" if opens(account.sealed_key) else ", cannot be opened"
        return f"stored {account.key_set_at:%Y-%m-%d}{state}"
    return "none: simulated" if settings.SIMULATOR_URL else "none"
