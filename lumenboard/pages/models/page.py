"""The model page and its sub-pages, and its Markdown format."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from csp.decorators import csp_update
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from arena.models.visibility import Viewer
from arena.parity.board import parity_boards_of
from lumenboard.facts import rows
from lumenboard.facts.assembly import STANDARD_SIZE, model_facts
from lumenboard.facts.claims import price_changes_text
from lumenboard.facts.figures import price_history
from lumenboard.facts.markdown import model_markdown
from lumenboard.facts.narrow import in_mode
from lumenboard.facts.rows import near_models
from lumenboard.facts.texts import examples_of
from lumenboard.facts.types import ModelFacts, StandingFacts
from lumenboard.formatting import mode_label
from lumenboard.pages.base import CHART_POLICY, Paginator, previewed
from lumenboard.pages.models import prices
from lumenboard.pages.models import sections as model_parts
from providers.models import ImageModel
from providers.pricing import price_tier

STANDINGS_PER_PAGE = 250
PICTURES_PER_PAGE = 100
PREVIEWS = 4
SHORT_BOARDS = 6
PAGE_PROMPT = "A red bicycle leaning on a blue door, morning light"
PAGES = {
    "overview": "Overview",
    "about": "About",
    "providers": "Providers",
    "api": "API",
    "benchmarks": "Benchmarks",
    "use-cases": "Use cases",
    "gallery": "Gallery",
}
SCHEMA = "https://schema.org"
# The pages that `?mode=` changes.
BY_MODE = frozenset({"overview", "providers", "api", "benchmarks", "use-cases"})


@require_safe
@previewed
def model_page(
    request: HttpRequest, creator: str, slug: str, page: str = "overview", *, viewer: Viewer
) -> HttpResponse:
    """One page of a model; aliases and other creators' paths lead to its own address."""
    model = rows.find_model(slug, viewer)
    if model is None:
        return render(request, "models/missing.html", {"slug": slug, "near": near_models(slug)}, status=404)
    if not _is_canonical(model, creator, slug):
        return _moved(request, model, "" if page == "overview" else f"/{page}")
    facts = model_facts(model)
    mode = request.GET.get("mode", "")
    mode = mode if mode in facts.specs.modes and page in BY_MODE else ""
    shown = in_mode(facts, mode, STANDARD_SIZE) if mode else facts
    return render(
        request,
        f"models/{page}.html",
        {**_frame(facts, page, mode), **BODIES[page](shown, mode, request.GET.get("page"))},
    )


@require_safe
@csp_update(CHART_POLICY)  # type: ignore[arg-type]  # it declares views without arguments
def model_providers(request: HttpRequest, creator: str, slug: str) -> HttpResponseBase:
    """The page of endpoints and prices, which draws a chart."""
    return model_page(request, creator, slug, "providers")


@require_safe
def model_llms(request: HttpRequest, creator: str, slug: str) -> HttpResponse:
    """The Markdown format."""
    model = rows.find_model(slug)
    if model is None:
        near = "".join(f"\n- {settings.SITE_URL}{path}/llms.txt" for _, path in near_models(slug))
        text = f"There is no model {slug}." + (f" Near names:{near}" if near else "") + "\n"
        return HttpResponse(text, status=404, content_type="text/plain; charset=utf-8")
    if not _is_canonical(model, creator, slug):
        return _moved(request, model, "/llms.txt")
    return HttpResponse(model_markdown(model_facts(model)), content_type="text/markdown; charset=utf-8")


def _is_canonical(model: ImageModel, creator: str, slug: str) -> bool:
    return (model.creator.slug, model.slug) == (creator, slug)


def _moved(request: HttpRequest, model: ImageModel, rest: str) -> HttpResponse:
    query = f"?{request.META['QUERY_STRING']}" if request.META.get("QUERY_STRING") else ""
    return HttpResponsePermanentRedirect(f"{model.get_absolute_url()}{rest}{query}")


def _frame(facts: ModelFacts, page: str, mode: str) -> dict[str, Any]:
    """What every page of a model shows."""
    identity = facts.identity
    return {
        "facts": facts,
        "crumbs": [
            {"label": "Models", "url": "/models"},
            {"label": identity.creator.name, "url": f"/models?creator={identity.creator.slug}"},
        ],
        "badges": _badges(facts),
        "tabs": _tabs(facts, page, mode),
        "mode": mode,
        "mode_chips": _mode_chips(facts, page, mode) if page in BY_MODE and len(facts.specs.modes) > 1 else [],
        "page_label": PAGES[page],
        "picture": facts.entry_images[0].path if facts.entry_images else "",
        "structured": _structured(facts) if page == "overview" else (),
    }


def _badges(facts: ModelFacts) -> list[dict[str, str]]:
    """Status, price tier, and the demo label."""
    found = [{"kind": facts.identity.status, "text": facts.identity.status}]
    if facts.identity.is_demo:
        found.append({"kind": "demo", "text": "demo"})
    if facts.starting_price:
        found.append({"kind": "tier", "text": price_tier(facts.starting_price.amount_usd)})
    return found


def _structured(facts: ModelFacts) -> tuple[dict[str, Any], ...]:
    """The model as software and its questions as search engines read them (schema.org)."""
    identity, price = facts.identity, facts.starting_price
    application: dict[str, Any] = {
        "@context": SCHEMA,
        "@type": "SoftwareApplication",
        "name": identity.name,
        "url": facts.url,
        "applicationCategory": "MultimediaApplication",
        "operatingSystem": "Any",
        "author": {"@type": "Organization", "name": identity.creator.name},
    }
    if identity.tagline:
        application["description"] = identity.tagline
    if price:
        application["offers"] = {
            "@type": "AggregateOffer",
            "lowPrice": f"{price.amount_usd:f}",
            "priceCurrency": "USD",
        }
    asked = [
        {"@type": "Question", "name": one.question, "acceptedAnswer": {"@type": "Answer", "text": one.answer}}
        for one in facts.questions
    ]
    questions = ({"@context": SCHEMA, "@type": "FAQPage", "mainEntity": asked},) if asked else ()
    return (application, *questions)


def _details(facts: ModelFacts) -> list[dict[str, str]]:
    """Every plain fact with its name."""
    identity, specs = facts.identity, facts.specs
    rows = [
        ("Model ID", identity.slug, ""),
        ("Aliases", ", ".join(identity.aliases), ""),
        ("Also called", ", ".join(identity.alternative_names), ""),
        ("Creator", identity.creator.name, f"/models?creator={identity.creator.slug}"),
        ("Family", identity.family.name if identity.family else "", ""),
        ("Released", f"{identity.released_on:%-d %B %Y}" if identity.released_on else "", ""),
        ("Sunset", f"{identity.sunset_on:%-d %B %Y}" if identity.sunset_on else "", ""),
        ("Modes", ", ".join(mode_label(mode) for mode in specs.modes), ""),
        ("Largest picture", specs.max_resolution.replace("x", "×"), ""),
        ("Takes", ", ".join(specs.input_modalities), ""),
        ("Makes", ", ".join(specs.output_modalities), ""),
        ("Providers", ", ".join(provider.name for provider in facts.providers), f"{identity.path}/providers"),
    ]
    return [{"term": term, "value": value, "url": url} for term, value, url in rows if value]


def _tabs(facts: ModelFacts, page: str, mode: str) -> list[dict[str, Any]]:
    counts = {
        "providers": len(facts.providers),
        "benchmarks": len(facts.standings_of("competition")),
        "use-cases": len(facts.standings_of("category")),
        "gallery": facts.image_count,
    }
    return [
        {
            "label": label,
            "url": _address(facts, name, mode if name in BY_MODE else ""),
            "current": name == page,
            "count": counts.get(name) or None,
        }
        for name, label in PAGES.items()
    ]


def _mode_chips(facts: ModelFacts, page: str, mode: str) -> list[dict[str, Any]]:
    choices = [("", "All modes"), *((value, mode_label(value)) for value in facts.specs.modes)]
    return [{"label": label, "url": _address(facts, page, value), "current": value == mode} for value, label in choices]


def _address(facts: ModelFacts, page: str, mode: str) -> str:
    path = facts.identity.path if page == "overview" else f"{facts.identity.path}/{page}"
    return f"{path}?mode={mode}" if mode else path


def _benchmarks(facts: ModelFacts, _: str, number: str | None) -> dict[str, Any]:
    return _standings((*facts.standings_of("mode"), *facts.standings_of("competition")), number)


def _use_cases(facts: ModelFacts, _: str, number: str | None) -> dict[str, Any]:
    return _standings(facts.standings_of("category"), number)


def _standings(held: Sequence[StandingFacts], number: str | None) -> dict[str, Any]:
    page = Paginator(held, STANDINGS_PER_PAGE).get_page(number)
    return {"groups": model_parts.standing_groups(list(page)), "page": page}


def _gallery(facts: ModelFacts, _: str, number: str | None) -> dict[str, Any]:
    """Pictures that lie elsewhere are few; they stand below the first of ours."""
    pictures = model_parts.gallery_items(facts)
    page = Paginator(pictures["entries"], PICTURES_PER_PAGE).get_page(number)
    elsewhere = {name: pictures[name] if page.number == 1 else [] for name in ("curated", "elsewhere")}
    return {"gallery": {"entries": list(page), **elsewhere}, "page": page}


def _providers(facts: ModelFacts, mode: str, _: str | None) -> dict[str, Any]:
    compared = prices.compare(facts, mode)
    return {
        **_offers(facts),
        "parity": [one for one in parity_boards_of(facts.identity.slug) if mode in {"", one.mode}],
        "size_costs": prices.size_table(compared),
        "chart": prices.cost_chart(compared),
        "history": prices.history_rows(price_history(facts.identity.slug)),
        "unchanged": price_changes_text([price.verified_on for one in facts.endpoints for price in one.prices]),
    }


def _overview(facts: ModelFacts, *_: str | None) -> dict[str, Any]:
    wide = (*facts.standings_of("mode"), *facts.standings_of("category"))
    boards = wide if any(row.origin.kind == "measured" for row in wide) else facts.standings
    pictures = model_parts.gallery_items(facts)
    preview = (pictures["entries"] or [*pictures["curated"], *pictures["elsewhere"]])[:PREVIEWS]
    return {
        **_offers(facts),
        "answer": model_parts.answer(facts),
        "tiles": model_parts.tiles(facts),
        "details": _details(facts),
        "groups": model_parts.standing_groups(boards[:SHORT_BOARDS]),
        "preview": preview,
        "hero": pictures["entries"][0] if pictures["entries"] else None,
        "examples": model_parts.code_groups(_with_prompt(facts))[:1],
    }


def _offers(facts: ModelFacts) -> dict[str, Any]:
    return {
        "endpoints": model_parts.endpoint_rows(facts.endpoints, STANDARD_SIZE),
        "performance": [(row.provider.name, f"/providers/{row.provider.slug}", row) for row in facts.performance],
        "performance_note": model_parts.performance_note(facts.performance),
        "without_performance": facts.providers_without_performance,
    }


def _api(facts: ModelFacts, *_: str | None) -> dict[str, Any]:
    return {
        "examples": model_parts.code_groups(_with_prompt(facts)),
        "parameters": model_parts.parameter_groups(facts),
        "gateway_url": facts.site.gateway_url,
    }


def _with_prompt(facts: ModelFacts) -> ModelFacts:
    """On pages the examples ask for a picture; the document leaves the prompt to the reader."""
    modes = tuple(dict.fromkeys(example.mode for example in facts.code_examples))
    return replace(facts, code_examples=examples_of(facts, modes, PAGE_PROMPT))


# What each page shows beside the frame, of one mode or of all (""); long lists page by page.
BODIES: dict[str, Callable[[ModelFacts, str, str | None], dict[str, Any]]] = {
    "overview": _overview,
    "about": lambda facts, *_: {"details": _details(facts)},
    "providers": _providers,
    "api": _api,
    "benchmarks": _benchmarks,
    "use-cases": _use_cases,
    "gallery": _gallery,
}
