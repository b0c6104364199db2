"""What is claimed of speed, success, health and prices: one function for each claim, whoever states it. Pure."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from lumenboard import formatting
from lumenboard.facts.types import Origin, PerformanceFacts
from providers.telemetry.figures import FEWEST_FOR_PERCENTILES, Success, wilson
from providers.telemetry.tables import RELIABLE_FROM

NOT_MEASURED: Final = "nothing measured or reported"
# Success from which nobody is called weak.
GOOD_FROM: Final = Decimal("0.98")


def fastest_reliable(rows: Iterable[PerformanceFacts]) -> PerformanceFacts | None:
    """The quickest at the median of those that may be called reliable; simulated ones where there is no other."""
    reliable = [row for row in rows if is_reliable(row)]
    return min(reliable, key=lambda row: (row.simulated, row.p50_ms or 0), default=None)


def is_reliable(row: PerformanceFacts) -> bool:
    """By the rule that ranks measured lines, for reported ones too: enough calls, and success not surely too rare."""
    calls = row.requests or 0
    if row.p50_ms is None or row.success_rate is None or calls < FEWEST_FOR_PERCENTILES:
        return False
    upper = row.success_upper
    if upper is None:
        upper = wilson(round(row.success_rate * calls), calls)[1]
    return upper >= RELIABLE_FROM


def speed_unknown_because(rows: Iterable[PerformanceFacts]) -> str:
    """Why no provider is called the fastest reliable one; "" where one is."""
    known = [row for row in rows if row.p50_ms is not None]
    if not known:
        return NOT_MEASURED
    few = f"no provider has {FEWEST_FOR_PERCENTILES} calls and succeeds in {RELIABLE_FROM:.0%} of them"
    return "" if any(is_reliable(row) for row in known) else few


def origin_text(origin: Origin) -> str:
    """Where a figure comes from, for the line under it."""
    if origin.kind == "measured":
        return "measured here"
    day = origin.reported_on
    return f"reported by {origin.source}" + (f", {day.day} {day:%B %Y}" if day else "")


def speed_origin(row: PerformanceFacts) -> str:
    """The same of a speed: what was simulated says so."""
    return "simulated" if row.simulated else origin_text(row.origin)


def success_text(success: Success | None) -> str:
    """`75.3%`; a dash where no call was the provider's to win or lose."""
    return formatting.percent(success.rate if success else None)


def no_incident_text(state: str, success: Success | None) -> str:
    """Of a provider without incidents: one that fails all the time has none, for an incident is worse than usual."""
    if success is None or (state == "good" and success.rate >= GOOD_FROM):
        return "No interval of elevated failure or latency was found."
    rate = success_text(success)
    return f"No interval of elevated failure or latency was found beside what is usual here: {rate} succeeded."


def price_changes_text(verified: Sequence[date | None]) -> str:
    """Where no change of a price is on record: since when. `verified` are the days its prices were checked on."""
    known = [day for day in verified if day is not None]
    if not verified:
        return "No price is known."
    if not known:
        return "None is on record, and when the prices above were checked is not known."
    first, last = min(known), max(known)
    checked = _day(first) if first == last else f"between {_day(first)} and {_day(last)}"
    these = "the prices above were" if len(known) == len(verified) else "those of the prices above with a day were"
    return f"None is on record; {these} checked {'on ' if first == last else ''}{checked}."


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
