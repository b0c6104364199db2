"""Performance in words and cells: the sentence a page begins with, its tiles, its rows. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from lumenboard.facts.claims import GOOD_FROM, success_text
from lumenboard.formatting import count, seconds, usd
from providers.telemetry.figures import Success, success_together
from providers.telemetry.series import Series, SeriesSet
from providers.telemetry.tables import PerformanceLine, PerformanceTable, Subject

WINDOW_WORDS = {"1h": "the last hour", "24h": "the last 24 hours", "7d": "the last 7 days", "30d": "the last 30 days"}


def shown(subject: Subject) -> str:
    """What a sentence calls it; simulated figures always say so."""
    return subject.label.replace(" · simulated", " (simulated)")


def lede(table: PerformanceTable) -> str:
    """Who is fastest, how surely it succeeds, and what that rests on."""
    span = WINDOW_WORDS.get(table.window.name, "the chosen span")
    calls = sum(line.figures.calls for line in table.lines)
    if not calls:
        return f"Nothing was called in {span}."
    fastest = table.fastest
    if fastest is None or fastest.figures.total.percentiles is None:
        return f"{count(calls)} calls in {span}; none has enough successes yet to be called fastest."
    p50 = fastest.figures.total.percentiles.p50_ms
    rate = f", {success_text(fastest.figures.success)} succeed" if fastest.figures.success else ""
    return f"Over {span} {shown(fastest.subject)} is fastest: half of its calls end within {seconds(p50)}{rate}."


def tiles(table: PerformanceTable) -> list[dict[str, Any]]:
    """Sums over all lines."""
    calls = sum(line.figures.calls for line in table.lines)
    success = success_together(line.figures.success for line in table.lines)
    ok, counted = (success.ok, success.counted) if success else (0, 0)
    spend = sum((line.figures.money.spend_usd for line in table.lines), Decimal(0))
    simulated = sum(line.figures.calls for line in table.lines if line.subject.simulated)
    found = [
        {
            "label": "Calls",
            "value": count(calls),
            "basis": f"{count(simulated)} of them simulated" if simulated else "",
        },
        {
            "label": "Success",
            "value": success_text(success),
            "basis": f"{count(ok)} of {count(counted)} calls; caller errors left out",
        },
        {"label": "Spend", "value": usd(round(spend, 2)), "basis": "including failed calls that were charged"},
    ]
    fastest = table.fastest
    if fastest and fastest.figures.total.percentiles:
        p50 = fastest.figures.total.percentiles.p50_ms
        found.insert(0, {"label": "Fastest median", "value": seconds(p50), "basis": shown(fastest.subject)})
    return found


def line_row(line: PerformanceLine) -> dict[str, Any]:
    """One line of the table as a template shows it."""
    subject, figures = line.subject, line.figures
    total, first = figures.total.percentiles, figures.ttfb.percentiles
    success = figures.success
    name = subject.endpoint_key or subject.model_name or subject.provider_name
    return {
        "rank": line.rank,
        "name": name,
        "url": _address(line),
        "simulated": subject.simulated,
        "note": line.note,
        "p50_ms": total.p50_ms if total else None,
        "p75_ms": total.p75_ms if total else None,
        "p95_ms": total.p95_ms if total else None,
        "p99_ms": total.p99_ms if total else None,
        "average_ms": figures.total.average_ms,
        "ttfb_ms": first.p50_ms if first else None,
        "success": success,
        "success_width": float(success.rate) if success else 0.0,
        "calls": figures.calls,
        "per_image_usd": figures.money.per_image_usd,
    }


def _address(line: PerformanceLine) -> str:
    subject = line.subject
    if subject.model_slug:
        return f"/models/{subject.creator_slug}/{subject.model_slug}/providers"
    return f"/providers/{subject.provider_slug}" if subject.provider_slug else ""


STRIP_DAYS: Final = 30
CELL_PX: Final = 7
GAP_PX: Final = 2
HEIGHT_PX: Final = 24
# Success from which a day counts as such, the height it is drawn with, and the word for it: never colour alone.
STATES: Final = ((float(GOOD_FROM), "good", 24, "good"), (0.9, "warn", 17, "weak"), (0.0, "bad", 10, "bad"))
QUIET_PX: Final = 3


@dataclass(frozen=True)
class Cell:
    """One day; `state` is good, warn, bad or none."""

    left_px: int
    top_px: int
    height_px: int
    state: str
    label: str


@dataclass(frozen=True)
class Strip:
    """`summary` says in words what the cells show; `success` is that of the whole window, as on every other page."""

    cells: tuple[Cell, ...]
    width_px: int
    summary: str
    simulated: bool
    success: Success | None

    @property
    def state(self) -> str:
        """That of the last day with calls."""
        return next((cell.state for cell in reversed(self.cells) if cell.state != "none"), "none")


def strips_of(found: SeriesSet) -> Mapping[str, Strip]:
    """By provider; where a provider was measured and simulated, what was measured."""
    chosen: dict[str, Series] = {}
    for one in found.series:
        slug = one.subject.provider_slug
        if slug not in chosen or chosen[slug].subject.simulated:
            chosen[slug] = one
    return {slug: strip_of(one) for slug, one in chosen.items()}


def strip_of(series: Series) -> Strip:
    """Of one subject, a point per day. A window that began within a day counts it whole, and shows the days after."""
    every = [(point.starts_at.date(), point.figures.success if point.figures else None) for point in series.points]
    days, whole = every[-STRIP_DAYS:], success_together(success for _, success in every)
    cells = tuple(_cell(place, day, success) for place, (day, success) in enumerate(days))
    width = len(cells) * (CELL_PX + GAP_PX) - GAP_PX
    return Strip(cells, width, _summary(days, whole), series.subject.simulated, whole)


def _cell(place: int, day: date, success: Success | None) -> Cell:
    left = place * (CELL_PX + GAP_PX)
    if success is None:
        return Cell(left, HEIGHT_PX - QUIET_PX, QUIET_PX, "none", f"{day:%-d %B}: no calls")
    rate = float(success.rate)
    _, state, height, word = next(one for one in STATES if rate >= one[0])
    label = f"{day:%-d %B}: {success_text(success)} of {success.counted:,} calls succeeded, {word}"
    return Cell(left, HEIGHT_PX - height, height, state, label)


def _summary(days: Sequence[tuple[date, Success | None]], whole: Success | None) -> str:
    if whole is None:
        return f"No calls in {len(days)} days"
    weak = sum(float(success.rate) < STATES[0][0] for _, success in days if success)
    good = f"{STATES[0][0]:.0%}"
    weakness = f"below {good} on {weak} of them" if weak else f"never below {good}"
    return f"{success_text(whole)} succeeded over {len(days)} days, {weakness}"
