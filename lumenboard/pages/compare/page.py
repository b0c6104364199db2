"""Two models side by side: the picker, and the page of one pair under its one address."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_safe

from arena.boards.claims import headline_cell, headline_scope, pair_claim
from arena.boards.pairs import HeadToHead, Pair, SharedBoard, head_to_head, shared_boards, strongest_entries
from arena.models import Entry
from arena.models.competitions import public_models
from lumenboard import formatting
from lumenboard.facts import rows
from lumenboard.facts.assembly import STANDARD_SIZE
from lumenboard.facts.claims import fastest_reliable, speed_origin, speed_unknown_because
from lumenboard.facts.rows import near_models
from lumenboard.facts.speeds import performance_of_models
from lumenboard.facts.types import PerformanceFacts
from lumenboard.pages.base import Paginator
from lumenboard.pages.compare.radar import Skill, radar
from lumenboard.pages.models.sections import shown_size
from providers.models import ImageModel, SlugClaim
from providers.pricing import headline_price
from providers.sheet import MODES
from providers.telemetry.reading import endpoint_name

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
    spokes = skills(boards)
    names = f"{models[0].name} vs {models[1].name}"
    return {
        "names": names,
        "models": models,
        "first": models[0],
        "second": models[1],
        "finding": finding(models, boards),
        "badges": [{"kind": "demo", "text": ""}] if any(model.is_demo for model in models) else [],
        "tallies": tally_rows(tallies, part),
        "pairs": entry_pairs(entries[part], models),
        "boards": board_rows(boards[part], models),
        "page": page,
        "facts": fact_rows(models),
        "skills": spokes,
        "radar": radar(spokes),
        "crumbs": [{"label": "Compare", "url": "/compare"}, {"label": names, "url": ""}],
    }


def _models_by_claim(slugs: set[str]) -> dict[str, ImageModel]:
    """Public ones by slug or alias as it was asked for, prices loaded. Four queries."""
    claims = dict(SlugClaim.objects.filter(slug__in=slugs - {""}).values_list("slug", "model_id"))
    found = rows.models_with_prices().in_bulk(claims.values())
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


Piece = dict[str, Any]


def board_words(board: SharedBoard) -> str:
    """`text to image`, or the title with its mode."""
    mode = formatting.mode_label(board.head.mode)
    return mode.lower() if board.head.kind == "mode" else f"{board.head.title} ({mode.lower()})"


def finding(models: Pair, boards: Sequence[SharedBoard]) -> str:
    """The claim at the top, of the widest board that rates both; boards come widest first."""
    known = next((board for board in boards if board.verdict), None)
    if known is None or known.verdict is None:
        return ""
    claim = pair_claim(known.verdict, names_of(models), settings.VERDICT_MARGIN)
    return f"On the {board_words(known)} board: {claim[0].upper()}{claim[1:]}"


def names_of(models: Pair) -> dict[str, str]:
    return {model.slug: model.name for model in models}


def tally_rows(tallies: Sequence[HeadToHead], part: slice) -> list[Piece]:
    """All battles together, then each competition of the part; the outcomes with their shares."""
    if not tallies:
        return []
    total = HeadToHead(
        title="All shared competitions",
        url="",
        wins=sum(one.wins for one in tallies),
        ties=sum(one.ties for one in tallies),
        both_bad=sum(one.both_bad for one in tallies),
        losses=sum(one.losses for one in tallies),
        is_demo=all(one.is_demo for one in tallies),
    )
    return [_tally_row(one) for one in (total, *tallies[part])]


def _tally_row(one: HeadToHead) -> Piece:
    counts = {"wins": one.wins, "even": one.even, "bad": one.both_bad, "losses": one.losses}
    widths = {f"{name}_width": round(100 * n / one.battles, 2) for name, n in counts.items()}
    starts = {
        "even_x": widths["wins_width"],
        "bad_x": round(100 * (one.wins + one.even) / one.battles, 2),
        "losses_x": round(100 * (one.wins + one.ties) / one.battles, 2),
    }
    shares = {f"{name}_share": n / one.battles for name, n in counts.items()}
    named = {"title": one.title, "prompt": one.prompt, "url": one.url}
    return {**named, "battles": one.battles, **counts, **widths, **starts, **shares}


def board_rows(boards: Sequence[SharedBoard], models: Pair) -> list[Piece]:
    """Both ratings with intervals, and what is decided about the two."""
    names, margin = names_of(models), settings.VERDICT_MARGIN
    return [
        {
            "title": board.head.title,
            "mode": board.head.mode,
            "kind": board.head.kind,
            "prompt": board.head.prompt,
            "url": board.head.url,
            "first": board.first,
            "second": board.second,
            "claim": headline_cell(board.verdict, names, margin) if board.verdict else formatting.ABSENT,
            "scope": headline_scope(board.head.kind != "competition"),
        }
        for board in boards
    ]


def skills(boards: Sequence[SharedBoard]) -> list[Skill]:
    """Categories both are rated on; the mode with them, as one name may stand for a category of each mode."""
    return [
        Skill(board.head.title, board.first.rating, board.second.rating, formatting.mode_label(board.head.mode).lower())
        for board in boards
        if board.head.kind == "category" and board.first.rating is not None and board.second.rating is not None
    ]


def entry_pairs(pairs: Sequence[tuple[Entry, Entry]], models: Pair) -> list[Piece]:
    """Both pictures of one prompt, in the order of the models."""
    return [
        {
            "title": pair[0].competition.title,
            "url": pair[0].competition.get_absolute_url(),
            "prompt": pair[0].competition.prompt,
            "shown": [{"entry": entry, "model": model} for entry, model in zip(pair, models, strict=True)],
        }
        for pair in pairs
    ]


def fact_rows(models: Pair) -> list[Piece]:
    """Price and speed of both under each other's, one row per fact."""
    shared = [mode for mode in MODES if any(mode in model.modes for model in models)]
    found: list[Piece] = [
        {
            "term": f"{formatting.mode_label(mode)}, one {shown_size(STANDARD_SIZE)} image",
            "cells": [_price(m, mode) for m in models],
        }
        for mode in shared
    ]
    names = [endpoint_name(row, model) for model in models for row in model.endpoints.all()]
    known = performance_of_models(models, names)
    speeds = [_speed(known.get(model.slug, ())) for model in models]
    found.append({"term": "Fastest reliable provider, median", "cells": speeds})
    found.append({"term": "Providers", "cells": [_providers(model) for model in models]})
    return found


def _price(model: ImageModel, mode: str) -> Piece:
    if mode not in model.modes:
        return {"value": formatting.ABSENT, "note": "not offered"}
    price = headline_price([rows.endpoint_sheet(row) for row in model.endpoints.all()], [mode])
    if price is None:
        return {"value": formatting.ABSENT, "note": "no price known"}
    return {"value": formatting.usd(price.amount_usd), "note": "at the cheapest provider"}


def _speed(known: Sequence[PerformanceFacts]) -> Piece:
    row = fastest_reliable(known)
    if row is None:
        return {"value": formatting.ABSENT, "note": speed_unknown_because(known)}
    return {"value": formatting.ms(row.p50_ms), "note": f"{row.provider.name}, {speed_origin(row)}"}


def _providers(model: ImageModel) -> Piece:
    names = sorted({row.provider.name for row in model.endpoints.all()})
    return {"value": str(len(names)), "note": ", ".join(names)}
