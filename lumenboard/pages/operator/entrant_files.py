"""How files of an upload come: the form that begins one, with files or without a script's help, and pieces of files."""

from typing import Any, Final

from django import forms
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_POST

from arena.admin.uploads import ACCEPTED
from arena.entrants.lists import ListRefused, read_prompts
from arena.entrants.receive import (
    PIECE_BYTES,
    NotReceived,
    Piece,
    begin_reading,
    receive_file,
    receive_piece,
    start_upload,
)
from arena.images.intake.limits import MIB
from arena.models import Competition, EntrantUpload
from lumenboard.pages.operator.base import for_staff_with
from lumenboard.pages.operator.sent_once import do_once, new_token, sent_before
from providers.models.fields import MODE_CHOICES
from providers.plain_values import whole_number

LONGEST_PROMPTS: Final = 2_000_000
# what Django takes of a form at once
FILES_WITHOUT_SCRIPT: Final = 100


class NewUploadForm(forms.Form):
    """What does not come in files."""

    mode = forms.ChoiceField(choices=MODE_CHOICES, label="Mode")
    prompts = forms.CharField(
        required=False,
        max_length=LONGEST_PROMPTS,
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
        label="New prompts",
        help_text="One a line, a short name before it if you like: fox | A red fox in the snow. Or CSV with the columns"
        " name, prompt, title. Each becomes a draft competition.",
    )

    def __init__(self, competition: Competition | None, data: Any = None) -> None:
        super().__init__(data, label_suffix="")
        if competition is not None:
            del self.fields["mode"], self.fields["prompts"]

    def clean_prompts(self) -> Any:
        try:
            return read_prompts(self.cleaned_data["prompts"])
        except ListRefused as refused:
            raise forms.ValidationError(str(refused)) from None


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff_with("arena.add_entry")
def new(request: HttpRequest) -> HttpResponse:
    """A script begins without files and sends them piece by piece; without one they come with the form."""
    of = request.GET.get("competition", "")
    competition = get_object_or_404(Competition, public_id=of) if of else None
    if request.method != "POST":
        return _form(request, NewUploadForm(competition), competition)
    if before := sent_before(request):
        return JsonResponse({"url": before["Location"]}) if _is_script(request) else before
    form = NewUploadForm(competition, request.POST)
    if not form.is_valid():
        return _refused(request, form, competition)
    try:
        answer = do_once(request, lambda: _begin(request, form, competition))
    except NotReceived as refused:
        # whatever was stored of it is nobody's; rows went with the transaction
        form.add_error(None, str(refused))
        return _refused(request, form, competition)
    return JsonResponse({"url": answer["Location"]}) if _is_script(request) else answer


@require_POST
@for_staff_with("arena.add_entry")
def piece(request: HttpRequest, upload: str) -> HttpResponse:
    """The body is bytes of one file, `at` a place in it; 409 says where it goes on."""
    found = get_object_or_404(EntrantUpload, public_id=upload)
    size, at = (whole_number(request.GET.get(name, "")) for name in ("size", "at"))
    length = whole_number(request.META.get("CONTENT_LENGTH") or "0") or 0
    if size is None or at is None or length > PIECE_BYTES:
        return JsonResponse({"problem": f"A piece has a size, a place, and at most {PIECE_BYTES:,} bytes."}, status=400)
    try:
        there = receive_piece(found.pk, Piece(request.GET.get("name", ""), size, at, request.read(PIECE_BYTES + 1)))
    except NotReceived as refused:
        return JsonResponse({"problem": str(refused), "at": refused.at}, status=409)
    return JsonResponse({"at": there})


@require_POST
@for_staff_with("arena.add_entry")
def read(request: HttpRequest, upload: str) -> HttpResponse:
    """All files are there."""
    found = get_object_or_404(EntrantUpload, public_id=upload)
    try:
        begin_reading(found.pk)
    except NotReceived as refused:
        return JsonResponse({"problem": str(refused)}, status=409)
    if _is_script(request):
        return JsonResponse({"url": found.get_absolute_url()})
    return HttpResponseRedirect(found.get_absolute_url(), status=303)


@transaction.atomic
def _begin(request: HttpRequest, form: NewUploadForm, competition: Competition | None) -> str:
    """Raises NotReceived."""
    upload = start_upload(
        form.cleaned_data.get("mode", ""),
        competition=competition,
        prompts=form.cleaned_data.get("prompts", ()),
        actor=request.user,
    )
    if _is_script(request):
        return upload.get_absolute_url()
    for file in request.FILES.getlist("files"):
        size, name = file.size or 0, str(file.name)
        if size > settings.MAX_UPLOAD_BYTES:
            raise NotReceived(
                f"{name}: larger than {settings.MAX_UPLOAD_BYTES // MIB} MB. Larger ones come in pieces, by a browser "
                "that runs scripts."
            )
        receive_file(upload.pk, name, file, size)
    begin_reading(upload.pk)
    return upload.get_absolute_url()


def _is_script(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")


def _refused(request: HttpRequest, form: NewUploadForm, competition: Competition | None) -> HttpResponse:
    if _is_script(request):
        problems = [str(error) for errors in form.errors.values() for error in errors]
        return JsonResponse({"problem": " ".join(problems)}, status=400)
    return _form(request, form, competition, status=400)


def _form(
    request: HttpRequest, form: NewUploadForm, competition: Competition | None, status: int = 200
) -> HttpResponse:
    context = {
        "form": form,
        "competition": competition,
        "form_token": new_token(),
        "accepted": f"{ACCEPTED},.zip,.csv,.tsv,.txt",
        "picture_mb": settings.MAX_UPLOAD_BYTES // MIB,
        "bulk_mb": settings.MAX_BULK_BYTES // MIB,
        "most_pictures": settings.MAX_BULK_PICTURES,
        "most_files": FILES_WITHOUT_SCRIPT,
        "piece_bytes": PIECE_BYTES,
    }
    return render(request, "ops/new_entrants.html", context, status=status)
