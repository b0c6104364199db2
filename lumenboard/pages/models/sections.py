"""Facts into the pieces model pages are drawn from: answer, tiles, tables, examples and pictures. No queries."""

from collections.abc import Iterable, Sequence
from typing import Any

from lumenboard import formatting
from lumenboard.facts.claims import fastest_reliable, origin_text
from lumenboard.facts.texts import listed, provider_names
from lumenboard.facts.types import EndpointFacts, ModelFacts, Origin, PerformanceFacts, StandingFacts
from lumenboard.formatting import price_text
from providers.planning.checks import range_in_words
from providers.pricing import Cost, Size, UnknownCost

Piece = dict[str, Any]


def shown_size(size: Size) -> str:
    """`1024×1024`."""
    return f"{size.width_px}×{size.height_px}"


def answer(facts: ModelFacts) -> str:
    """What a reader came for: rank with its doubt, price with its size, speed with its origin."""
    parts = [_rank_words(facts), _price_words(facts), _speed_words(facts)]
    said = "; ".join(part for part in parts if part)
    return f"{said[0].upper()}{said[1:]}." if said else ""


def _rank_words(facts: ModelFacts) -> str:
    best = best_overall(facts)
    if best is None:
        return ""
    doubt = formatting.rank_range(best.rank_best, best.rank_worst)
    within = f" (anywhere from {doubt.replace('–', ' to ')})" if "–" in doubt else ""
    votes = " on demonstration votes" if best.is_demo else ""
    return f"#{best.rank} of {best.ranked_models} in {formatting.mode_label(best.mode).lower()}{within}{votes}"


def _price_words(facts: ModelFacts) -> str:
    price = facts.starting_price
    if price is None:
        return ""
    through = listed(provider_names(facts.endpoints, price.endpoint_keys))
    return f"from {formatting.usd(price.amount_usd)} per {shown_size(price.size)} image through {through}"


def _speed_words(facts: ModelFacts) -> str:
    row = fastest_reliable(facts.performance)
    if row is None:
        return ""
    origin = " as simulated" if row.simulated else "" if row.origin.kind == "measured" else " as reported"
    return f"{row.provider.name} answers in {formatting.seconds(row.p50_ms)} at the median{origin}"


def best_overall(facts: ModelFacts) -> StandingFacts | None:
    """The measured standing of a whole mode with the highest rank."""
    ranked = [row for row in facts.standings_of("mode") if row.rank and row.origin.kind == "measured"]
    return min(ranked, key=lambda row: (row.rank or 0) / max(1, row.ranked_models), default=None)


def tiles(facts: ModelFacts) -> list[Piece]:
    """Four figures and what each rests on."""
    found = [_price_tile(facts), _rank_tile(facts), _speed_tile(fastest_reliable(facts.performance)), _size_tile(facts)]
    return [tile for tile in found if tile]


def _price_tile(facts: ModelFacts) -> Piece:
    price = facts.starting_price
    if price is None:
        return {
            "label": "From",
            "value": "unknown",
            "basis": "no stated price fits one image",
            "url": _page(facts, "providers"),
        }
    stated = "".join(f", {key} {value}" for key, value in price.parameters)
    basis = f"{shown_size(price.size)}{stated} · {listed(provider_names(facts.endpoints, price.endpoint_keys))}"
    return {
        "label": "From",
        "value": formatting.usd(price.amount_usd),
        "basis": basis,
        "url": _page(facts, "providers"),
    }


def _rank_tile(facts: ModelFacts) -> Piece | None:
    best = best_overall(facts)
    if best:
        doubt = formatting.rank_range(best.rank_best, best.rank_worst)
        basis = f"{formatting.mode_label(best.mode)} · Elo {formatting.rating(float(best.rating or 0))}"
        within = f" · range {doubt}" if "–" in doubt else ""
        return {
            "label": "Rank",
            "value": f"#{best.rank} of {best.ranked_models}",
            "basis": basis + within,
            "badge": {"kind": "demo", "text": "demo votes"} if best.is_demo else None,
            "url": best.path,
        }
    reported = [row for row in facts.standings if row.origin.kind == "reported"]
    if not reported:
        return None
    battles = sum(row.battles for row in reported if row.kind == "competition")
    return {
        "label": "Arena",
        "value": f"{len([row for row in reported if row.kind == 'competition'])} boards",
        "basis": f"{battles} battles, {origin_text(reported[0].origin)}",
        "badge": {"kind": "reported", "text": "reported"},
        "url": _page(facts, "benchmarks"),
    }


def _speed_tile(row: PerformanceFacts | None) -> Piece | None:
    if row is None:
        return None
    label = "simulated" if row.simulated else "reported" if row.origin.kind == "reported" else ""
    return {
        "label": "Fastest reliable",
        "value": formatting.ms(row.p50_ms),
        "basis": f"{row.provider.name} · median of {row.requests} requests",
        "badge": {"kind": label, "text": label} if label else None,
    }


def _size_tile(facts: ModelFacts) -> Piece | None:
    specs = facts.specs
    if not specs.max_resolution:
        return None
    takes = " and ".join(specs.input_modalities) or "text"
    makes = " and ".join(specs.output_modalities) or "image"
    return {
        "label": "Largest picture",
        "value": specs.max_resolution.replace("x", "×"),
        "basis": f"{takes} in, {makes} out",
    }


def _page(facts: ModelFacts, page: str) -> str:
    return f"{facts.identity.path}/{page}"


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


def performance_note(rows: Sequence[PerformanceFacts]) -> str:
    """Where the figures come from, in one sentence."""
    reports = list(dict.fromkeys((row.origin, row.window_days) for row in rows if row.origin.kind == "reported"))
    said = [f"{origin_text(origin)}, over {days} days and all modes" for origin, days in reports]
    whose = "Figures" if all(row.origin.kind == "reported" for row in rows) else "Rows marked reported:"
    return f"{whose} as {'; '.join(said)}. They were not measured here." if said else ""


def standing_groups(rows: Sequence[StandingFacts]) -> list[Piece]:
    """Measured standings and those of each report apart: their ranks do not compare."""
    groups: dict[Origin, list[StandingFacts]] = {}
    for row in rows:
        groups.setdefault(row.origin, []).append(row)
    return [
        {"measured": origin.kind == "measured", "note": _standing_note(origin), "rows": held}
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
