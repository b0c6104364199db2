"""Entrants in bulk: an upload begun, what it would become, what is asked about it, applied, undone. Its files come by
entrant_files."""

from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from arena.entrants.apply_upload import CannotApply, begin_apply
from arena.entrants.matching import NEW, Known, Match
from arena.entrants.plan_upload import Line, UploadPlan, find_missing, plan_upload
from arena.entrants.rights import EntrantRights, rights_of
from arena.entrants.run_apply import delete_upload
from arena.entrants.undo_upload import CannotUndo, undo_upload
from arena.models import EntrantUpload
from arena.models.uploads import FOLDER_KINDS, WORKED_ON
from lumenboard.formatting import count
from lumenboard.pages.base import Paginator
from lumenboard.pages.operator.base import PER_PAGE, for_staff, for_staff_with, page_with_tabs

PICTURES_SHOWN: Final = 60
QUESTIONS_SHOWN: Final = 100
LISTED: Final = 40
CHOICES: Final = 100
KINDS: Final = {
    "receiving": "neutral",
    "reading": "active",
    "read": "preview",
    "applying": "active",
    "applied": "active",
    "refused": "neutral",
    "undone": "neutral",
}


@dataclass(frozen=True)
class Asked:
    """A name of files that somebody has to, or may, say something about."""

    field: str
    match: Match
    pictures: int
    choices: tuple[Known, ...]


@require_safe
@for_staff
def uploads(request: HttpRequest) -> HttpResponse:
    """Newest first."""
    rows = EntrantUpload.objects.select_related("actor", "key", "competition")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    lines = [{"upload": one, "kind": KINDS[one.status]} for one in page]
    return page_with_tabs(request, "entrants", {"page": page, "lines": lines})


@require_safe
@for_staff
def upload(request: HttpRequest, upload: str) -> HttpResponse:
    """What has come so far, or what it would become, or what it became."""
    return render(request, "ops/upload.html", _context(request, _upload(upload)))


@require_safe
@for_staff
def progress(request: HttpRequest, upload: str) -> HttpResponse:
    """How far a worker is; the whole page comes anew once it has ended."""
    found = _upload(upload)
    answer = render(request, "ops/upload_progress.html", {"upload": found, "share": _share(found)})
    if found.status not in WORKED_ON:
        answer["HX-Refresh"] = "true"
    return answer


@require_POST
@for_staff_with("arena.add_entry")
def decide(request: HttpRequest, upload: str) -> HttpResponse:
    """What names mean, and whether folders are models or prompts."""
    found = _upload(upload)
    if found.status != "read":
        return _back(found)
    plan = plan_upload(found, makes_models=_rights(request).makes_models)
    decisions = {kind: dict(found.decisions.get(kind, {})) for kind in ("models", "prompts")}
    for kind, matches in (("models", plan.models), ("prompts", plan.prompts)):
        for match in matches:
            said = request.POST.get(f"{kind}:{match.form}", "")
            if request.POST.get("all") == kind and match.is_open:
                said = NEW
            if said:
                decisions[kind][match.form] = said[:20]
    found.decisions = decisions
    found.folders = request.POST.get("folders", "") if request.POST.get("folders") in dict(FOLDER_KINDS) else ""
    found.save(update_fields=["decisions", "folders", "touched_at"])
    return _back(found)


@require_POST
@for_staff_with("arena.add_entry")
def apply(request: HttpRequest, upload: str) -> HttpResponse:
    """From here on a worker makes entries of it."""
    found = _upload(upload)
    try:
        begin_apply(
            found.pk,
            _rights(request),
            without_faulty="without_faulty" in request.POST,
            is_live="is_live" in request.POST,
        )
    except CannotApply as error:
        context = _context(request, found) | {"refused": str(error)}
        return render(request, "ops/upload.html", context, status=400)
    return _back(found)


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff_with("arena.delete_entry")
def undo(request: HttpRequest, upload: str) -> HttpResponse:
    """Asked first; all or nothing."""
    found = _upload(upload)
    error = ""
    if request.method == "POST":
        try:
            undone = undo_upload(found.pk)
        except CannotUndo as refused:
            error = str(refused)
        else:
            stayed = f" {count(undone.stayed)} of what it made stay, for something else rests on them." * bool(
                undone.stayed
            )
            messages.success(
                request,
                f"Undone: {count(undone.entries)} entries, {count(undone.competitions)} competitions and "
                f"{count(undone.models)} models went.{stayed}",
            )
            return _back(found)
    question = {
        "title": "Undo the upload",
        "text": "All entries it made go, with the competitions and models it made where nothing else rests on them. "
        "Once people have voted on one of its pictures it cannot be undone.",
        "button": "Undo the upload",
        "back": found.get_absolute_url(),
    }
    return render(request, "ops/confirm.html", {"question": question, "error": error}, status=400 if error else 200)


@require_POST
@for_staff_with("arena.add_entry")
def delete(request: HttpRequest, upload: str) -> HttpResponse:
    """Files and what was read of them; entries of an applied one stay."""
    delete_upload(_upload(upload).pk)
    messages.success(request, "The upload is deleted.")
    return HttpResponseRedirect("/ops/entrants", status=303)


def _upload(public_id: str) -> EntrantUpload:
    return get_object_or_404(EntrantUpload.objects.select_related("competition", "actor", "key"), public_id=public_id)


def _rights(request: HttpRequest) -> EntrantRights:
    return rights_of(request.user)


def _back(found: EntrantUpload) -> HttpResponse:
    return HttpResponseRedirect(found.get_absolute_url(), status=303)


def _share(found: EntrantUpload) -> float:
    return found.done / found.total if found.total else 0.0


def _context(request: HttpRequest, found: EntrantUpload) -> dict[str, Any]:
    rights = _rights(request)
    context: dict[str, Any] = {
        "upload": found,
        "kind": KINDS[found.status],
        "share": _share(found),
        "rights": rights,
        "is_worked_on": found.status in WORKED_ON,
    }
    if found.status == "read":
        context |= _preview(request, found, plan_upload(found, makes_models=rights.makes_models))
    elif found.status == "receiving":
        context["files"] = list(found.files.all()[:LISTED])
        context["more_files"] = max(0, found.files.count() - LISTED)
    elif found.status == "applied":
        context |= _outcome(request, found)
    return context


def _preview(request: HttpRequest, found: EntrantUpload, plan: UploadPlan) -> dict[str, Any]:
    asked, missing = _questions(found, plan), find_missing(plan, LISTED)
    page = Paginator(_ordered(plan), PICTURES_SHOWN).get_page(request.GET.get("page"))
    return {
        "plan": plan,
        "page": page,
        "lines": list(page),
        "asked": asked[:QUESTIONS_SHOWN],
        "more_asked": max(0, len(asked) - QUESTIONS_SHOWN),
        "open_prompts": sum(one.is_open for one in plan.prompts if one.label),
        "faulty": plan.faulty[:LISTED],
        "more_faulty": max(0, len(plan.faulty) - LISTED),
        "missing": missing,
        "more_missing": missing.count - len(missing.first),
        "folder_kinds": FOLDER_KINDS[1:],
        "has_folders": any(line.picture.first and not line.picture.is_stated for line in plan.lines),
        "folders_are": "models" if plan.folders_are_models else "prompts",
    }


def _ordered(plan: UploadPlan) -> list[Line]:
    """What needs a look first."""
    return sorted(
        plan.lines, key=lambda line: (not line.fault, not line.is_asked, line.is_left_out, line.picture.place)
    )


def _questions(found: EntrantUpload, plan: UploadPlan) -> list[Asked]:
    """Of names that are not plainly something that is there; open ones first."""
    made = []
    for kind, matches in (("prompts", plan.prompts), ("models", plan.models)):
        decided = found.decisions.get(kind, {})
        seen = set()
        pictures = Counter(getattr(line, kind[:-1]).label for line in plan.lines)
        by_form: Counter[str] = Counter()
        for match in matches:
            by_form[match.form] += pictures[match.label]
        for match in matches:
            if (match.kind == "known" and match.form not in decided) or match.form in seen:
                continue
            seen.add(match.form)
            offered = {one.key: one for one in (*match.options, *(plan.typed if kind == "prompts" else ()))}
            if match.kind == "known":
                offered.setdefault(match.key, Known(match.key, match.title))
            made.append(Asked(f"{kind}:{match.form}", match, by_form[match.form], tuple(offered.values())[:CHOICES]))
    return sorted(made, key=lambda one: not one.match.is_open)


def _outcome(request: HttpRequest, found: EntrantUpload) -> dict[str, Any]:
    made = found.pictures.exclude(entry=None).select_related("entry__model", "entry__competition", "image")
    page = Paginator(made.order_by("place"), PICTURES_SHOWN).get_page(request.GET.get("page"))
    competitions = {one.entry.competition for one in page if one.entry}
    return {
        "page": page,
        "made": list(page),
        "entries": page.paginator.count,
        "competitions": sorted(competitions, key=lambda one: one.title)[:LISTED],
        "gone": list(found.pictures.exclude(model_key="").exclude(problem="")[:LISTED]),
    }
