"""Facts into the pieces the model pages are drawn from: tiles, tables, chips and pictures. No queries."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from lumenboard import formatting
from lumenboard.facts.types import EndpointFacts, ModelFacts, Origin, PerformanceFacts, StandingFacts
from lumenboard.formatting import price_text
from providers.planning.schema.check import range_in_words
from providers.pricing import Cost, Size, UnknownCost

Piece = dict[str, Any]
# Fewer calls than this say little about speed.
ENOUGH_REQUESTS = 10


def shown_size(size: Size) -> str:
    """`1024×1024`."""
    return f"{size.width_px}×{size.height_px}"


def provider_names(facts: ModelFacts, keys: Sequence[str]) -> str:
    """Distinct names of the providers of some endpoints, in words."""
    named = (endpoint.provider.name for endpoint in facts.endpoints if endpoint.key in keys)
    names = list(dict.fromkeys(named))
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def origin_text(origin: Origin) -> str:
    """Where a figure comes from, for the line under it."""
    if origin.kind == "measured":
        return "measured here"
    day = origin.reported_on
    return f"reported by {origin.source}" + (f", {day.day} {day:%B %Y}" if day else "")


def endpoint_rows(endpoints: Iterable[EndpointFacts], size: Size) -> list[Piece]:
    """Rows of the price table; an unknown cost says why under the provider."""
    return [
        {
            "provider": row.provider.name,
            "provider_url": f"/providers/{row.provider.slug}",
            "key": row.key,
            "provider_model_id": row.provider_model_id,
            "modes": row.modes,
            "prices": [price_text(price) for price in row.prices],
            "notes": [*row.notes, *_unknown_note(row.image_cost)],
            "source_url": row.source_url,
            "verified_at": row.verified_on,
            "example_usd": row.image_cost.total_usd if isinstance(row.image_cost, Cost) else None,
            "example_size": shown_size(size),
        }
        for row in endpoints
    ]


def _unknown_note(cost: Cost | UnknownCost) -> list[str]:
    return [f"Cost of one image unknown: {cost.reason}."] if isinstance(cost, UnknownCost) else []


def performance_rows(rows: Iterable[PerformanceFacts]) -> list[Piece]:
    """Rows of the performance table of one model: providers."""
    return [performance_row(row.provider.name, f"/providers/{row.provider.slug}", row) for row in rows]


def performance_row(name: str, url: str, figures: PerformanceFacts) -> Piece:
    """One row of the performance table, for whoever the page is not about."""
    return {
        "name": name,
        "url": url,
        "p50_ms": figures.p50_ms,
        "p95_ms": figures.p95_ms,
        "average_ms": figures.average_ms,
        "ttfb_p50_ms": figures.ttfb_p50_ms,
        "ttfb_p95_ms": figures.ttfb_p95_ms,
        "success_rate": figures.success_rate,
        "total": figures.requests,
        "label": performance_label(figures),
    }


def performance_label(row: PerformanceFacts) -> str:
    """The badge a row needs: simulated before reported, none for what was measured."""
    if row.simulated:
        return "simulated"
    return "reported" if row.origin.kind == "reported" else ""


def performance_note(rows: Sequence[PerformanceFacts]) -> str:
    """Where the figures come from, in one sentence."""
    reports = list(dict.fromkeys((row.origin, row.window_days) for row in rows if row.origin.kind == "reported"))
    said = [f"{origin_text(origin)}, over {days} days and all modes" for origin, days in reports]
    whose = "Figures" if all(row.origin.kind == "reported" for row in rows) else "Rows marked reported:"
    return f"{whose} as {'; '.join(said)}. They were not measured here." if said else ""


def fastest(rows: Sequence[PerformanceFacts]) -> PerformanceFacts | None:
    """The quickest at the median of those that mostly succeed, with enough calls to say so; simulated ones last."""
    steady = [
        row
        for row in rows
        if row.p50_ms and (row.requests or 0) >= ENOUGH_REQUESTS and (row.success_rate or 0) * 10 >= 9
    ]
    return min(steady, key=lambda row: (row.simulated, row.p50_ms or 0), default=None)


@dataclass(frozen=True, kw_only=True)
class StandingLine:
    """One row of the standings table."""

    title: str
    url: str
    mode: str
    rank: int | None
    ranked: int
    rank_best: int | None
    rank_worst: int | None
    rating: Decimal | None
    lower: Decimal | None
    upper: Decimal | None
    wins: int
    losses: int
    ties: int
    battles: int
    win_rate: Decimal | None
    label: str
    prompt: str


def standing_label(row: StandingFacts) -> str:
    """The badge a place needs: reported elsewhere, or resting on invented votes."""
    if row.origin.kind == "reported":
        return "reported"
    return "demo" if row.is_demo else ""


def standing_lines(rows: Iterable[StandingFacts]) -> list[StandingLine]:
    """Rows of the standings table."""
    return [
        StandingLine(
            title=f"{formatting.mode_label(row.mode)}, overall" if row.kind == "mode" else row.title,
            url=row.path,
            mode="" if row.kind == "mode" else row.mode,
            rank=row.rank,
            ranked=row.ranked_models,
            rank_best=row.rank_best,
            rank_worst=row.rank_worst,
            rating=row.rating,
            lower=row.lower,
            upper=row.upper,
            wins=row.wins,
            losses=row.losses,
            ties=row.ties,
            battles=row.battles,
            win_rate=row.win_rate,
            label=standing_label(row),
            prompt=row.prompt,
        )
        for row in rows
    ]


def standing_groups(rows: Sequence[StandingFacts]) -> list[Piece]:
    """Measured standings and those of each report apart: their ranks do not compare."""
    groups: dict[Origin, list[StandingFacts]] = {}
    for row in rows:
        groups.setdefault(row.origin, []).append(row)
    return [
        {"measured": origin.kind == "measured", "note": _standing_note(origin), "rows": standing_lines(held)}
        for origin, held in groups.items()
    ]


def _standing_note(origin: Origin) -> str:
    if origin.kind == "measured":
        return ""
    return (
        f"Figures as {origin_text(origin)}: its votes, its models, its rating method. "
        "They do not compare with ranks or ratings measured here."
    )


def parameter_groups(facts: ModelFacts) -> list[Piece]:
    """Groups of the parameter table; required says in which modes where not in all."""
    names = {provider.slug: provider.name for provider in facts.providers}
    return [
        {
            "label": group.label,
            "parameters": [
                {
                    "name": row.name,
                    "type": row.type,
                    "required": row.is_required,
                    "default": None if row.default is None else formatting.literal(row.default),
                    "values": row.values,
                    "range": range_in_words(row),
                    "description": row.description,
                    "modes": row.modes,
                    "only_via": names.get(row.only_via, row.only_via),
                }
                for row in group.parameters
            ],
        }
        for group in facts.parameter_groups
    ]


def gallery_items(facts: ModelFacts) -> Piece:
    """Pictures by where they come from: competitions held here, curated links, results reported elsewhere."""
    entries = [
        {
            "thumb_url": row.thumbnail_path,
            "url": row.path,
            "alt": f"{facts.identity.name}: {row.competition}",
            "prompt": row.prompt,
            "title": row.competition,
            "title_url": row.competition_path,
            "detail": formatting.mode_label(row.mode),
            "badge": "simulated" if row.simulated else "",
        }
        for row in facts.entry_images
    ]
    curated = [
        {"url": image.url, "title": "", "prompt": image.prompt, "external": True} for image in facts.curated_images
    ]
    elsewhere = [
        {
            "url": row.image_url,
            "title": row.title,
            "prompt": "",
            "external": True,
            "detail": f"#{row.rank} of {row.ranked_models}" if row.rank else "",
            "badge": "reported" if row.origin.kind == "reported" else "",
        }
        for row in facts.pictures_elsewhere
    ]
    return {"entries": entries, "curated": curated, "elsewhere": elsewhere}


def code_groups(facts: ModelFacts) -> list[Piece]:
    """Examples by mode, for tabs."""
    modes = dict.fromkeys(example.mode for example in facts.code_examples)
    return [
        {
            "id": f"code-{mode}",
            "mode": mode,
            "operation": next(example.operation for example in facts.code_examples if example.mode == mode),
            "examples": [example for example in facts.code_examples if example.mode == mode],
        }
        for mode in modes
    ]
