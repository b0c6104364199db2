"""The fields of the filter bar over the list of models: three queries, whatever is chosen."""

from typing import Any

from django.db.models import Count, F, Func, Q, TextField

from lumenboard.facts.listing import SORTS, ModelFilter
from lumenboard.formatting import mode_label
from providers.models import Creator, ImageModel, Provider
from providers.modes import MODES, STATUSES

Option = tuple[str, str]


def filter_fields(chosen: ModelFilter) -> tuple[list[dict[str, Any]], str]:
    """Fields with their choices, and a sentence that says how much there is in all."""
    creators = list(Creator.objects.annotate(n=Count("models")).filter(n__gt=0).order_by("name"))
    enabled = Q(endpoints__is_enabled=True)
    providers = list(Provider.objects.annotate(n=Count("endpoints", filter=enabled)).filter(n__gt=0).order_by("name"))
    words = Func(F("tags"), function="unnest", output_field=TextField())
    tags = list(ImageModel.objects.annotate(word=words).values_list("word", flat=True).distinct().order_by("word"))
    fields = [
        {"name": "q", "label": "Search", "kind": "search", "value": chosen.q, "placeholder": "Name, creator or tag"},
        _select("mode", "Mode", chosen.mode, [(mode, mode_label(mode)) for mode in MODES]),
        _select("creator", "Creator", chosen.creator, [(row.slug, row.name) for row in creators]),
        _select("provider", "Provider", chosen.provider, [(row.slug, row.name) for row in providers]),
        _select("status", "Status", chosen.status, [(status, status.title()) for status in STATUSES]),
        _select("tag", "Tag", chosen.tag, [(tag, tag) for tag in tags]),
        {
            "name": "sort",
            "label": "Order",
            "kind": "select",
            "value": chosen.sort,
            "neutral": "rating",
            "options": list(SORTS.items()),
        },
    ]
    return fields, _totals(
        sum(row.n for row in creators), len(creators), sum(row.n for row in providers), len(providers)
    )


def _select(name: str, label: str, value: str, options: list[Option]) -> dict[str, Any]:
    choices = [("", f"{label}: any"), *options]
    if value and value not in {option for option, _ in options}:
        choices.append((value, value))
    return {"name": name, "label": label, "kind": "select", "value": value, "options": choices}


def _totals(models: int, creators: int, endpoints: int, providers: int) -> str:
    if not models:
        return "No model is in the catalogue yet."
    return (
        f"{models:,} model{'s'[: models != 1]} by {creators:,} creator{'s'[: creators != 1]}, "
        f"sold through {endpoints:,} endpoint{'s'[: endpoints != 1]} of {providers:,} provider{'s'[: providers != 1]}."
    )
