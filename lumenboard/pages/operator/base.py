"""The operator's pages: what waits for a decision, gate health, coverage. Deciding is ops_decisions'."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final

from django.contrib.admin.views.decorators import staff_member_required
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from arena.boards.rank_webhooks import OUTBOXES
from arena.competitions.coverage import Coverage, read_coverage
from arena.integrity.gate_health import ALARM_SHARE, ALARM_VOTES, GateDay, alarm_lines, count_each, read_gate_days
from arena.integrity.lift import LIFT
from arena.models import Competition, PairReport, PromptSuggestion, VoteExclusion, VoteFlag
from arena.models.operations import SEE_OPERATIONS
from arena.models.voters import REFUSAL_REASONS, SET_ASIDE_GATES
from lumenboard.pages.base import Paginator
from providers.dispatch.spending import unresolved
from providers.models import ImageModel
from providers.webhooks.attempts import failing

PER_PAGE: Final = 25
OVERVIEW: Final = "overview"
TABS: Final = {
    OVERVIEW: "Overview",
    "flags": "Flags",
    "voters": "Voters",
    "exclusions": "Exclusions",
    "reports": "Reported pairs",
    "suggestions": "Suggested prompts",
    "gates": "Gates",
    "competitions": "Competitions",
    "entrants": "Entrants",
    "parity": "Parity",
    "spending": "Spending",
    "messages": "Messages",
    "schedules": "Schedules",
    "prices": "Prices",
    "requests": "Requests",
    "keys": "Keys",
}
GATES: Final = dict((*REFUSAL_REASONS, *SET_ASIDE_GATES))
BAR_PX: Final = 28
FULL_SHARE: Final = 2 * ALARM_SHARE
NOT_YOURS: Final = (
    "Your account may not see operations. Whoever administers accounts can give it the permission"
    " “Can see the pages of operations”."
)
View = Callable[..., HttpResponse]


def for_staff(view: View) -> View:
    """Others are led to the log-in of the admin, staff that may not see operations gets 403; no cache keeps a page.

    What may be decided is each page's own, further permission.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.has_perm(SEE_OPERATIONS):
            raise PermissionDenied(NOT_YOURS)
        response = view(request, *args, **kwargs)
        response["X-Robots-Tag"] = "noindex"
        return response

    return never_cache(staff_member_required(guarded))


def for_staff_with(permission: str) -> Callable[[View], View]:
    """The same, and 403 for staff without the permission to do what the page is for."""
    permitted = permission_required(permission, raise_exception=True)
    return lambda view: for_staff(permitted(view))


class CountedPaginator(Paginator):
    """Of rows whose number is known already."""

    def __init__(self, rows: QuerySet[Any], per_page: int, number: int) -> None:
        super().__init__(rows, per_page)
        self.count = number


@dataclass(frozen=True)
class FlagLine:
    """A flag in words."""

    flag: VoteFlag
    what: str
    finding: str

    @property
    def p(self) -> str:
        """Two digits are all that a simulated p-value has."""
        return f"{self.flag.p_value:.2g}"


@dataclass(frozen=True)
class GateCell:
    """Geometry in pixels of a box BAR_PX high, the bar standing on its lower edge, full at FULL_SHARE."""

    day: str
    refused: int
    sent: int
    share: float
    alarming: bool

    @property
    def height(self) -> float:
        return round(max(BAR_PX * min(1.0, self.share / FULL_SHARE), 1.5), 1) if self.refused else 0

    @property
    def top(self) -> float:
        return BAR_PX - self.height


@dataclass(frozen=True)
class GateLine:
    """One gate over all days."""

    name: str
    cells: list[GateCell]

    @property
    def has_refused(self) -> bool:
        return any(cell.refused for cell in self.cells)


@dataclass(frozen=True)
class CoverageLine:
    """A competition and how far it has come."""

    competition: Competition
    coverage: Coverage


@require_safe
@for_staff
def flags(request: HttpRequest) -> HttpResponse:
    """Open ones, under yesterday's and today's alarms."""
    counts = tab_counts()
    page = CountedPaginator(waiting_rows()["flags"], PER_PAGE, counts["flags"]).get_page(request.GET.get("page"))
    named = {flag.detail.get("model") for flag in page} - {None}
    names = dict(ImageModel.objects.filter(slug__in=named).values_list("slug", "name")) if named else {}
    context = {
        "alarms": alarm_lines(read_gate_days(timezone.now().date(), days=2), GATES),
        "page": page,
        "flags": [_flag_line(flag, names) for flag in page],
    }
    return page_with_tabs(request, "flags", context, counts=counts)


@require_safe
@for_staff
def exclusions(request: HttpRequest) -> HttpResponse:
    """All that was ever taken out, newest first; each can be restored."""
    every = VoteExclusion.objects.select_related("actor", "restored_by", "flag")
    return _paged(request, "exclusions", every.order_by("-created_at", "-id"))


@require_safe
@for_staff
def gates(request: HttpRequest) -> HttpResponse:
    """Share of votes refused per gate and day for 14 days."""
    days = read_gate_days(timezone.now().date())
    context = {
        "days": days,
        "lines": [GateLine(name, [_cell(day, gate) for day in days]) for gate, name in GATES.items()],
        "alarms": alarm_lines(days, GATES),
        "alarm_share": ALARM_SHARE,
        "alarm_votes": ALARM_VOTES,
        "bar_px": BAR_PX,
        "alarm_y": round(BAR_PX * (1 - ALARM_SHARE / FULL_SHARE), 1),
    }
    return page_with_tabs(request, "gates", context)


@require_safe
@for_staff
def competitions(request: HttpRequest) -> HttpResponse:
    """Drafts and open ones, newest first."""
    found = Competition.objects.exclude(status="closed").order_by("-created_at", "-id")
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    coverage = read_coverage(list(page))
    lines = [CoverageLine(competition, coverage[competition.pk]) for competition in page]
    return page_with_tabs(request, "competitions", {"page": page, "lines": lines})


@require_safe
@for_staff
def reports(request: HttpRequest) -> HttpResponse:
    """Reported pairs that nobody has settled, oldest first."""
    sides = [f"battle__{side}_{what}" for side in ("left", "right") for what in ("entry__image", "model")]
    waiting = PairReport.objects.filter(settled_at=None).select_related("battle__competition", *sides)
    return _paged(request, "reports", waiting.order_by("created_at", "id"))


@require_safe
@for_staff
def suggestions(request: HttpRequest) -> HttpResponse:
    """New ones, oldest first."""
    return _paged(request, "suggestions", PromptSuggestion.objects.filter(status="new").order_by("created_at", "id"))


def _paged(request: HttpRequest, name: str, rows: QuerySet[Any]) -> HttpResponse:
    return page_with_tabs(request, name, {"page": Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))})


def tab_counts() -> dict[str, int]:
    """How much waits behind each tab that has something to decide. One query."""
    return count_each(waiting_rows())


def waiting_rows() -> dict[str, QuerySet[Any]]:
    """By tab, what waits behind it."""
    return {
        "flags": VoteFlag.objects.filter(status="open"),
        "reports": PairReport.objects.filter(settled_at=None),
        "suggestions": PromptSuggestion.objects.filter(status="new"),
        "spending": unresolved(),
        "messages": failing(OUTBOXES),
    }


def page_with_tabs(
    request: HttpRequest,
    name: str,
    context: dict[str, Any],
    *,
    current: str = "",
    status: int = 200,
    counts: Mapping[str, int] | None = None,
) -> HttpResponse:
    """The page of that name, with tabs that say how much waits; `current` is the tab it belongs to."""
    counts = counts or tab_counts()
    tabs = [
        {
            "label": label,
            "url": "/ops" if key == OVERVIEW else f"/ops/{key}",
            "current": key == (current or name),
            "count": counts.get(key),
        }
        for key, label in TABS.items()
    ]
    return render(request, f"ops/{name}.html", {**context, "tabs": tabs}, status=status)


def _flag_line(flag: VoteFlag, names: dict[str, str]) -> FlagLine:
    subject = flag.subject[:12] if flag.cohort in {"voter", "network"} else flag.subject
    model = flag.detail.get("model")
    if model and flag.test == LIFT:
        finding = f"These votes together push {names.get(model, model)} up, beyond chance and taste"
    elif model:
        more = "more" if flag.detail.get("direction") == 1 else "fewer"
        finding = f"{names.get(model, model)} got {more} points than honest votes would give it"
    else:
        finding = "The outcomes are more surprising than honest votes would be"
    return FlagLine(flag, f"{flag.get_cohort_display()} {subject}", finding)


def _cell(day: GateDay, gate: str) -> GateCell:
    refused = day.refused.get(gate, 0)
    return GateCell(day.day.isoformat(), refused, day.sent, day.share(gate), day.is_alarming(gate))
