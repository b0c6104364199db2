"""The studies of an account, one study as its members see it, and making and changing it."""

from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_http_methods, require_safe

from arena.boards.ensure_boards import ensure_boards
from arena.boards.recompute import recompute_boards
from arena.models import Competition, Study
from arena.models.visibility import PUBLIC, Viewer
from arena.studies.access import StudyAccess, access_of, studies_of
from arena.studies.people import make_study
from arena.studies.roles import Right
from arena.voting.draw_pools import invalidate_contests
from lumenboard.markdown import render_markdown
from lumenboard.pages.account.parts import account_id, with_account
from lumenboard.pages.base import Page, Paginator
from lumenboard.pages.studies.parts import ADD, ROLE_WORDS, asker_of, may_publish, study_page, tabs

PER_PAGE: Final = 25
# who chooses them decides who sees results
SHOWING: Final = ("visibility", "status")
STATUS_KINDS: Final = {"draft": "preview", "open": "active", "closed": "neutral"}


class StudyForm(forms.ModelForm):
    """Words, and for who manages people also who may see them: everybody where `may_publish`, for votes of a public
    study count on the site's boards."""

    class Meta:
        model = Study
        fields = ("title", "question", "instructions", "visibility", "status")
        widgets = {"instructions": forms.Textarea(attrs={"rows": 8})}
        help_texts = {
            "question": "One sentence, shown above each pair: which picture would you rather put on the poster?",
            "instructions": "In Markdown, shown before the first pair.",
            "visibility": "Who may read question and instructions once the study is no draft. Members see them always.",
            "status": "A draft is seen by its owners and editors, and by operators.",
        }

    def __init__(self, *args: Any, may_show: bool, may_publish: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        self.label_suffix = ""
        if not may_show:
            for name in SHOWING:
                del self.fields[name]
        elif not may_publish and self.initial.get("visibility") != PUBLIC:
            field: Any = self.fields["visibility"]
            field.choices = [choice for choice in field.choices if choice[0] != PUBLIC]
            field.help_text += " Showing it to everybody is an operator's choice."

    def save_changes(self) -> None:
        """What was changed and no more: somebody else may have changed the rest meanwhile."""
        self.save(commit=False).save(update_fields=self.changed_data)


@with_account
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Those the account belongs to; an operator's list holds all."""
    asker = asker_of(request)
    page = Paginator(studies_of(asker), PER_PAGE).get_page(request.GET.get("page"))
    lines = [{"access": access_of(study, asker), "kind": STATUS_KINDS[study.status]} for study in page]
    return render(request, "studies/list.html", {"page": page, "lines": lines, "may_add": request.user.has_perm(ADD)})


@study_page(Right.SEE)
@require_safe
def study(request: HttpRequest, access: StudyAccess) -> HttpResponse:
    """Question and instructions, and what the reader may do."""
    found = access.study
    context = {
        "study": found,
        "access": access,
        "kind": STATUS_KINDS[found.status],
        "instructions": mark_safe(render_markdown(found.instructions)),  # noqa: S308  # cleaned
        "tabs": tabs(access, "Study"),
        "role_words": ROLE_WORDS.get(access.role, ""),
        "page": _competitions(request, access) if access.may(Right.RESULTS) else None,
    }
    return render(request, "studies/study.html", context)


def _competitions(request: HttpRequest, access: StudyAccess) -> Page[Competition]:
    seen = Competition.objects.visible_to(Viewer(studies=frozenset({access.study.pk})))
    return Paginator(seen.filter(study=access.study).order_by("title", "id"), PER_PAGE).get_page(
        request.GET.get("page")
    )


@with_account
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """For operators with the permission, who own what they make."""
    if not request.user.has_perm(ADD):
        raise Http404
    form = StudyForm(_sent(request), may_show=True, may_publish=may_publish(request))
    if form.is_valid():
        made = make_study(form.save(commit=False), account_id(request))
        return HttpResponseRedirect(f"{made.get_absolute_url()}/people", status=303)
    return _form(request, form, "Make a study", "/studies")


@study_page(Right.EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, access: StudyAccess) -> HttpResponse:
    """The same form. Boards of its competitions are computed at once where others see them from now on, or no more."""
    found = access.study
    may_show = access.may(Right.PEOPLE)
    form = StudyForm(_sent(request), instance=found, may_show=may_show, may_publish=may_publish(request))
    if form.is_valid():
        form.save_changes()
        if {*SHOWING} & {*form.changed_data}:
            recompute_boards(ensure_boards(list(found.competitions.values_list("pk", flat=True))))
        invalidate_contests()
        messages.success(request, "The study is changed.")
        return HttpResponseRedirect(found.get_absolute_url(), status=303)
    return _form(request, form, "Change the study", found.get_absolute_url(), tabs=tabs(access, "Change"))


def _sent(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _form(request: HttpRequest, form: StudyForm, title: str, back: str, **more: Any) -> HttpResponse:
    context = {"form": form, "title": title, "back": back, **more}
    return render(request, "studies/form.html", context, status=400 if request.method == "POST" else 200)
