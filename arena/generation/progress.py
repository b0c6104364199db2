"""How far a run is, picture by picture, and how much of a budget is used this hour and this day. Read side."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from arena.models import Generation, Run
from arena.models.schedules import OPEN_RUNS
from providers.models import BudgetCap, BudgetWindow
from providers.planning.sizes import SIZE_WORDS, size_note
from providers.pricing import Size

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


NOTHING: Final = Decimal(0)
STAGES: Final = {
    "reserved": "in the queue",
    "submitting": "being sent",
    "submitted": "being drawn",
    "fetched": "being stored",
}


@dataclass(frozen=True)
class RunProgress:
    """`pictures` are in the order of the plan, each with its intent, model and entry at hand."""

    run: Run
    pictures: Sequence[Generation]

    @property
    def counts(self) -> Counter[str]:
        """By status."""
        return Counter(picture.status for picture in self.pictures)

    @property
    def is_open(self) -> bool:
        """Whether anything may still change by itself."""
        return self.run.state in OPEN_RUNS or self.counts["waiting"] > 0

    @property
    def is_simulated(self) -> bool:
        return any(picture.simulated for picture in self.pictures)

    @property
    def spent_usd(self) -> Decimal:
        """Of ended calls, those that may have been charged included."""
        costs = (picture.intent.cost_usd for picture in self.pictures if picture.intent)
        return sum((cost for cost in costs if cost is not None), NOTHING)

    @property
    def reserved_usd(self) -> Decimal:
        """Of calls that have not ended, sent or not."""
        return sum((_held(picture) for picture in self.pictures if picture.status == "waiting"), NOTHING)

    @property
    def ended(self) -> int:
        return len(self.pictures) - self.counts["waiting"]

    @property
    def share(self) -> float:
        """Of pictures that have ended, 0 to 1."""
        return self.ended / len(self.pictures) if self.pictures else 0.0

    @property
    def retriable(self) -> int:
        """Failed ones that nobody has tried again."""
        again = {picture.retry_of_id for picture in self.pictures}
        return sum(picture.status == "failed" and picture.pk not in again for picture in self.pictures)

    @property
    def held_entries(self) -> int:
        """Entries that wait for somebody to publish them."""
        return sum(bool(picture.made and picture.made.status == "held") for picture in self.pictures)

    def elapsed_s(self, now: datetime) -> float:
        """Since it was started, up to its end."""
        began = self.run.started_at or self.run.created_at
        ends = [picture.finished_at for picture in self.pictures if picture.finished_at]
        until = now if self.is_open else max([*ends, self.run.finished_at or began])
        return max(0.0, (until - began).total_seconds())


def read_progress(run: Run) -> RunProgress:
    pictures = run.generations.select_related(
        "model", "endpoint__provider", "intent", "entry__image", "parity_entry__image"
    )
    return RunProgress(run, list(pictures))


def stage_of(picture: Generation) -> str:
    """What is happening to a picture that waits."""
    return STAGES.get(picture.intent.state, "being taken in") if picture.intent else "waiting for a worker"


def size_note_of(picture: Generation) -> str:
    """What the model gives where another size was asked for; empty where it gives that size."""
    order = picture.intent.order if picture.intent else {}
    asked = picture.size
    if size := order.get("size"):
        return size_note(asked, Size(width_px=size[0], height_px=size[1]), {})
    words = {name: value for name, value in order.get("parameters", {}).items() if name in SIZE_WORDS}
    return size_note(asked, asked, words)


def _held(picture: Generation) -> Decimal:
    if picture.intent is None:
        return picture.planned_usd
    return picture.intent.reserved_usd if picture.intent.cost_usd is None else NOTHING
