"""Schedules with their history, and a run while it goes and after: its pictures, its money, cancel, retry."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.contrib import messages
from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from arena.generation.plan_generation import plan_schedule
from arena.generation.progress import BudgetMeter, RunProgress, read_meters, read_progress, size_note_of, stage_of
from arena.generation.schedules import NothingToRetry, cancel_run, pause_schedule, retry_generations, run_now
from arena.models import Generation, Run, Schedule
from lumenboard.formatting import count, usd_exact
from lumenboard.pages.base import Paginator
from lumenboard.pages.operator.base import PER_PAGE, CountedPaginator, for_staff, for_staff_with, page_with_tabs
from lumenboard.pages.operator.decisions import Question, decision
from lumenboard.pages.operator.sent_once import do_once, new_token
from providers.plain_values import whole_number

PICTURES_PER_PAGE: Final = 250
# htmx stops asking when it is answered with this.
STOP_POLLING = 286


@dataclass(frozen=True)
class PictureLine:
    """A picture of a run as its tile shows it."""

    picture: Generation
    stage: str
    is_retried: bool
    size_note: str


@require_safe
@for_staff
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """The page; its part in the middle asks for itself until the run is over."""
    return render(request, "ops/run.html", _context(request, _run(pk)))


@require_safe
@for_staff
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The part in the middle alone."""
    context = _context(request, _run(pk))
    is_open = context["progress"].is_open
    return render(request, "ops/run_progress.html", context, status=200 if is_open else STOP_POLLING)


@require_POST
@for_staff_with("arena.add_run")
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    """All failed pictures of the run, or the one that is named."""
    only = whole_number(request.POST.get("generation", ""))
    try:
        made = retry_generations(_run(pk).pk, None if only is None else [only])
        messages.success(request, f"{count(made)} are being sent again." if made > 1 else "It is being sent again.")
    except NothingToRetry as error:
        messages.error(request, f"Not done: {error}.")
    return HttpResponseRedirect(f"/ops/runs/{pk}", status=303)


def _run(pk: int) -> Run:
    runs = Run.objects.select_related("schedule__competition__source_image", "cancelled_by")
    return get_object_or_404(runs, pk=pk)


def _context(request: HttpRequest, run: Run) -> dict[str, Any]:
    progress = read_progress(run)
    page = Paginator(progress.pictures, PICTURES_PER_PAGE).get_page(request.GET.get("page"))
    again = {picture.retry_of_id for picture in progress.pictures}
    return {
        "run": run,
        "competition": run.schedule.competition,
        "progress": progress,
        "lines": [PictureLine(one, stage_of(one), one.pk in again, size_note_of(one)) for one in page],
        "page": page,
        "review_url": _review_url(run, progress),
        "elapsed_ms": progress.elapsed_s(timezone.now()) * 1000,
        "said": _said(progress),
    }


def _review_url(run: Run, progress: RunProgress) -> str:
    competition = run.schedule.competition
    if competition is None:
        return ""
    if run.schedule.kind == "parity" and progress.pictures:
        return f"/ops/parity/{progress.pictures[0].model.slug}/{competition.mode}"
    return f"/ops/competitions/{competition.public_id}"


def _said(progress: RunProgress) -> str:
    """One sentence, which screen readers announce when it changes."""
    counts, total = progress.counts, len(progress.pictures)
    if progress.run.state == "due":
        return "Waiting for a worker to start it."
    if progress.run.state == "refused":
        return progress.run.reason
    parts = [f"{count(counts['done'])} of {count(total)} pictures are there"]
    parts += [f"{count(counts[status])} {word}" for status, word in _OTHERS if counts[status]]
    return ", ".join(parts) + "."


_OTHERS = (("failed", "failed"), ("unknown", "of unknown outcome"), ("cancelled", "cancelled"), ("waiting", "to come"))


def _ask_cancel(run: Run) -> Question:
    progress = read_progress(run)
    text = (
        f"{count(progress.counts['waiting'])} pictures are not done. Those that were not sent are given up and "
        f"their part of {usd_exact(progress.reserved_usd)} is free again; those under way are paid for, so they end "
        "and become entries."
    )
    return Question("Cancel the run", text, "Cancel the run", run.get_absolute_url())


def _cancel(run: Run, _: str, actor: Any) -> str:
    return f"The run is cancelled; {count(cancel_run(run.pk, actor=actor))} pictures will not be made."


cancel = decision("arena.change_run", Run)(_ask_cancel, _cancel)


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
def run_schedule(request: HttpRequest, pk: int) -> HttpResponse:
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
