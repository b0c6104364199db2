"""Figures over time, over the hours of a day, and how durations are spread. Frozen values for charts and tables."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil, floor, hypot, sqrt
from typing import Final, Literal

import numpy as np

from providers.telemetry.figures import FEWEST_FOR_PERCENTILES, Figures, Success, Z, summarize
from providers.telemetry.histogram import BIN_VALUES, Histogram
from providers.telemetry.rollup_sql import RollupRow
from providers.telemetry.tables import DAY, HOUR, EndpointName, Subject, Window, grouped

Step = Literal["hour", "day"]
STEPS: Final[Mapping[str, timedelta]] = {"hour": HOUR, "day": DAY}
BARS: Final = 40
ALL: Final = slice(None)


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
    """Subjects over one window, each with a point for every step, or part of these; `total` is the number of all."""

    window: Window
    step: Step
    series: tuple[Series, ...]
    total: int


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


def build_series(
    rows: Iterable[RollupRow],
    names: Mapping[int, EndpointName],
    *,
    by: Sequence[str],
    window: Window,
    step: Step,
    part: slice = ALL,
    has_gaps: bool = True,
) -> SeriesSet:
    """Rows whose `starts_at` is the start of a step; of the points of all subjects in a line those of the part.

    Without gaps only steps with calls are points.
    """
    steps, shown, total, first = steps_in(window, step), [], 0, part.start or 0
    for subject, calls in grouped(rows, names, by).items():
        starts = steps if has_gaps else sorted({row.starts_at for row in calls}.intersection(steps))
        chosen = starts[max(0, first - total) : None if part.stop is None else max(0, part.stop - total)]
        total += len(starts)
        if chosen:
            shown.append(Series(subject=subject, points=_points(calls, chosen, step)))
    return SeriesSet(window=window, step=step, series=tuple(shown), total=total)


def each_series(
    rows: Iterable[RollupRow],
    names: Mapping[int, EndpointName],
    *,
    by: Sequence[str],
    window: Window,
    step: Step,
    fewest: int,
) -> Iterator[Series]:
    """One subject after the other, of those with calls in so many steps."""
    steps = steps_in(window, step)
    for subject, calls in grouped(rows, names, by).items():
        if len({row.starts_at for row in calls}) >= fewest:
            yield Series(subject=subject, points=_points(calls, steps, step))


def steps_in(window: Window, step: Step) -> tuple[datetime, ...]:
    """Starts of the steps a window touches, in order."""
    start = window.starts_at if step == "hour" else window.starts_at.replace(hour=0)
    count = -(-(window.ends_at - start) // STEPS[step])
    return tuple(start + number * STEPS[step] for number in range(count))


def build_profiles(
    rows: Iterable[RollupRow], names: Mapping[int, EndpointName], *, by: Sequence[str], window: Window
) -> tuple[DayProfile, ...]:
    """Rows whose `starts_at` carries the hour of the day."""
    days = max(window.hours / 24, 1.0)
    groups = grouped(rows, names, by).items()
    return tuple(DayProfile(subject=subject, hours=_hours_of_day(calls, days)) for subject, calls in groups)


def build_distributions(
    rows: Iterable[RollupRow], names: Mapping[int, EndpointName], *, by: Sequence[str]
) -> tuple[Distribution, ...]:
    """All subjects over the same bars, equal in ratio, from the fastest to the slowest call."""
    groups = {
        subject: Histogram.merged(row.total_sketch for row in calls if row.status == "ok")
        for subject, calls in grouped(rows, names, by).items()
    }
    filled = {subject: histogram for subject, histogram in groups.items() if histogram.count}
    if not filled:
        return ()
    edges = bar_edges(filled.values())
    return tuple(
        Distribution(subject=subject, edges_ms=edges, counts=histogram.spread(edges))
        for subject, histogram in filled.items()
    )


def bar_edges(histograms: Iterable[Histogram]) -> tuple[int, ...]:
    """Ascending whole milliseconds that hold every duration; fewer than BARS where they lie close together."""
    shown = list(histograms)
    low = min(int(BIN_VALUES[np.flatnonzero(histogram.counts)[0]]) for histogram in shown)
    high = max(histogram.percentile(100) or 0 for histogram in shown)
    edges = np.rint(np.geomspace(max(low, 1), high + 1, BARS + 1)).astype(np.int64)
    edges[0], edges[-1] = low, high + 1
    return tuple(int(edge) for edge in np.unique(edges))


def _points(rows: Iterable[RollupRow], starts: Sequence[datetime], step: Step) -> tuple[SeriesPoint, ...]:
    parts: dict[datetime, list[RollupRow]] = defaultdict(list)
    for row in rows:
        parts[row.starts_at].append(row)
    return tuple(SeriesPoint(starts_at=start, figures=_figures(parts[start], STEPS[step] / HOUR)) for start in starts)


def _hours_of_day(rows: Iterable[RollupRow], days: float) -> tuple[HourOfDay, ...]:
    parts: dict[int, list[RollupRow]] = defaultdict(list)
    for row in rows:
        parts[row.starts_at.hour].append(row)
    return tuple(HourOfDay(hour=hour, figures=_figures(parts[hour], days)) for hour in range(24))


def _figures(rows: Sequence[RollupRow], hours: float) -> Figures | None:
    return summarize(rows, hours) if rows else None


@dataclass(frozen=True)
class IntervalEstimate:
    """A figure with the ends of its 95% interval, all in one unit."""

    value: float
    lower: float
    upper: float


@dataclass(frozen=True)
class Difference:
    """First minus second."""

    value: float
    lower: float
    upper: float

    @property
    def is_clear(self) -> bool:
        """Whether zero lies outside the interval."""
        return self.lower > 0 or self.upper < 0


def percentile_interval(histogram: Histogram, percent: int) -> IntervalEstimate | None:
    """Milliseconds; None with fewer calls than a percentile needs."""
    count = histogram.count
    if count < FEWEST_FOR_PERCENTILES:
        return None
    share = percent / 100
    half = Z * sqrt(count * share * (1 - share))
    ranks = (ceil(count * share), floor(count * share - half), ceil(count * share + half) + 1)
    value, lower, upper = (_at_rank(histogram, min(count, max(1, rank))) for rank in ranks)
    return IntervalEstimate(value, lower, upper)


def success_interval(success: Success | None) -> IntervalEstimate | None:
    """Fractions, Wilson's interval."""
    if success is None:
        return None
    return IntervalEstimate(float(success.rate), float(success.lower), float(success.upper))


def difference(first: IntervalEstimate | None, second: IntervalEstimate | None) -> Difference | None:
    """None where either is missing."""
    if first is None or second is None:
        return None
    value = first.value - second.value
    down = hypot(first.value - first.lower, second.upper - second.value)
    up = hypot(first.upper - first.value, second.value - second.lower)
    return Difference(value, value - down, value + up)


def _at_rank(histogram: Histogram, rank: int) -> float:
    return float(BIN_VALUES[np.searchsorted(np.cumsum(histogram.counts), rank)])
