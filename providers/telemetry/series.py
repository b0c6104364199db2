"""Figures over time, over the hours of a day, and how durations are spread. Frozen values for charts and tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

import numpy as np

from providers.telemetry.figures import Figures, figures_of
from providers.telemetry.histogram import BIN_VALUES, Sketch
from providers.telemetry.rollup_sql import RollupRow
from providers.telemetry.tables import EndpointName, Subject, grouped
from providers.telemetry.windows import DAY, HOUR, Window

Step = Literal["hour", "day"]
STEPS: Final[Mapping[str, timedelta]] = {"hour": HOUR, "day": DAY}
BARS: Final = 40


@dataclass(frozen=True, kw_only=True)
class SeriesPoint:
    """One step; `figures` is None where nothing was called."""

    starts_at: datetime
    figures: Figures | None


@dataclass(frozen=True, kw_only=True)
class Series:
    """One subject step by step, without gaps."""

    subject: Subject
    points: tuple[SeriesPoint, ...]


@dataclass(frozen=True, kw_only=True)
class SeriesSet:
    """Subjects over one window, each with a point for every step."""

    window: Window
    step: Step
    series: tuple[Series, ...]


@dataclass(frozen=True, kw_only=True)
class HourOfDay:
    """Figures of calls that started in one hour (0 to 23, UTC) of any day; None where nothing was called."""

    hour: int
    figures: Figures | None


@dataclass(frozen=True, kw_only=True)
class DayProfile:
    """One subject's 24 hours."""

    subject: Subject
    hours: tuple[HourOfDay, ...]


@dataclass(frozen=True, kw_only=True)
class Distribution:
    """Successful calls of one subject by total time: `counts[i]` lie from `edges_ms[i]` up to `edges_ms[i + 1]`."""

    subject: Subject
    edges_ms: tuple[int, ...]
    counts: tuple[int, ...]


def step_for(window: Window) -> Step:
    """Hours up to a week, days beyond."""
    return "hour" if window.ends_at - window.starts_at <= 7 * DAY + HOUR else "day"


def series_of(
    rows: Iterable[RollupRow], names: Mapping[int, EndpointName], *, by: Sequence[str], window: Window, step: Step
) -> SeriesSet:
    """Rows whose `starts_at` is the start of a step."""
    starts = steps_of(window, step)
    made = []
    for subject, held in sorted(grouped(rows, names, by).items()):
        parts = _by_start(held)
        made.append(Series(subject=subject, points=tuple(_point(start, parts.get(start), step) for start in starts)))
    return SeriesSet(window=window, step=step, series=tuple(made))


def steps_of(window: Window, step: Step) -> tuple[datetime, ...]:
    """Starts of the steps a window touches, in order."""
    start = window.starts_at if step == "hour" else window.starts_at.replace(hour=0)
    count = -(-(window.ends_at - start) // STEPS[step])
    return tuple(start + number * STEPS[step] for number in range(count))


def profiles_of(
    rows: Iterable[RollupRow], names: Mapping[int, EndpointName], *, by: Sequence[str], window: Window
) -> tuple[DayProfile, ...]:
    """Rows whose `starts_at` carries the hour of the day."""
    days = max(window.hours / 24, 1.0)
    made = []
    for subject, held in sorted(grouped(rows, names, by).items()):
        parts = defaultdict(list)
        for row in held:
            parts[row.starts_at.hour].append(row)
        hours = [HourOfDay(hour=h, figures=figures_of(parts[h], days) if parts[h] else None) for h in range(24)]
        made.append(DayProfile(subject=subject, hours=tuple(hours)))
    return tuple(made)


def distributions_of(
    rows: Iterable[RollupRow], names: Mapping[int, EndpointName], *, by: Sequence[str]
) -> tuple[Distribution, ...]:
    """All subjects over the same bars, equal in ratio, from the fastest to the slowest call."""
    groups = {
        subject: Sketch.merged(row.total_sketch for row in held if row.status == "ok")
        for subject, held in sorted(grouped(rows, names, by).items())
    }
    filled = {subject: sketch for subject, sketch in groups.items() if sketch.count}
    if not filled:
        return ()
    edges = bar_edges(filled.values())
    return tuple(
        Distribution(subject=subject, edges_ms=edges, counts=sketch.spread(edges)) for subject, sketch in filled.items()
    )


def bar_edges(sketches: Iterable[Sketch]) -> tuple[int, ...]:
    """Ascending whole milliseconds that hold every duration; fewer than BARS where they lie close together."""
    held = list(sketches)
    low = min(int(BIN_VALUES[np.flatnonzero(sketch.counts)[0]]) for sketch in held)
    high = max(sketch.percentile(100) or 0 for sketch in held)
    edges = np.rint(np.geomspace(max(low, 1), high + 1, BARS + 1)).astype(np.int64)
    edges[0], edges[-1] = low, high + 1
    return tuple(int(edge) for edge in np.unique(edges))


def _by_start(rows: Iterable[RollupRow]) -> dict[datetime, list[RollupRow]]:
    parts: dict[datetime, list[RollupRow]] = defaultdict(list)
    for row in rows:
        parts[row.starts_at].append(row)
    return parts


def _point(start: datetime, rows: list[RollupRow] | None, step: Step) -> SeriesPoint:
    hours = STEPS[step] / HOUR
    return SeriesPoint(starts_at=start, figures=figures_of(rows, hours) if rows else None)
