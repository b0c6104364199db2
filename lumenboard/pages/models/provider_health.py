"""How providers are doing: thirty days as a strip, the last day in a word. Two queries for all of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils import timezone

from lumenboard.facts.claims import no_incident_text
from lumenboard.formatting import percent, seconds
from lumenboard.pages.analytics.words import Strip, shown, strips_of
from providers.telemetry.incidents import Incident
from providers.telemetry.reading import CallScope, performance_incidents, performance_series
from providers.telemetry.tables import STANDARD, sliding_window

MOST_INCIDENTS: Final = 6
WORDS: Final = {"good": "works", "warn": "unsteady", "bad": "failing", "none": "not called"}


@dataclass(frozen=True)
class Health:
    """A provider's strip and the word for its last day with calls."""

    strip: Strip
    word: str

    @property
    def state(self) -> str:
        return self.strip.state

    @property
    def without_incident(self) -> str:
        """What a page says where no incident was found."""
        return no_incident_text(self.state, self.strip.success)


def provider_health(slug: str = "") -> Mapping[str, Health]:
    """By provider's slug, over the window of every other figure; those nobody called are absent."""
    window = sliding_window(STANDARD, timezone.now())
    found = performance_series(CallScope(provider=slug), window, ("provider",), "day")
    return {name: Health(strip, WORDS[strip.state]) for name, strip in strips_of(found).items()}


def provider_incidents(slug: str) -> list[dict[str, Any]]:
    """The latest intervals of elevated failure or latency, per model. Two queries."""
    window = sliding_window(STANDARD, timezone.now())
    found = performance_incidents(CallScope(provider=slug), window, ("model",))
    return [_incident_row(incident) for incident in found[:MOST_INCIDENTS]]


def _incident_row(incident: Incident) -> dict[str, Any]:
    failures = incident.kind == "failures"
    usual, worst = (percent(v) if failures else seconds(v) for v in (incident.usual, incident.worst))
    return {
        "who": shown(incident.subject),
        "what": "failed more than usual" if failures else "slower than usual",
        "detail": f"{'success' if failures else 'median'} {worst} at worst, {usual} usually, {incident.calls:,} calls",
        "since": incident.starts_at,
        "hours": incident.hours,
        "is_open": incident.is_open,
    }
