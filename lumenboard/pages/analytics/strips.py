"""Thirty days of a provider at a glance: one cell per day, its height and colour by success. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from providers.telemetry.figures import Success
from providers.telemetry.series import Series, SeriesSet

CELL_PX: Final = 7
GAP_PX: Final = 2
HEIGHT_PX: Final = 24
# Success from which a day counts as such, the height it is drawn with, and the word for it: never colour alone.
STATES: Final = ((0.98, "good", 24, "good"), (0.9, "warn", 17, "weak"), (0.0, "bad", 10, "bad"))
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
    """`summary` says in words what the cells show."""

    cells: tuple[Cell, ...]
    width_px: int
    summary: str
    simulated: bool

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
    """Of one subject, a point per day."""
    days = [(point.starts_at.date(), point.figures.success if point.figures else None) for point in series.points]
    cells = tuple(_cell(place, day, success) for place, (day, success) in enumerate(days))
    return Strip(cells, len(cells) * (CELL_PX + GAP_PX) - GAP_PX, _summary(days), series.subject.simulated)


def _cell(place: int, day: date, success: Success | None) -> Cell:
    left = place * (CELL_PX + GAP_PX)
    if success is None:
        return Cell(left, HEIGHT_PX - QUIET_PX, QUIET_PX, "none", f"{day:%-d %B}: no calls")
    rate = float(success.rate)
    _, state, height, word = next(one for one in STATES if rate >= one[0])
    label = f"{day:%-d %B}: {rate:.1%} of {success.counted:,} calls succeeded, {word}"
    return Cell(left, HEIGHT_PX - height, height, state, label)


def _summary(days: Sequence[tuple[date, Success | None]]) -> str:
    known = [success for _, success in days if success]
    if not known:
        return f"No calls in {len(days)} days"
    rate = sum(success.ok for success in known) / sum(success.counted for success in known)
    weak = sum(float(success.rate) < STATES[0][0] for success in known)
    good = f"{STATES[0][0]:.0%}"
    weakness = f"below {good} on {weak} of them" if weak else f"never below {good}"
    return f"{rate:.1%} succeeded over {len(days)} days, {weakness}"
