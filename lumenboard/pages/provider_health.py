"""How providers are doing: thirty days as a strip, the last day in a word. Two queries for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils import timezone

from lumenboard.analytics.strips import Strip, strips_of
from providers.telemetry.reading import Scope, performance_series
from providers.telemetry.windows import STANDARD, sliding_window

WORDS: Final = {"good": "works", "warn": "unsteady", "bad": "failing", "none": "not called"}


@dataclass(frozen=True)
class Health:
    """A provider's strip and the word for its last day with calls."""

    strip: Strip
    word: str

    @property
    def state(self) -> str:
        return self.strip.state


def provider_health(slug: str = "") -> Mapping[str, Health]:
    """By provider's slug; those nobody called are absent."""
    window = sliding_window(STANDARD, timezone.now())
    found = performance_series(Scope(provider=slug), window, ("provider",), "day")
    return {name: Health(strip, WORDS[strip.state]) for name, strip in strips_of(found).items()}
