"""Two models side by side: the picker, and the page of one pair under its one address."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_safe

from arena.boards.head_to_head import Pair, head_to_head, shared_boards, strongest_entries
from arena.models.competitions import public_models
from lumenboard.facts import rows
from lumenboard.facts.near_names import near_models
from lumenboard.pages.base import Paginator
from lumenboard.pages.compare import sections as parts
from lumenboard.pages.compare.radar import radar
from providers.models import ImageModel, ReportedPerformance, SlugClaim

NEEDED = 2
# competitions and boards that both are on; models of a long-lived site share thousands
PER_PAGE = 100


@require_safe
def pick(request: HttpRequest) -> HttpResponse:
    """Two slots; both filled lead to the pair."""
    first, second = (_plain(request.GET.get(name, "")) for name in ("a", "b"))
    if first and second and first != second:
        return HttpResponseRedirect(_address(*sorted((first, second))))
    picker = _picker(first, second)
    same = bool(first) and first == second
    return render(request, "compare/pick.html", {"picker": picker, "same": same, "needed": NEEDED})


@require_safe
def pair(request: HttpRequest, first: str, second: str) -> HttpResponse:
    """The pair; other orders and aliases lead to the one address, unknown names to near ones."""
    known = _models_by_claim({_plain(first), _plain(second)})
    if first not in known or second not in known:
        return _missing(request, (first, second), known)
    models = known[first], known[second]
    if models[0] == models[1]:
        return HttpResponseRedirect(f"/compare?a={quote(models[0].slug)}")
    slugs = sorted(model.slug for model in models)
    if slugs != [first, second]:
        return HttpResponsePermanentRedirect(_address(*slugs))
    return render(request, "compare/page.html", {"picker": _picker(first, second), **_comparison(models, request)})


def _comparison(models: Pair, request: HttpRequest) -> dict[str, Any]:
    boards, tallies, entries = shared_boards(models), head_to_head(models), strongest_entries(models)
    page = Paginator(range(max(len(boards), len(tallies), len(entries))), PER_PAGE).get_page(request.GET.get("page"))
    part = slice(page.start_index() - 1 if page else 0, page.end_index())
    skills = parts.skills(boards)
    names = f"{models[0].name} vs {models[1].name}"
    return {
        "names": names,
        "models": models,
        "first": models[0],
        "second": models[1],
        "finding": parts.finding(models, boards),
        "badges": [{"kind": "demo", "text": ""}] if any(model.is_demo for model in models) else [],
        "tallies": parts.tally_rows(tallies, part),
        "pairs": parts.entry_pairs(entries[part], models),
        "boards": parts.board_rows(boards[part]),
        "page": page,
        "facts": parts.fact_rows(models),
        "skills": skills,
        "radar": radar(skills),
        "crumbs": [{"label": "Compare", "url": "/compare"}, {"label": names, "url": ""}],
    }


def _models_by_claim(slugs: set[str]) -> dict[str, ImageModel]:
    """Public ones by slug or alias as it was asked for, prices and reported figures loaded. Five queries."""
    claims = dict(SlugClaim.objects.filter(slug__in=slugs - {""}).values_list("slug", "model_id"))
    reported = Prefetch("reported_performance", queryset=ReportedPerformance.objects.select_related("provider"))
    found = rows.models_with_prices().prefetch_related(reported).in_bulk(claims.values())
    return {slug: found[model] for slug, model in claims.items() if model in found}


def _picker(first: str, second: str) -> dict[str, Any]:
    """Every public model by name with its own slug."""
    options = list(public_models().order_by("name", "slug").values_list("slug", "name"))
    return {"options": options, "slots": [("a", "First model", first), ("b", "Second model", second)]}


def _missing(request: HttpRequest, asked: tuple[str, str], known: dict[str, ImageModel]) -> HttpResponse:
    """404, with the pairs that may have been meant."""
    candidates = [[slug] if slug in known else [near for near, _ in near_models(slug)] for slug in asked]
    near = [
        (f"{one} and {other}", _address(one, other)) for one in candidates[0] for other in candidates[1] if one != other
    ]
    unknown = [slug for slug in dict.fromkeys(asked) if slug not in known]
    context = {"unknown": unknown, "near": near[:3], "picker": _picker(*asked)}
    return render(request, "compare/missing.html", context, status=404)


def _plain(slug: str) -> str:
    """PostgreSQL refuses to compare text with a zero byte."""
    return slug.strip()[:120]


def _address(first: str, second: str) -> str:
    return f"/compare/{quote(first, safe='')}/{quote(second, safe='')}"
