"""The list of models, and the filter bar over it: three queries for its fields, whatever is chosen."""

from typing import Any

from django.db.models import Count, F, Func, Q, TextField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from arena.models.competitions import public_models
from lumenboard.facts.listing import SORTS, ModelFilter, ordered_ids, read_filter, summaries
from lumenboard.formatting import mode_label
from lumenboard.pages.base import Paginator, select_field
from providers.models import Creator, Provider
from providers.sheet import MODES, STATUSES

PER_PAGE = 25
ORDER_WORDS = {
    "rating": "highest rated first",
    "price": "lowest price first",
    "name": "by name",
    "newest": "newest first",
}


@require_safe
def model_list(request: HttpRequest) -> HttpResponse:
    """Models by filter and order; the answer is the whole page, htmx takes the results out of it."""
    chosen = read_filter(request.GET)
    page = Paginator(ordered_ids(chosen), PER_PAGE).get_page(request.GET.get("page"))
    fields, totals = filter_fields(chosen)
    context = {
        "fields": fields,
        "lede": totals,
        "page": page,
        "models": summaries(list(page.object_list), chosen),
        "is_narrowed": chosen.is_narrowed,
        "rating_mode": chosen.rating_mode,
        "order": ORDER_WORDS[chosen.sort],
    }
    return render(request, "models/list.html", context)


def filter_fields(chosen: ModelFilter) -> tuple[list[dict[str, Any]], str]:
    """Fields with their choices, and a sentence that says how much there is in all."""
    listed = Count("models", filter=Q(models__in=public_models()))
    creators = list(Creator.objects.annotate(n=listed).filter(n__gt=0).order_by("name"))
    enabled = Q(endpoints__is_enabled=True)
    providers = list(Provider.objects.annotate(n=Count("endpoints", filter=enabled)).filter(n__gt=0).order_by("name"))
    words = Func(F("tags"), function="unnest", output_field=TextField())
    tags = list(public_models().annotate(word=words).values_list("word", flat=True).distinct().order_by("word"))
    fields = [
        {"name": "q", "label": "Search", "kind": "search", "value": chosen.q, "placeholder": "Name, creator or tag"},
        select_field("mode", "Mode", chosen.mode, [(mode, mode_label(mode)) for mode in MODES], unset="any"),
        select_field("creator", "Creator", chosen.creator, [(row.slug, row.name) for row in creators], unset="any"),
        select_field("provider", "Provider", chosen.provider, [(row.slug, row.name) for row in providers], unset="any"),
        select_field("status", "Status", chosen.status, [(status, status.title()) for status in STATUSES], unset="any"),
        select_field("tag", "Tag", chosen.tag, [(tag, tag) for tag in tags], unset="any"),
        select_field("sort", "Order", chosen.sort, SORTS.items(), neutral="rating"),
    ]
    return fields, _totals(
        sum(row.n for row in creators), len(creators), sum(row.n for row in providers), len(providers)
    )


def _totals(models: int, creators: int, endpoints: int, providers: int) -> str:
    if not models:
        return "No model is in the catalogue yet."
    return (
        f"{models:,} model{'s'[: models != 1]} by {creators:,} creator{'s'[: creators != 1]}, "
        f"sold through {endpoints:,} endpoint{'s'[: endpoints != 1]} of {providers:,} provider{'s'[: providers != 1]}."
    )
