"""What an operator does to a competition that exists: upload entries, edit it, close it, merge another into it."""

from typing import Any, ClassVar, Final

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_POST

from arena.admin.uploads import UploadForm
from arena.boards.ensure_boards import ensure_boards
from arena.boards.recompute import recompute_boards
from arena.competitions.change_competitions import CannotMerge, close_competitions, merge_competitions
from arena.models import Category, Competition, Entry
from arena.voting.draw_pools import invalidate_contests
from arena.voting.image_padding import invalidate_frames
from lumenboard.pages.operator.base import for_staff_with
from lumenboard.pages.operator.competition import OF_A_STUDY
from providers.models import ImageModel
from providers.sheet import IMAGE_EDIT

# beyond these a competition is named by its id
MOST_CHOICES: Final = 500


class EntryUploadForm(UploadForm):
    """One picture of one model; where it came from is entered in the admin."""

    image_field: ClassVar[str] = "image"
    show = forms.BooleanField(
        required=False,
        label="Let people vote on it at once",
        help_text="Otherwise it is held: nobody but operators sees it until you publish it.",
    )

    class Meta:
        model = Entry
        fields = ("model",)

    def __init__(self, found: Competition, data: Any = None, files: Any = None) -> None:
        super().__init__(data, files, label_suffix="", instance=Entry(competition=found))
        self.fields["upload"].required = True
        self.fields["upload"].label = "Picture"
        self.fields["model"] = forms.ModelChoiceField(ImageModel.objects.filter(modes__contains=[found.mode]))
        self.order_fields(["model", "upload", "show"])

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        self.instance.image = values.get("image")
        self.instance.status = "live" if values.get("show") else "held"
        return values


class ArrangeForm(UploadForm):
    """Title and categories at any time; what the models were asked only while nothing rests on it."""

    image_field: ClassVar[str] = "source_image"

    class Meta:
        model = Competition
        fields = ("title", "prompt", "study", "visibility", "categories")
        widgets: ClassVar[dict[str, Any]] = {
            "prompt": forms.Textarea(attrs={"rows": 4}),
            "categories": forms.CheckboxSelectMultiple(),
        }
        help_texts: ClassVar[dict[str, str]] = {"categories": "The boards it also counts for."}

    def __init__(self, found: Competition, data: Any = None, files: Any = None) -> None:
        super().__init__(data, files, label_suffix="", instance=found)
        categories = self.fields["categories"]
        categories.queryset = Category.objects.filter(mode=found.mode)  # type: ignore[attr-defined]
        if found.entries.exists():
            self.fields["prompt"].disabled = True
            self.fields["prompt"].help_text = "It has entries, so it stays: other words would be another competition."
        if found.mode != IMAGE_EDIT or found.entries.exists():
            del self.fields["upload"]
        else:
            self.fields["upload"].label = "Source picture"

    def clean_upload(self) -> Any:
        return super().clean_upload() if "upload" in self.fields else None

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if values.get("source_image"):
            self.instance.source_image = values["source_image"]
        return values


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff_with("arena.add_entry")
def upload(request: HttpRequest, public_id: str) -> HttpResponse:
    """A picture from the operator's disk becomes an entry; the form comes again for the next one."""
    found = get_object_or_404(Competition, public_id=public_id)
    form = EntryUploadForm(found, *_sent(request))
    if request.method == "POST" and form.is_valid():
        made = form.save()
        invalidate_contests()
        invalidate_frames()
        messages.success(request, f"The picture of {made.model} is {_whereabouts(made)}")
        return HttpResponseRedirect(f"/ops/competitions/{public_id}/upload", status=303)
    return _form(request, found, form, "Upload an entry", "Upload")


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff_with("arena.change_competition")
def arrange(request: HttpRequest, public_id: str) -> HttpResponse:
    """Boards of categories it joins or leaves are computed at once."""
    found = get_object_or_404(Competition, public_id=public_id)
    form = ArrangeForm(found, *_sent(request))
    if request.method == "POST" and form.is_valid():
        before = ensure_boards([found.pk])
        form.save()
        recompute_boards({*before, *ensure_boards([found.pk])})
        invalidate_contests()
        messages.success(request, "The competition is changed.")
        return _back(found)
    return _form(request, found, form, "Edit the competition", "Save")


@require_POST
@for_staff_with("arena.change_competition")
def close(request: HttpRequest, public_id: str) -> HttpResponse:
    """Ends voting and keeps what was voted."""
    found = get_object_or_404(Competition, public_id=public_id)
    if found.study_id:
        messages.error(request, OF_A_STUDY)
        return _back(found)
    close_competitions([found.pk])
    invalidate_contests()
    messages.success(request, "Voting is closed; the votes stay.")
    return _back(found)


class MergeForm(forms.Form):
    """Closed and draft competitions of the same mode can go into this one."""

    gone = forms.ModelChoiceField(
        Competition.objects.none(),
        label="Competition to merge into this one",
        help_text="Its entries, votes and schedules move here; its own page, board and history go. It must be closed, "
        "and ask for the same picture. This one keeps its title and its categories.",
    )

    def __init__(self, found: Competition, data: Any = None) -> None:
        super().__init__(data, label_suffix="")
        others = Competition.objects.filter(mode=found.mode).exclude(pk=found.pk).exclude(status="open")
        self.fields["gone"].queryset = others.order_by("title", "id")  # type: ignore[attr-defined]
        if others.count() > MOST_CHOICES:
            self.fields["gone"].to_field_name = "public_id"  # type: ignore[attr-defined]
            self.fields["gone"].widget = forms.TextInput(attrs={"maxlength": 20, "autocapitalize": "none"})
            self.fields["gone"].label = "Id of the competition to merge into this one"
        self.fields["gone"].label_from_instance = lambda other: f"{other.title} ({other.public_id}, {other.status})"  # type: ignore[attr-defined]


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff_with("arena.delete_competition")
def merge(request: HttpRequest, public_id: str) -> HttpResponse:
    """What cannot be one competition is refused with the reason."""
    found = get_object_or_404(Competition, public_id=public_id)
    form = MergeForm(found, *_sent(request)[:1])
    if request.method == "POST" and form.is_valid():
        gone = form.cleaned_data["gone"]
        try:
            merge_competitions(found.pk, gone.pk)
        except CannotMerge as error:
            form.add_error("gone", f"Not merged: {error}.")
        else:
            messages.success(request, f"“{gone.title}” is part of this competition now.")
            return _back(found)
    return _form(request, found, form, "Merge another competition into this one", "Merge")


def _whereabouts(made: Entry) -> str:
    if made.status == "held":
        return "held: publish it on the competition's page when people may see it."
    if made.competition.status == "open":
        return "live: people can vote on it now."
    return f"live in a {made.competition.status} competition: people vote on it once the competition is open."


def _sent(request: HttpRequest) -> tuple[Any, ...]:
    return (request.POST, request.FILES) if request.method == "POST" else ()


def _back(found: Competition) -> HttpResponse:
    return HttpResponseRedirect(f"/ops/competitions/{found.public_id}", status=303)


def _form(request: HttpRequest, found: Competition, form: forms.BaseForm, title: str, button: str) -> HttpResponse:
    context = {"competition": found, "form": form, "here": title, "button": button}
    return render(request, "ops/arrange.html", context, status=400 if form.errors else 200)
