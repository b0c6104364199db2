"""Schedules: all of them with what comes next, and one with its runs and what they cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.contrib import messages
from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST, require_safe

from arena.generation.budget_meter import BudgetMeter, read_meters
from arena.generation.plan_generation import plan_schedule
from arena.generation.set_schedule import pause_schedule, run_now
from arena.models import Generation, Run, Schedule
from lumenboard.pages.base import Paginator
from lumenboard.pages.operator.base import CountedPaginator, for_staff, for_staff_with, page_with_tabs
from lumenboard.pages.operator.sent_once import do_once, new_token

PER_PAGE: Final = 25


@dataclass(frozen=True)
class ScheduleLine:
    """A schedule with its newest run and its budgets."""

    schedule: Schedule
    last: Run | None
    meters: Sequence[BudgetMeter]


@dataclass(frozen=True)
class EntrantLine:
    """A model that takes part; `note` says why it cannot, or what it gives in place of what is asked for."""

    name: str
    endpoint: str
    note: str


@require_safe
@for_staff
def schedules(request: HttpRequest) -> HttpResponse:
    """Repeating ones and the probe; what was started once stands with its competition and among the runs."""
    newest = Prefetch("runs", Run.objects.order_by("schedule_id", "-due_at").distinct("schedule_id"), to_attr="newest")
    found = Schedule.objects.exclude(cadence="once").order_by("-created_at", "-id")
    found = found.select_related("competition").prefetch_related(newest)
    page = Paginator(found.annotate(models=Count("entrants", distinct=True)), PER_PAGE).get_page(
        request.GET.get("page")
    )
    meters = read_meters([("site", ""), *(("schedule", one.budget_subject) for one in page)])
    lines = [
        ScheduleLine(one, next(iter(one.newest), None), meters.get(("schedule", one.budget_subject), []))
        for one in page
    ]
    runs = with_figures(Run.objects.select_related("schedule__competition"))[:10]
    return page_with_tabs(
        request, "schedules", {"page": page, "lines": lines, "site": meters["site", ""], "runs": runs}
    )


@require_safe
@for_staff
def schedule(request: HttpRequest, pk: int) -> HttpResponse:
    """One with every run it had."""
    known = Schedule.objects.select_related("competition__source_image", "created_by").annotate(**_SUMS)
    found: Any = get_object_or_404(known, pk=pk)
    runs = with_figures(found.runs.select_related("schedule__competition"))
    context = {
        "schedule": found,
        "form_token": new_token(),
        "entrants": _entrants(found) if found.competition else [],
        "page": CountedPaginator(runs, PER_PAGE, found.run_count).get_page(request.GET.get("page")),
        "meters": read_meters([("schedule", found.budget_subject)]).get(("schedule", found.budget_subject), []),
        "spent": found.spent_usd or Decimal(0),
    }
    return page_with_tabs(request, "schedule", context, current="schedules")


@require_POST
@for_staff_with("arena.change_schedule")
def pause(request: HttpRequest, pk: int) -> HttpResponse:
    """Or let it go on, as the form says."""
    found = get_object_or_404(Schedule, pk=pk)
    is_paused = request.POST.get("paused") == "1"
    pause_schedule(found.pk, is_paused=is_paused)
    messages.success(request, "The schedule is paused." if is_paused else "The schedule goes on.")
    return HttpResponseRedirect(found.get_absolute_url(), status=303)


@require_POST
@for_staff_with("arena.add_run")
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """Once more, now, within its budget."""
    found = get_object_or_404(Schedule, pk=pk)
    return do_once(request, lambda: run_now(found.pk).get_absolute_url())


def _entrants(schedule: Schedule) -> list[EntrantLine]:
    """Each model as the next run would call it."""
    return [
        EntrantLine(
            name=line.entrant.model_name,
            endpoint=line.offer.endpoint.key if line.offer and line.entrant.endpoint_id else "best endpoint",
            note=line.why_not or (line.offer.size_note if line.offer else ""),
        )
        for line in plan_schedule(schedule).lines
    ]


def _sum_of(rows: QuerySet[Any], column: str, figure: Any) -> Subquery:
    return Subquery(rows.order_by().values(column).annotate(figure=figure).values("figure"))


_RUNS: Final = Run.objects.filter(schedule=OuterRef("pk"))
_GENERATIONS: Final = Generation.objects.filter(run__schedule=OuterRef("pk"))
_SUMS: Final[dict[str, Any]] = {
    "run_count": Coalesce(_sum_of(_RUNS, "schedule", Count("pk")), 0),
    "spent_usd": _sum_of(_GENERATIONS, "run__schedule", Sum("intent__cost_usd")),
}


def with_figures(runs: QuerySet[Run]) -> QuerySet[Any]:
    """Runs with `done`, `failed`, `asked` and `cost_usd`."""
    return runs.order_by("-due_at", "-id").annotate(
        asked=Count("generations", distinct=True),
        done=Count("generations", filter=Q(generations__status="done"), distinct=True),
        failed=Count("generations", filter=Q(generations__status__in=("failed", "unknown")), distinct=True),
        cost_usd=Sum("generations__intent__cost_usd"),
    )
