"""The sections of the Markdown format that hold figures: performance, standings, pictures. Pure."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from lumenboard.facts.plain_text import address, link_text, one_line
from lumenboard.facts.types import ModelFacts, Origin, PerformanceFacts, StandingFacts
from providers.sheet import IMAGE_EDIT, TEXT_TO_IMAGE

MOST_LISTED: Final = 500

CATEGORY_MODES = {TEXT_TO_IMAGE: "Text-to-Image", IMAGE_EDIT: "Image Editing"}


def performance(facts: ModelFacts) -> list[str]:
    """One block for each provider whose figures are known."""
    if not facts.performance:
        return []
    days = max(row.window_days for row in facts.performance)
    parts = [f"Provider performance over the last {days} days."]
    mixed = _is_mixed(facts.performance)
    for row in facts.performance:
        parts += [f"### {row.provider.slug}", _items([*_performance(row), *_measured_at(row, mixed)])]
    return parts


def _performance(row: PerformanceFacts) -> list[tuple[str, str]]:
    return [
        ("Median Generation Time (p50)", _ms(row.p50_ms)),
        ("95th Percentile Generation Time (p95)", _ms(row.p95_ms)),
        ("Average Generation Time", _ms(row.average_ms)),
        ("Success Rate", "" if row.success_rate is None else _percent(row.success_rate)),
        ("Success Interval", _success_interval(row)),
        ("Total Requests", "" if row.requests is None else str(row.requests)),
        ("Time to First Byte (p50)", _ms(row.ttfb_p50_ms)),
        ("Time to First Byte (p95)", _ms(row.ttfb_p95_ms)),
        ("Percentiles", f"withheld: {row.withheld}" if row.withheld else ""),
    ]


def _success_interval(row: PerformanceFacts) -> str:
    if row.success_lower is None or row.success_upper is None:
        return ""
    return f"{_percent(row.success_lower)} to {_percent(row.success_upper)} (95%)"


def _measured_at(row: PerformanceFacts, mixed: bool) -> list[tuple[str, str]]:
    if row.simulated:
        return [("Origin", "simulated: these calls went to a simulator, not to the provider")]
    return _origin(row.origin, mixed, False)


def benchmarks(facts: ModelFacts) -> list[str]:
    """One block for each competition; a board of a whole mode comes first."""
    held = (*facts.standings_of("mode"), *facts.standings_of("competition"))
    parts = []
    for row in held[:MOST_LISTED]:
        title = f"{CATEGORY_MODES[row.mode]} (overall)" if row.kind == "mode" else one_line(row.title)
        items = [
            _elo(row),
            _record(row),
            _rank(row),
            *_uncertainty(row),
            *_origin(row.origin, _is_mixed(held), row.is_demo),
        ]
        parts += [f"### {title}", _items(items)]
    return [*parts, *_others(len(held), f"{facts.url}/benchmarks")]


def use_cases(facts: ModelFacts) -> list[str]:
    """One block for each category."""
    held = facts.standings_of("category")
    parts = []
    for row in held[:MOST_LISTED]:
        rate = ("Win Rate", "" if row.win_rate is None else _percent(row.win_rate))
        items = [
            _rank(row),
            _elo(row),
            _record(row),
            rate,
            *_uncertainty(row),
            *_origin(row.origin, _is_mixed(held), row.is_demo),
        ]
        parts += [f"### {one_line(row.title)} ({CATEGORY_MODES[row.mode]})", _items(items)]
    return [*parts, *_others(len(held), f"{facts.url}/use-cases")]


def gallery(facts: ModelFacts) -> list[str]:
    """Curated pictures and competition results, by link."""
    if not facts.image_count:
        return []
    parts = [f"{facts.image_count} images available for this model. Browse all at {facts.url}/gallery"]
    if facts.curated_images:
        lines = (f"- [{link_text(image.prompt)}]({address(image.url)})" for image in facts.curated_images)
        parts += ["### Curated Examples", "\n".join(lines)]
    results = [row for row in facts.standings_of("competition") if row.image_url]
    if results:
        lines = (
            f"- [{link_text(row.title)}]({address(row.image_url)}): {_result(row)}" for row in results[:MOST_LISTED]
        )
        parts += ["### Arena Competition Results", "\n".join(lines)]
    return [*parts, *_others(len(results), f"{facts.url}/gallery")]


def _others(number: int, url: str) -> list[str]:
    return [f"{number - MOST_LISTED:,} more: {url}"] if number > MOST_LISTED else []


def _result(row: StandingFacts) -> str:
    place = f"#{row.rank} of {row.ranked_models}" if row.rank else "unranked"
    return place if row.rating is None else f"{place} (Elo {_rating(row.rating)})"


def _elo(row: StandingFacts) -> tuple[str, str]:
    return "Elo", "" if row.rating is None else _rating(row.rating)


def _record(row: StandingFacts) -> tuple[str, str]:
    return "Record", f"{row.wins}W / {row.losses}L / {row.ties}T ({row.battles} battles)"


def _rank(row: StandingFacts) -> tuple[str, str]:
    return "Rank", f"#{row.rank} of {row.ranked_models}" if row.rank else ""


def _uncertainty(row: StandingFacts) -> list[tuple[str, str]]:
    known = row.lower is not None and row.upper is not None
    interval = f"{row.lower} to {row.upper} (95%{_scope(row)})" if known else ""
    ranks = f"#{row.rank_best} to #{row.rank_worst}" if row.rank and row.rank_best and row.rank_worst else ""
    return [("Elo Interval", interval), ("Rank Range", ranks)]


def _scope(row: StandingFacts) -> str:
    if row.competitions is None:
        return ""
    return ", on these prompts only" if row.prompts_withheld else ", for prompts like these"


def _is_mixed(rows: Sequence[PerformanceFacts | StandingFacts]) -> bool:
    return len({row.origin for row in rows}) > 1


def _origin(origin: Origin, mixed: bool, invented: bool) -> list[tuple[str, str]]:
    """Said at each block where they differ; where all are reports of one source, the questions say it once."""
    if origin.kind == "measured" and invented:
        return [("Origin", "measured here, on the invented data of the demonstration")]
    if not mixed:
        return []
    if origin.kind == "measured":
        return [("Origin", "measured here")]
    return [("Origin", f"reported by {one_line(origin.source)} on {origin.reported_on}")]


def _items(pairs: Sequence[tuple[str, str]]) -> str:
    return "\n".join(f"- {label}: {value}" for label, value in pairs if value)


def _rating(rating: Decimal) -> str:
    """As stored: reports are whole, measured ratings have two decimals."""
    return str(rating)


def _ms(duration_ms: int | None) -> str:
    return "" if duration_ms is None else f"{duration_ms}ms"


def _percent(rate: Decimal) -> str:
    return f"{rate * 100:.1f}%"
