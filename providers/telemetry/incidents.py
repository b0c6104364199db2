"""Intervals in which a subject failed more or was slower than it usually is, found in its hourly series. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from statistics import median
from typing import Final, Literal

from providers.telemetry.figures import Figures
from providers.telemetry.series import Series
from providers.telemetry.tables import HOUR, Subject

Kind = Literal["failures", "latency"]
# A bad hour: with 95% confidence ten points below the usual rate, or a median twice the usual one.
FEWEST_COUNTED: Final = 5
POINTS_BELOW: Final = Decimal("0.1")
TIMES_SLOWER: Final = 2.0
# And so much in all: calls of no or few milliseconds, of a cache, double by a breath.
LEAST_SLOWER_MS: Final = 100
FEWEST_SLOW_CALLS: Final = 30
FEWEST_HOURS_KNOWN: Final = 6
HOURS_BRIDGED: Final = 1


@dataclass(frozen=True, kw_only=True)
class Incident:
    """From the start of the first bad hour to the end of the last; `is_open` when that is the series' last hour.

    `usual` and `worst` are rates of success as fractions, or medians in milliseconds.
    """

    subject: Subject
    kind: Kind
    starts_at: datetime
    ends_at: datetime
    is_open: bool
    calls: int
    usual: float
    worst: float

    @property
    def hours(self) -> int:
        """Its length."""
        return round((self.ends_at - self.starts_at) / HOUR)


def incidents_in(series: Series) -> tuple[Incident, ...]:
    """Of one subject's hourly series, oldest first. Hours with too few calls neither begin nor end one."""
    found = [*_failures(series), *_slowness(series)]
    return tuple(sorted(found, key=lambda incident: (incident.starts_at, incident.kind)))


def all_incidents(series: Iterable[Series]) -> tuple[Incident, ...]:
    """Of several subjects, the latest first."""
    found = [incident for one in series for incident in incidents_in(one)]
    return tuple(sorted(found, key=lambda incident: (incident.starts_at, incident.subject), reverse=True))


@dataclass(frozen=True)
class _Measure:
    """What makes an hour bad: None where it has too few calls to say. `worse` picks the worst of values."""

    kind: Kind
    usual: float
    is_bad: Callable[[Figures], bool | None]
    value: Callable[[Figures], float]
    worse: Callable[[Sequence[float]], float]


def _failures(series: Series) -> list[Incident]:
    successes = [point.figures.success for point in series.points if point.figures]
    rates = [float(success.rate) for success in successes if success and success.counted >= FEWEST_COUNTED]
    if len(rates) < FEWEST_HOURS_KNOWN:
        return []
    usual = median(rates)

    def is_bad(figures: Figures) -> bool | None:
        success = figures.success
        if success is None or success.counted < FEWEST_COUNTED:
            return None
        return success.upper < Decimal(str(usual)) - POINTS_BELOW

    def value(figures: Figures) -> float:
        return float(figures.success.rate) if figures.success else usual

    return _found(series, _Measure("failures", usual, is_bad, value, min))


def _slowness(series: Series) -> list[Incident]:
    medians = [point.figures.total.at(50) for point in series.points if point.figures]
    known = [value for value in medians if value is not None]
    if len(known) < FEWEST_HOURS_KNOWN:
        return []
    usual = median(known)

    def is_bad(figures: Figures) -> bool | None:
        now = figures.total.at(50)
        return None if now is None else now >= max(TIMES_SLOWER * usual, usual + LEAST_SLOWER_MS)

    def value(figures: Figures) -> float:
        now = figures.total.at(50)
        return usual if now is None else float(now)

    found = _found(series, _Measure("latency", usual, is_bad, value, max))
    # a median of a dozen calls to different models doubles by chance
    return [incident for incident in found if incident.calls >= FEWEST_SLOW_CALLS]


def _found(series: Series, measure: _Measure) -> list[Incident]:
    """Bad hours that touch, or have no more than one other hour between them, are one incident."""
    judged = [measure.is_bad(point.figures) if point.figures else None for point in series.points]
    runs: list[list[int]] = []
    for index, is_bad in enumerate(judged):
        if not is_bad:
            continue
        if runs and index - runs[-1][-1] - 1 <= HOURS_BRIDGED:
            runs[-1].append(index)
        else:
            runs.append([index])
    return [_incident(series, measure, run) for run in runs]


def _incident(series: Series, measure: _Measure, run: Sequence[int]) -> Incident:
    points = series.points[run[0] : run[-1] + 1]
    values = [measure.value(figures) for index in run if (figures := series.points[index].figures)]
    return Incident(
        subject=series.subject,
        kind=measure.kind,
        starts_at=points[0].starts_at,
        ends_at=points[-1].starts_at + HOUR,
        is_open=run[-1] >= len(series.points) - 2,
        calls=sum(point.figures.calls for point in points if point.figures),
        usual=measure.usual,
        worst=measure.worse(values),
    )
