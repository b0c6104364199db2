"""One competition as its operator sees it: entries to publish or retire, runs, schedules; and making a new one."""

from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from arena.admin.uploads import UploadForm
from arena.boards.ensure_boards import ensure_boards
from arena.competitions.change_competitions import open_competitions, retire_entries, show_entries
from arena.models import Competition, Entry, Run, Schedule
from lumenboard.formatting import count
from lumenboard.pages.base import Page, Paginator
from lumenboard.pages.operator.base import for_staff, for_staff_with
from lumenboard.pages.operator.runs import with_figures
from lumenboard.pages.operator.sent_once import do_once, new_token, sent_before
from providers.models.fields import MODE_CHOICES
from providers.plain_values import numbers_among
from providers.sheet import IMAGE_EDIT, TEXT_TO_IMAGE

PER_PAGE: Final = 60
OF_A_STUDY: Final = "This competition belongs to a study: it is opened and closed with it."
RUNS_SHOWN: Final = 10
SCHEDULES_SHOWN: Final = 25
KINDS: Final = {"live": "active", "held": "preview", "retired": "neutral"}
ORDER: Final = {"held": 0, "live": 1, "retired": 2}


@dataclass(frozen=True)
class EntryLine:
    """An entry with its badge; the strongest is so among its model's."""

    entry: Entry
    kind: str
    is_strongest: bool


class NewCompetitionForm(UploadForm):
    """What a competition needs before models can draw it; an edit needs the picture that all of them edit."""

    image_field = "source_image"
    mode = forms.ChoiceField(choices=MODE_CHOICES, initial=TEXT_TO_IMAGE)

    class Meta:
        model = Competition
        fields = ("title", "mode", "prompt", "visibility", "categories")
        widgets = {"prompt": forms.Textarea(attrs={"rows": 4, "required": True})}
        help_texts = {"prompt": "Sent unchanged to every model.", "categories": "The boards it also counts for."}

    def __init__(self, data: QueryDict | None = None, files: Any = None) -> None:
        super().__init__(data, files, label_suffix="")
        self.fields["prompt"].required = True
        self.fields["upload"].label = "Source picture, for edits"
        self.fields["categories"].widget = forms.CheckboxSelectMultiple(choices=self.fields["categories"].choices)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        is_edit = values.get("mode") == IMAGE_EDIT
        if is_edit and not values.get("upload") and "upload" not in self.errors:
            self.add_error("upload", "An edit needs the picture that every model edits.")
        if not is_edit and values.get("upload"):
            self.add_error("upload", "Only edits have a source picture.")
        wrong = [category.name for category in values.get("categories", ()) if category.mode != values.get("mode")]
        if wrong:
            self.add_error("categories", f"Of another mode: {', '.join(wrong)}.")
        return values


@require_safe
@for_staff
def competition(request: HttpRequest, public_id: str) -> HttpResponse:
    """Held entries first, so that what waits for a decision is seen."""
    found = get_object_or_404(Competition.objects.select_related("source_image"), public_id=public_id)
    entries = list(found.entries.select_related("model", "image", "endpoint"))
    entries.sort(key=lambda entry: (ORDER[entry.status], entry.model.name, entry.pk))
    page = Paginator(entries, PER_PAGE).get_page(request.GET.get("page"))
    strongest = _strongest(entries)
    runs = Run.objects.filter(schedule__competition=found).select_related("schedule__competition")
    context = {
        "competition": found,
        "page": page,
        "entries": [EntryLine(entry, KINDS[entry.status], entry.pk in strongest) for entry in page],
        "held": sum(entry.status == "held" and entry.image_id is not None for entry in entries),
        "schedules": _schedules(found, request.GET.get("schedules")),
        "runs": with_figures(runs)[:RUNS_SHOWN],
        "generate_url": f"/ops/competitions/{found.public_id}/generate",
    }
    return render(request, "ops/competition.html", context)


@require_POST
@for_staff_with("arena.change_entry")
def entries(request: HttpRequest, public_id: str) -> HttpResponse:
    """Publish or retire what is ticked, or publish all that is held."""
    found = get_object_or_404(Competition, public_id=public_id)
    action, ticked = request.POST.get("do"), numbers_among(request.POST.getlist("entry"))
    chosen = found.entries.filter(status="held") if action == "publish-held" else found.entries.filter(pk__in=ticked)
    ids = list(chosen.values_list("pk", flat=True))
    if action == "retire":
        said = f"{count(retire_entries(ids))} retired."
    else:
        said = f"{count(show_entries(ids))} published: people can vote on them."
    messages.success(request, said if ids else "Nothing was ticked.")
    return HttpResponseRedirect(f"/ops/competitions/{found.public_id}", status=303)


@require_POST
@for_staff_with("arena.change_competition")
def open_for_votes(request: HttpRequest, public_id: str) -> HttpResponse:
    """A draft or closed one is open afterwards."""
    found = get_object_or_404(Competition, public_id=public_id)
    if found.study_id:
        messages.error(request, OF_A_STUDY)
        return HttpResponseRedirect(f"/ops/competitions/{found.public_id}", status=303)
    open_competitions([found.pk])
    messages.success(request, "The competition is open for votes.")
    return HttpResponseRedirect(f"/ops/competitions/{found.public_id}", status=303)


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff_with("arena.add_competition")
def new(request: HttpRequest) -> HttpResponse:
    """A draft, which only operators see until it is opened."""
    if request.method != "POST":
        return render(request, "ops/new_competition.html", {"form": NewCompetitionForm(), "form_token": new_token()})
    if before := sent_before(request):
        return before
    form = NewCompetitionForm(request.POST, request.FILES)
    if not form.is_valid():
        return render(request, "ops/new_competition.html", {"form": form, "form_token": new_token()}, status=400)
    return do_once(request, lambda: _make(form))


def _make(form: NewCompetitionForm) -> str:
    form.instance.status, form.instance.source_image = "draft", form.cleaned_data.get("source_image")
    made = form.save()
    ensure_boards([made.pk])
    return f"/ops/competitions/{made.public_id}"


def _schedules(found: Competition, number: str | None) -> Page[Schedule]:
    repeating = found.schedules.exclude(cadence="once").order_by("-created_at", "-id")
    return Paginator(repeating, SCHEDULES_SHOWN).get_page(number)


def _strongest(entries: list[Entry]) -> set[int]:
    """Per model with several voted entries, the one of highest strength."""
    by_model: dict[int, list[Entry]] = {}
    for entry in entries:
        if entry.wins + entry.losses + entry.ties:
            by_model.setdefault(entry.model_id, []).append(entry)
    return {max(group, key=attrgetter("strength")).pk for group in by_model.values() if len(group) > 1}
