"""Where ratings and their intervals stand on one shared axis, in percent of its width.

Pure numbers; drawing is the templates' part.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

MEAN_RATING = 1000.0
TICK_STEPS = (10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
MOST_TICKS = 5
EDGE = 4.0


class HasInterval(Protocol):
    """A rating with its interval; an interval may be missing, a rating that is drawn may not."""

    @property
    def rating(self) -> float | None: ...
    @property
    def lower(self) -> float | None: ...
    @property
    def upper(self) -> float | None: ...


@dataclass(frozen=True)
class IntervalMark:
    """One row's dot and whisker; an end that runs off the axis is cut there and says so."""

    dot: float
    start: float
    width: float
    cut_left: bool
    cut_right: bool


@dataclass(frozen=True)
class Tick:
    """A labelled place on the axis."""

    value: int
    at: float


@dataclass(frozen=True)
class IntervalAxis:
    """What all rows of one table share."""

    reference: float
    ticks: tuple[Tick, ...]
    marks: tuple[IntervalMark, ...]


def interval_axis(rows: Sequence[HasInterval], reference: float = MEAN_RATING) -> IntervalAxis:
    """Place every row on one axis that holds all ratings and the reference.

    An interval may widen the axis by at most half the span of the ratings on either side, so that one
    model with few battles does not press all others together.
    """
    low, high = _domain(rows, reference)

    def place(value: float) -> float:
        return round(EDGE + (100 - 2 * EDGE) * (value - low) / (high - low), 2)

    return IntervalAxis(
        reference=place(reference),
        ticks=tuple(Tick(value, place(value)) for value in _tick_values(low, high)),
        marks=tuple(_mark(place(_rating(row)), place(_lower(row)), place(_upper(row))) for row in rows),
    )


def _rating(row: HasInterval) -> float:
    return row.rating or 0.0


def _lower(row: HasInterval) -> float:
    return _rating(row) if row.lower is None else row.lower


def _upper(row: HasInterval) -> float:
    return _rating(row) if row.upper is None else row.upper


def _domain(rows: Iterable[HasInterval], reference: float) -> tuple[float, float]:
    held = list(rows)
    ratings = [_rating(row) for row in held] + [reference]
    least, most = min(ratings), max(ratings)
    reach = max(50.0, (most - least) / 2)
    low = max(least - reach, min([least, *(_lower(row) for row in held)]))
    high = min(most + reach, max([most, *(_upper(row) for row in held)]))
    return (low, high) if high > low else (low - reach, high + reach)


def _mark(dot: float, start: float, end: float) -> IntervalMark:
    shown_start, shown_end = max(0.0, start), min(100.0, end)
    return IntervalMark(
        dot=dot,
        start=shown_start,
        width=round(shown_end - shown_start, 2),
        cut_left=start < 0,
        cut_right=end > 100,
    )


def _tick_values(low: float, high: float) -> list[int]:
    step = next((size for size in TICK_STEPS if (high - low) / size <= MOST_TICKS), TICK_STEPS[-1])
    return list(range(math.ceil(low / step) * step, math.floor(high) + 1, step))
