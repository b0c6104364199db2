"""A run while it goes and after: its pictures as they arrive, its money, cancel, retry; and the run history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from arena.generation.change_run import NothingToRetry, cancel_run, retry_generations
from arena.generation.run_progress import RunProgress, read_progress, size_note_of, stage_of
from arena.models import Generation, Run
from lumenboard.formatting import count, usd_exact
from lumenboard.pages.base import Paginator
from lumenboard.pages.operator.base import for_staff, for_staff_with
from lumenboard.pages.operator.decisions import Question, decision
from providers.plain_values import whole_number

PER_PAGE: Final = 250
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
    page = Paginator(progress.pictures, PER_PAGE).get_page(request.GET.get("page"))
    again = {picture.retry_of_id for picture in progress.pictures}
    return {
        "run": run,
        "competition": run.schedule.competition,
        "progress": progress,
        "lines": [PictureLine(one, stage_of(one), one.pk in again, size_note_of(one)) for one in page],
        "page": page,
        "elapsed_ms": progress.elapsed_s(timezone.now()) * 1000,
        "said": _said(progress),
    }


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
