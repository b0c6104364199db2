"""The list of providers and the page of each."""

from collections import Counter
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lumenboard.facts.providers import ProviderFacts, SoldEndpoint, list_providers, part_of, provider_facts
from lumenboard.facts.rows import near_providers
from lumenboard.formatting import mode_label, price_text, usd
from lumenboard.pages.base import Paginator
from lumenboard.pages.models.provider_health import provider_health, provider_incidents
from lumenboard.pages.models.sections import performance_note, shown_size
from providers.pricing import Cost

PER_PAGE = 250


@require_safe
def provider_list(request: HttpRequest) -> HttpResponse:
    """Every provider with how much it sells."""
    providers = list_providers()
    endpoints = sum(len(facts.endpoints) for facts in providers)
    models = {endpoint.model for facts in providers for endpoint in facts.endpoints}
    lede = f"{len(providers)} providers offer {len(models)} models through {endpoints} endpoints."
    health = provider_health()
    rows = [{**_row(facts), "health": health.get(facts.slug)} for facts in providers]
    context = {"providers": rows, "lede": lede if providers else ""}
    return render(request, "providers/list.html", context)


@require_safe
def provider_page(request: HttpRequest, slug: str) -> HttpResponse:
    """One provider: what it sells, at what price, and how fast it is said to be."""
    facts = provider_facts(slug)
    if facts is None:
        missing = {"slug": slug, "near": near_providers(slug)}
        return render(request, "providers/missing.html", missing, status=404)
    shared = _shared_notes(facts)
    page = Paginator(facts.endpoints, PER_PAGE).get_page(request.GET.get("page"))
    shown = part_of(facts, (page.number - 1) * PER_PAGE, PER_PAGE)
    context: dict[str, Any] = {
        "facts": facts,
        "lede": _lede(facts),
        "crumbs": [{"label": "Providers", "url": "/providers"}],
        "badges": [{"kind": "demo", "text": "demo"}] if facts.is_demo else [],
        "health": provider_health(slug).get(slug),
        "incidents": provider_incidents(slug),
        "shared_notes": shared,
        "endpoints": [_endpoint(row, shown_size(facts.price_size), shared) for row in shown.endpoints],
        "page": page,
        "performance": [(row.model.name, row.model_path, row.figures) for row in shown.performance],
        "performance_note": performance_note([row.figures for row in shown.performance]),
    }
    return render(request, "providers/page.html", context)


def _row(facts: ProviderFacts) -> dict[str, Any]:
    return {
        "name": facts.name,
        "url": facts.path,
        "detail": ", ".join(mode_label(mode) for mode in facts.modes),
        "models": len(facts.models),
        "endpoints": len(facts.endpoints),
        "price_usd": facts.starting_usd,
        "price_size": shown_size(facts.price_size),
        "demo": facts.is_demo,
    }


def _lede(facts: ProviderFacts) -> str:
    if not facts.endpoints:
        return "No endpoint of this provider is in the catalogue."
    models = f"{len(facts.models)} model{'s'[: len(facts.models) != 1]}"
    sold = f"Sells {models} through {len(facts.endpoints)} endpoint{'s'[: len(facts.endpoints) != 1]}"
    if facts.starting_usd is None:
        return f"{sold}. What one image costs is not known of any of them."
    return f"{sold}, from {usd(facts.starting_usd)} per {shown_size(facts.price_size)} image."


def _shared_notes(facts: ProviderFacts) -> list[str]:
    """What most endpoints say; a page says it once."""
    said = Counter(note for row in facts.endpoints for note in row.sheet.notes)
    return [note for note, times in said.items() if times > max(2, len(facts.endpoints) / 2)]


def _endpoint(row: SoldEndpoint, size: str, shared: list[str]) -> dict[str, Any]:
    return {
        "model": row.model.name,
        "model_url": row.model_path,
        "demo": row.model_is_demo,
        "key": row.sheet.key,
        "provider_model_id": row.sheet.provider_model_id,
        "modes": row.sheet.modes,
        "prices": [price_text(price) for price in row.sheet.prices],
        "notes": [note for note in row.sheet.notes if note not in shared],
        "shares_notes": any(note in shared for note in row.sheet.notes),
        "source_url": row.sheet.source_url,
        "example_usd": row.image_cost.total_usd if isinstance(row.image_cost, Cost) else None,
        "example_size": size,
        "unknown_because": "" if isinstance(row.image_cost, Cost) else row.image_cost.reason,
    }
