"""Generating entries: who, what it would cost, and the button; with times and a budget the same makes a schedule."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods

from arena.generation.plan_generation import Line, Plan, competition_request, make_plan, read_offers
from arena.generation.schedules import ScheduleSheet, generate_once, set_schedule
from arena.models import Competition, Schedule
from lumenboard.formatting import count, usd_exact
from lumenboard.pages.operator.base import for_staff_with
from lumenboard.pages.operator.generation_form import (
    GenerationForm,
    ModelChoice,
    ScheduleForm,
    initial_of,
    requested_entrants,
)
from lumenboard.pages.operator.sent_once import do_once, new_token, sent_before
from providers.models import BudgetCap
from providers.plain_values import decimal_number, whole_number
from providers.planning.offers import EndpointOffer
from providers.pricing import Size

MOST_LINES: Final = 250
STANDARD: Final = Size(width_px=1024, height_px=1024)
CHANGED: Final = "Prices or endpoints have changed since you looked. Look at the new cost and confirm again."
INCOMPLETE: Final = "Some of what you chose cannot be started. Leave it out first."


@dataclass(frozen=True)
class GenerationDraft:
    """What the address asks for, looked at: form, choices, and the plan once the form is valid."""

    competition: Competition
    query: QueryDict
    form: GenerationForm
    choices: list[ModelChoice]
    plan: Plan | None
    size: Size

    @property
    def can_start(self) -> bool:
        return bool(self.plan and self.plan.startable and not self.plan.left_out)


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff_with("arena.add_run")
def generate(request: HttpRequest, public_id: str) -> HttpResponse:
    """A GET answers the cost of what its address asks for; a POST of the same, with the cost seen, starts it."""
    competition = _competition(public_id)
    query = request.POST if request.method == "POST" else request.GET
    draft = look_at(competition, query, GenerationForm)
    if request.method != "POST":
        return _page(request, draft)
    if before := sent_before(request):
        return before
    if problem := _problem(draft):
        return _page(request, draft, problem)
    assert draft.plan is not None
    sheet = _sheet(draft, usd_per_day=draft.plan.total_usd)
    return do_once(request, lambda: generate_once(sheet, actor=request.user).get_absolute_url())  # type: ignore[arg-type]


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff_with("arena.add_run")
def schedule(request: HttpRequest, public_id: str, pk: int | None = None) -> HttpResponse:
    """A new schedule of the competition, or the one of that number anew."""
    competition = _competition(public_id)
    saved = get_object_or_404(Schedule, pk=pk, competition=competition, kind="generate") if pk else None
    query: QueryDict = request.POST if request.method == "POST" else request.GET
    if saved and not query:
        query = _query_of(saved)
    draft = look_at(competition, query, ScheduleForm)
    if request.method != "POST":
        return _page(request, draft, saved=saved, scheduling=True)
    if before := sent_before(request):
        return before
    if problem := _problem(draft, confirmed=False):
        return _page(request, draft, problem, saved=saved, scheduling=True)
    return do_once(request, lambda: _save(request, draft, pk))


def _save(request: HttpRequest, draft: GenerationDraft, pk: int | None) -> str:
    saved = set_schedule(_sheet(draft, **_times(draft)), actor=request.user, schedule_id=pk)  # type: ignore[arg-type]
    messages.success(request, "The schedule is saved.")
    return saved.get_absolute_url()


def look_at(competition: Competition, query: QueryDict, form_class: type[GenerationForm]) -> GenerationDraft:
    """The address as values; an empty one is the form as it comes."""
    given = {name: query[name] for name in form_class.base_fields if name in query}
    initial = {name: field.initial for name, field in form_class.base_fields.items() if field.initial is not None}
    form = form_class({**initial, **given}, label_suffix="")
    is_valid = form.is_valid()
    size = form.chosen_size() if "size" in form.cleaned_data else STANDARD
    offers = read_offers(competition_request(competition, size, {}))
    choices = _choices(competition, offers, query)
    entrants = requested_entrants(query, {choice.model_id: choice.name for choice in choices})
    # Money and times may be missing still while the cost is looked at.
    plannable = is_valid or not {"size", "images", "seeds"} & set(form.errors)
    plan = make_plan(entrants, offers, images=form.cleaned_data["images"]) if plannable else None
    if not given and not entrants:
        form = form_class(initial=initial, label_suffix="")
    return GenerationDraft(competition, query, form, choices, plan, size)


def _competition(public_id: str) -> Competition:
    return get_object_or_404(Competition.objects.select_related("source_image"), public_id=public_id)


def _choices(
    competition: Competition, offers: Mapping[int, Sequence[EndpointOffer]], query: QueryDict
) -> list[ModelChoice]:
    """Every model with an endpoint in the mode, those that can be started first."""
    models = sorted((found[0].model for found in offers.values()), key=lambda model: model.sheet.name.casefold())
    entries = dict(competition.entries.values_list("model").annotate(n=Count("id")).order_by())
    entrants = {
        entrant.model_id: entrant
        for entrant in requested_entrants(query, {model.id: model.sheet.name for model in models})
    }
    choices = [
        ModelChoice(
            model_id=model.id,
            name=model.sheet.name,
            creator=model.sheet.creator.name,
            offers=offers[model.id],
            ticked=model.id in entrants or "all" in query,
            endpoint_id=entrants[model.id].endpoint_id if model.id in entrants else None,
            entries=entries.get(model.id, 0),
        )
        for model in models
    ]
    return sorted(choices, key=lambda choice: bool(choice.why_not))


def _problem(draft: GenerationDraft, *, confirmed: bool = True) -> str:
    """Why it is not started now; empty where it is."""
    if not draft.form.is_valid() or draft.plan is None:
        return "Look at the fields marked below."
    if not draft.plan.lines:
        return "Choose at least one model."
    if draft.plan.left_out:
        return INCOMPLETE
    return CHANGED if confirmed and _seen(draft.query) != draft.plan.total_usd else ""


def _seen(query: QueryDict) -> Decimal | None:
    return decimal_number(query.get("confirmed_usd", ""))


def _sheet(draft: GenerationDraft, **more: Any) -> ScheduleSheet:
    assert draft.plan is not None
    values = draft.form.cleaned_data
    return ScheduleSheet(
        competition_id=draft.competition.pk,
        entrants=[line.entrant for line in draft.plan.lines],
        size=draft.form.chosen_size(),
        images=values["images"],
        seeds=values["seeds"],
        entry_status=values["entry_status"],
        **more,
    )


def _times(draft: GenerationDraft) -> dict[str, Any]:
    names = ("cadence", "cron", "first_at", "usd_per_day", "usd_per_hour")
    return {name: draft.form.cleaned_data[name] for name in names}


def _query_of(saved: Schedule) -> QueryDict:
    cap = BudgetCap.objects.filter(scope="schedule", subject=saved.budget_subject).first()
    query = QueryDict(mutable=True)
    query.update(initial_of(saved, cap.usd_per_day if cap else None, cap.usd_per_hour if cap else None))
    for entrant in saved.entrants.all():
        query.appendlist("model", str(entrant.model_id))
        query[f"endpoint-{entrant.model_id}"] = str(entrant.endpoint_id or "")
    return query


def _page(
    request: HttpRequest,
    draft: GenerationDraft,
    problem: str = "",
    *,
    saved: Schedule | None = None,
    scheduling: bool = False,
) -> HttpResponse:
    plan = draft.plan
    hidden = [(name, value) for name, values in draft.query.lists() for value in values if _is_ours(name, value)]
    able = {line.entrant.model_id for line in plan.startable} if plan else set()
    without = urlencode([(name, value) for name, value in hidden if name != "model" or whole_number(value) in able])
    context = {
        "draft": draft,
        "competition": draft.competition,
        "problem": problem,
        "saved": saved,
        "scheduling": scheduling,
        "heading": ("Change the schedule" if saved else "New schedule") if scheduling else "Generate entries",
        "hidden": hidden,
        "form_token": new_token(),
        "lines": _shown_lines(plan) if plan else (),
        "without": without,
        "button": f"Generate {count(plan.images)} pictures for {usd_exact(plan.total_usd)}" if plan else "",
    }
    return render(request, "ops/generate.html", context, status=409 if problem else 200)


def _shown_lines(plan: Plan) -> tuple[Line, ...]:
    """All, or of very many the first, those that cannot be started before the others."""
    return plan.lines if len(plan.lines) <= MOST_LINES else (*plan.left_out, *plan.startable)[:MOST_LINES]


def _is_ours(name: str, value: str) -> bool:
    """Without the endpoint of a model that is left to the planner."""
    return name == "model" or bool(value and name.startswith("endpoint-")) or name in ScheduleForm.base_fields
