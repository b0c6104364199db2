"""The operator's first page: what waits for a decision, runs and comes next; and messages that were not delivered."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from arena.boards.rank_webhooks import OUTBOXES
from arena.generation.progress import BudgetMeter, read_meters
from arena.integrity.gate_health import GateDay, alarm_lines, count_each, read_gate_days
from arena.models import Competition, Entry, Run, Schedule
from arena.models.schedules import OPEN_RUNS
from lumenboard.formatting import count, usd
from lumenboard.pages.base import Paginator
from lumenboard.pages.operator.base import GATES, OVERVIEW, PER_PAGE, for_staff, page_with_tabs, waiting_rows
from lumenboard.pages.operator.decisions import Question, decision
from lumenboard.pages.operator.runs import with_figures
from providers.accounts.sealing import unopenable_in_words
from providers.models import AlertIncident, Receiver
from providers.webhooks.attempts import read_undelivered, try_again, with_undelivered

MOST: Final = 5
DECISIONS: Final = (
    ("flags", "flagged cohort", "exclude their votes, or dismiss the flag"),
    ("reports", "reported pair", "keep or retire what was reported"),
    ("suggestions", "suggested prompt", "accept it as a draft, or decline"),
    ("spending", "unknown charge", "look it up at the provider and settle it"),
    ("messages", "failing receiver of messages", "see why, and send undelivered messages again"),
)


@dataclass(frozen=True)
class Waits:
    """One line of what waits, and where it is decided."""

    title: str
    detail: str
    url: str


@require_safe
@for_staff
def overview(request: HttpRequest) -> HttpResponse:
    """In a fixed number of queries."""
    days = read_gate_days(timezone.now().date(), days=2)
    by_status = {status: Competition.objects.filter(status=status) for status in ("open", "draft")}
    counts = count_each({**waiting_rows(), **by_status})
    runs = Run.objects.filter(state__in=OPEN_RUNS).select_related("schedule__competition")
    due = Schedule.objects.filter(next_run_at__isnull=False, is_paused=False).select_related("competition")
    context = {
        "alarms": [*filter(None, [unopenable_in_words()]), *alarm_lines(days, GATES), *_alerts()],
        "tiles": list(_tiles(days[-1], counts)),
        "waits": list(_waits(counts)),
        "runs": with_figures(runs)[:MOST],
        "due": due.order_by("next_run_at", "id")[:MOST],
    }
    return page_with_tabs(request, OVERVIEW, context, counts=counts)


def _alerts() -> list[str]:
    open_ones = AlertIncident.objects.filter(closed_at=None).select_related("rule").order_by("opened_at")[:MOST]
    return [f"{incident} UTC" for incident in open_ones]


def _tiles(today: GateDay, counts: Mapping[str, int]) -> Iterator[dict[str, Any]]:
    refused = today.sent - today.counted
    yield {
        "label": "Votes today",
        "value": count(today.counted),
        "basis": f"{count(refused)} refused or set aside",
        "url": "/ops/gates",
    }
    for meter in read_meters([("site", "")])["site", ""]:
        if meter.period == "day":
            yield _spent(meter)
    yield {
        "label": "Open competitions",
        "value": count(counts["open"]),
        "basis": f"{count(counts['draft'])} draft{'s'[: counts['draft'] != 1]}",
        "url": "/ops/competitions",
    }


def _spent(meter: BudgetMeter) -> dict[str, Any]:
    cap = "no budget is set" if meter.cap_usd is None else f"of {usd(meter.cap_usd)}"
    held = f", {usd(meter.reserved_usd)} held" if meter.reserved_usd else ""
    return {
        "label": "Spent today",
        "value": usd(meter.spent_usd),
        "basis": f"{cap}{held}{', paused' if meter.is_paused else ''}",
        "badge": {"kind": "simulated", "text": "simulated"} if meter.simulated else None,
        "url": "/ops/spending",
    }


def _waits(counts: Mapping[str, int]) -> Iterator[Waits]:
    for key, what, name in DECISIONS:
        if number := counts[key]:
            yield Waits(f"{count(number)} {what}{'s'[: number != 1]}", name, f"/ops/{key}")
    held = Entry.objects.filter(status="held", image__isnull=False).values(
        "competition__public_id", "competition__title"
    )
    for of in held.annotate(entries=Count("id")).order_by("-entries", "competition__title")[:MOST]:
        entries = f"{count(of['entries'])} held entr{'y' if of['entries'] == 1 else 'ies'}"
        title, public_id = of["competition__title"], of["competition__public_id"]
        yield Waits(f"{entries} of {title}", "publish those that may be voted on", f"/ops/competitions/{public_id}")


BACK: Final = "/ops/messages"


@require_safe
@for_staff
def undelivered(request: HttpRequest) -> HttpResponse:
    """Receivers that fail come first."""
    page = Paginator(with_undelivered(OUTBOXES), PER_PAGE).get_page(request.GET.get("page"))
    lines = read_undelivered(list(page), OUTBOXES)
    return page_with_tabs(request, "messages", {"page": page, "lines": lines})


def _ask_again(receiver: Receiver) -> Question:
    (line,) = read_undelivered([receiver], OUTBOXES)
    number = line.waiting + line.given_up
    given_up = f", {count(line.given_up)} of them given up before," if line.given_up else ""
    text = f"{count(number)} message{'s'[: number != 1]}{given_up} for {receiver} will leave now, one after the other."
    return Question("Try again", text, "Try again", BACK)


def _again(receiver: Receiver, *_: object) -> str:
    number = try_again(receiver, OUTBOXES, timezone.now())
    return f"{count(number)} message{'s'[: number != 1]} for {receiver} leave{'s'[: number == 1]} now."


again = decision("providers.change_receiver", Receiver)(_ask_again, _again)
