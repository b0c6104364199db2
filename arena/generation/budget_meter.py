"""How much of a budget is used now: this hour and this day. Read side, two queries."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from providers.models import BudgetCap, BudgetWindow

Scope = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class BudgetMeter:
    """One period of one scope. `cap_usd` None: no budget is set, so nothing may be spent."""

    period: str
    spent_usd: Decimal
    reserved_usd: Decimal
    cap_usd: Decimal | None
    is_paused: bool
    simulated: bool

    @property
    def share(self) -> float:
        """Of the cap that is spent, 0 to 1."""
        return float(min(Decimal(1), self.spent_usd / self.cap_usd)) if self.cap_usd else 0.0

    @property
    def held_share(self) -> float:
        """Of the cap that is spent or reserved."""
        return float(min(Decimal(1), (self.spent_usd + self.reserved_usd) / self.cap_usd)) if self.cap_usd else 0.0


def read_meters(scopes: Collection[Scope]) -> dict[Scope, list[BudgetMeter]]:
    """By (scope, subject): the hour, where it has a cap of its own, and the day; simulated money apart."""
    now = timezone.now()
    wanted = Q()
    for scope, subject in scopes:
        wanted |= Q(scope=scope, subject=subject)
    if not scopes:
        return {}
    caps = {(cap.scope, cap.subject): cap for cap in BudgetCap.objects.filter(wanted)}
    windows: dict[Scope, list[BudgetWindow]] = defaultdict(list)
    for window in BudgetWindow.objects.filter(wanted, starts_at__in=[_start(now, "hour"), _start(now, "day")]):
        windows[window.scope, window.subject].append(window)
    return {scope: list(_meters(scope, caps.get(scope), windows[scope], now)) for scope in scopes}


def _meters(scope: Scope, cap: BudgetCap | None, windows: list[BudgetWindow], now: datetime) -> list[BudgetMeter]:
    kinds = sorted({window.simulated for window in windows}) or [False]
    meters = []
    for simulated in kinds:
        for period in ("hour", "day"):
            amount = _amount(scope, cap, period)
            if amount is None and period == "hour":
                continue
            found = [one for one in windows if (one.period, one.simulated) == (period, simulated)]
            found = [one for one in found if one.starts_at == _start(now, period)]
            meters.append(
                BudgetMeter(
                    period=period,
                    spent_usd=sum((one.spent_usd for one in found), Decimal(0)),
                    reserved_usd=sum((one.reserved_usd for one in found), Decimal(0)),
                    cap_usd=amount,
                    is_paused=bool(cap and cap.is_paused),
                    simulated=simulated,
                )
            )
    return meters


def _amount(scope: Scope, cap: BudgetCap | None, period: str) -> Decimal | None:
    if cap is not None:
        return cap.usd_per_day if period == "day" else cap.usd_per_hour
    if scope[0] != "site":
        return None
    return settings.SITE_BUDGET_USD_PER_DAY if period == "day" else settings.SITE_BUDGET_USD_PER_HOUR


def _start(now: datetime, period: str) -> datetime:
    start = now.replace(minute=0, second=0, microsecond=0)
    return start if period == "hour" else start.replace(hour=0)
