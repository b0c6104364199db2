"""Parity boards as their operator sees them: what could be compared, what a run would cost, entries to publish."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from arena.generation.parity_runs import ParityOrder, ParityPlan, plan_parity, start_parity
from arena.generation.start_run import LARGEST_SEED
from arena.models import Competition, ParityBattle, ParityBoard, ParityEntry, ParityScene
from arena.models.schedules import MOST_IMAGES
from arena.parity.entries import retire_parity_entries, show_parity_entries
from lumenboard.formatting import count, usd_exact
from lumenboard.pages.base import Paginator
from lumenboard.pages.operator.base import PER_PAGE, for_staff, for_staff_with, page_with_tabs
from lumenboard.pages.operator.generation_form import SIZES, STATUSES, USUAL_SIZE
from lumenboard.pages.operator.sent_once import do_once, new_token, sent_before
from providers.models import Endpoint, ImageModel
from providers.plain_values import decimal_number, numbers_among, whole_number
from providers.pricing import Size
from providers.sheet import MODES

MOST_PROMPTS: Final = 100
SCENES_PER_PAGE: Final = 25
REPORTS_SHOWN: Final = 25
CHANGED: Final = "Prices or endpoints have changed since you looked. Look at the new cost and confirm again."


class ParityForm(forms.Form):
    """What every endpoint is asked for beside the prompts."""

    seeds = forms.CharField(
        initial="1, 2",
        label="Seeds",
        help_text=f"Commas between, {MOST_IMAGES} at most; every endpoint makes a picture of each prompt and seed.",
    )
    size = forms.ChoiceField(choices=[(size, size.replace("x", " × ")) for size in SIZES], initial=USUAL_SIZE)
    entry_status = forms.ChoiceField(choices=STATUSES, initial="held", label="Entries are")

    def clean_seeds(self) -> tuple[int, ...]:
        words = [word.strip() for word in self.cleaned_data["seeds"].split(",") if word.strip()]
        seeds = [whole_number(word, highest=LARGEST_SEED) for word in words]
        if None in seeds or len(set(seeds)) != len(seeds) or not 0 < len(seeds) <= MOST_IMAGES:
            raise forms.ValidationError(
                f"Allowed are 1 to {MOST_IMAGES} different whole numbers from 0 to {LARGEST_SEED}, separated by commas."
            )
        return tuple(seed for seed in seeds if seed is not None)

    def chosen_size(self) -> Size:
        """Of valid forms."""
        width, height = (int(side) for side in self.cleaned_data["size"].split("x"))
        return Size(width_px=width, height_px=height)


@dataclass(frozen=True)
class Candidate:
    """A model that several enabled endpoints serve in one mode, and its board if it has one."""

    slug: str
    name: str
    mode: str
    endpoints: int
    board: Any

    @property
    def url(self) -> str:
        return f"/ops/parity/{self.slug}/{self.mode}"


@require_safe
@for_staff
def parity(request: HttpRequest) -> HttpResponse:
    """Boards first, then whatever else could have one."""
    page = Paginator(_candidates(), PER_PAGE).get_page(request.GET.get("page"))
    return page_with_tabs(request, "parity", {"page": page})


def _candidates() -> list[Candidate]:
    """Three queries."""
    several: Counter[tuple[int, str]] = Counter(
        (model, mode)
        for model, modes in Endpoint.objects.filter(is_enabled=True).values_list("model_id", "modes")
        for mode in modes
    )
    entries = "scenes__entries"
    boards = ParityBoard.objects.select_related("snapshot").annotate(
        live=Count(entries, filter=Q(scenes__entries__status="live")),
        held=Count(entries, filter=Q(scenes__entries__status="held")),
    )
    known = {(board.model_id, board.mode): board for board in boards}
    wanted = {pair for pair, endpoints in several.items() if endpoints > 1} | set(known)
    names = dict(ImageModel.objects.filter(pk__in={pk for pk, _ in wanted}).values_list("pk", "slug"))
    titles = dict(ImageModel.objects.filter(pk__in=list(names)).values_list("pk", "name"))
    found = [Candidate(names[pk], titles[pk], mode, several[pk, mode], known.get((pk, mode))) for pk, mode in wanted]
    return sorted(found, key=lambda one: (one.board is None, one.name.casefold(), one.mode))


@dataclass(frozen=True)
class ParityDraft:
    """What the address asks for, looked at; `plan` once the form is valid."""

    model: ImageModel
    mode: str
    query: QueryDict
    form: ParityForm
    endpoints: Sequence[Endpoint]
    competitions: Sequence[Competition]
    ticked_endpoints: Sequence[int]
    ticked_competitions: Sequence[str]
    plan: ParityPlan | None

    @property
    def url(self) -> str:
        return f"/ops/parity/{self.model.slug}/{self.mode}"


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff_with("arena.add_run")
def board(request: HttpRequest, slug: str, mode: str) -> HttpResponse:
    """A GET answers the cost of what its address asks for; a POST of the same, with the cost seen, starts it."""
    draft = _look_at(slug, mode, request.POST if request.method == "POST" else request.GET)
    if request.method != "POST":
        return _page(request, draft)
    if before := sent_before(request):
        return before
    if problem := _problem(draft):
        return _page(request, draft, problem)
    return do_once(request, lambda: _start(request, draft))


def _start(request: HttpRequest, draft: ParityDraft) -> str:
    assert draft.plan is not None
    runs = start_parity(draft.plan, actor=request.user)  # type: ignore[arg-type]  # of staff
    if len(runs) == 1:
        return runs[0].get_absolute_url()
    messages.success(request, f"{count(len(runs))} runs are on their way, one for each prompt.")
    return "/ops/schedules"


def _look_at(slug: str, mode: str, query: QueryDict) -> ParityDraft:
    if mode not in MODES:
        raise Http404("There is no such mode.")
    model = get_object_or_404(ImageModel.objects.prefetch_related("endpoints"), slug=slug)
    endpoints = [one for one in model.endpoints.all() if one.is_enabled and mode in one.modes]
    asked = Competition.objects.filter(mode=mode).exclude(status="closed").exclude(prompt="")
    competitions = list(asked.select_related("source_image").order_by("-created_at", "-id")[:MOST_PROMPTS])
    given = {name: query[name] for name in ParityForm.base_fields if name in query}
    initial = {name: field.initial for name, field in ParityForm.base_fields.items()}
    form = ParityForm({**initial, **given}, label_suffix="")
    ticked_endpoints = numbers_among(query.getlist("endpoint"))
    ticked_competitions = query.getlist("competition")
    plan = None
    if form.is_valid() and ticked_endpoints and ticked_competitions:
        order = ParityOrder(
            model=model,
            endpoint_ids=[one.pk for one in endpoints if one.pk in ticked_endpoints],
            competitions=[one for one in competitions if one.public_id in ticked_competitions],
            seeds=form.cleaned_data["seeds"],
            size=form.chosen_size(),
            entry_status=form.cleaned_data["entry_status"],
        )
        plan = plan_parity(order)
    return ParityDraft(
        model, mode, query, form, endpoints, competitions, list(ticked_endpoints), ticked_competitions, plan
    )


def _problem(draft: ParityDraft) -> str:
    """Why it is not started now; empty where it is."""
    if not draft.form.is_valid():
        return "Look at the fields marked below."
    if draft.plan is None:
        return "Choose two endpoints and one prompt at least."
    seen = decimal_number(draft.query.get("confirmed_usd", ""))
    return draft.plan.why_not or ("" if seen == draft.plan.total_usd else CHANGED)


def _page(request: HttpRequest, draft: ParityDraft, problem: str = "") -> HttpResponse:
    plan, known = draft.plan, ParityBoard.objects.filter(model=draft.model, mode=draft.mode).first()
    names = ("endpoint", "competition", *ParityForm.base_fields)
    scenes = ParityScene.objects.filter(board=known).select_related("competition").order_by("-pk")
    scenes = scenes.prefetch_related("entries__image", "entries__endpoint")
    context = {
        "draft": draft,
        "plan": plan,
        "problem": problem,
        "known": known,
        "hidden": [(name, value) for name in names for value in draft.query.getlist(name)],
        "form_token": new_token(),
        "button": f"Generate {count(plan.images)} pictures for {usd_exact(plan.total_usd)}" if plan else "",
        "page": Paginator(scenes, SCENES_PER_PAGE).get_page(request.GET.get("page")),
        "held": _entries(draft).filter(status="held").count(),
        "reports": _reports(known) if known else [],
    }
    return render(request, "ops/parity_board.html", context, status=409 if problem else 200)


def _entries(draft: ParityDraft) -> Any:
    return ParityEntry.objects.filter(scene__board__model=draft.model, scene__board__mode=draft.mode)


def _reports(known: ParityBoard) -> list[ParityBattle]:
    waiting = ParityBattle.objects.filter(scene__board=known, reported_at__isnull=False, settled_at=None)
    sides = [f"{side}_{what}" for side in ("left", "right") for what in ("entry__image", "endpoint")]
    return list(waiting.select_related("scene__competition", *sides).order_by("reported_at")[:REPORTS_SHOWN])


@require_POST
@for_staff_with("arena.change_parityentry")
def entries(request: HttpRequest, slug: str, mode: str) -> HttpResponse:
    """Publish or retire what is ticked, publish all that is held, or settle a reported pair."""
    draft_entries = ParityEntry.objects.filter(scene__board__model__slug=slug, scene__board__mode=mode)
    action, ticked = request.POST.get("do"), numbers_among(request.POST.getlist("entry"))
    if action == "settle":
        battle = whole_number(request.POST.get("battle", ""))
        waiting = ParityBattle.objects.filter(pk=battle or 0, settled_at=None, reported_at__isnull=False)
        said = "The report is settled." if waiting.update(settled_at=timezone.now()) else "It was settled before."
    else:
        chosen = (
            draft_entries.filter(status="held") if action == "publish-held" else draft_entries.filter(pk__in=ticked)
        )
        ids = list(chosen.values_list("pk", flat=True))
        done = retire_parity_entries(ids) if action == "retire" else show_parity_entries(ids)
        said = f"{count(done)} {'retired' if action == 'retire' else 'published'}." if ids else "Nothing was ticked."
    messages.success(request, said)
    return HttpResponseRedirect(f"/ops/parity/{slug}/{mode}", status=303)
