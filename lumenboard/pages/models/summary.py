"""The head of a model page: its answer in one sentence, its badges, tiles and details. No queries."""

from lumenboard import formatting
from lumenboard.facts.types import ModelFacts, PerformanceFacts, StandingFacts
from lumenboard.pages.models.sections import Piece, fastest, origin_text, provider_names, shown_size
from providers.pricing import price_tier

SCHEMA = "https://schema.org"


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
    through = provider_names(facts, price.endpoint_keys)
    return f"from {formatting.usd(price.amount_usd)} per {shown_size(price.size)} image through {through}"


def _speed_words(facts: ModelFacts) -> str:
    row = fastest(facts.performance)
    if row is None:
        return ""
    origin = " as simulated" if row.simulated else "" if row.origin.kind == "measured" else " as reported"
    return f"{row.provider.name} answers in {formatting.seconds(row.p50_ms)} at the median{origin}"


def best_overall(facts: ModelFacts) -> StandingFacts | None:
    """The measured standing of a whole mode with the highest rank."""
    ranked = [row for row in facts.standings_of("mode") if row.rank and row.origin.kind == "measured"]
    return min(ranked, key=lambda row: (row.rank or 0) / max(1, row.ranked_models), default=None)


def badges(facts: ModelFacts) -> list[Piece]:
    """Status, price tier, and the demo label."""
    found = [{"kind": facts.identity.status, "text": facts.identity.status}]
    if facts.identity.is_demo:
        found.append({"kind": "demo", "text": "demo"})
    if facts.starting_price:
        found.append({"kind": "tier", "text": price_tier(facts.starting_price.amount_usd)})
    return found


def tiles(facts: ModelFacts) -> list[Piece]:
    """Four figures and what each rests on."""
    found = [_price_tile(facts), _rank_tile(facts), _speed_tile(fastest(facts.performance)), _size_tile(facts)]
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
    basis = f"{shown_size(price.size)}{stated} · {provider_names(facts, price.endpoint_keys)}"
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


def details(facts: ModelFacts) -> list[Piece]:
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
        ("Modes", ", ".join(formatting.mode_label(mode) for mode in specs.modes), ""),
        ("Largest picture", specs.max_resolution.replace("x", "×"), ""),
        ("Takes", ", ".join(specs.input_modalities), ""),
        ("Makes", ", ".join(specs.output_modalities), ""),
        ("Providers", ", ".join(provider.name for provider in facts.providers), f"{identity.path}/providers"),
    ]
    return [{"term": term, "value": value, "url": url} for term, value, url in rows if value]


def structured(facts: ModelFacts) -> tuple[Piece, ...]:
    """The model as software and its questions as search engines read them (schema.org)."""
    identity, price = facts.identity, facts.starting_price
    application: Piece = {
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


def _page(facts: ModelFacts, page: str) -> str:
    return f"{facts.identity.path}/{page}"
