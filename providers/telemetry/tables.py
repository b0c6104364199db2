"""Windows of time, and figures side by side: a line per model, provider, endpoint, mode or source, ranked by speed."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Final

from providers.plain_values import YEARS, in_calendar
from providers.telemetry.figures import Figures, summarize
from providers.telemetry.rollup_sql import RollupRow

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
SLIDING: Final = {"1h": HOUR, "24h": DAY, "7d": 7 * DAY, "30d": 30 * DAY}
STANDARD: Final = "30d"
LONGEST: Final = 366 * DAY


class WindowError(ValueError):
    """A span that cannot be looked at; `field` is the parameter at fault."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field


@dataclass(frozen=True)
class Span:
    """From `start` up to, not including, `end`."""

    start: datetime
    end: datetime


@dataclass(frozen=True, kw_only=True)
class Window:
    """Hours from `starts_at` up to `ends_at`; an open one ends now and also holds what came since the last roll-up."""

    name: str
    starts_at: datetime
    ends_at: datetime
    is_open: bool

    @property
    def hours(self) -> float:
        """Its length, the current hour counted as far as it has come."""
        return (self.ends_at - self.starts_at) / HOUR

    @property
    def days(self) -> Span | None:
        """The whole days within; an open window holds all of its last day."""
        start = _midnight(self.starts_at + DAY - timedelta(microseconds=1))
        end = _midnight(self.ends_at) + (DAY if self.is_open else timedelta())
        return Span(start, end) if start < end else None

    @property
    def loose_hours(self) -> tuple[Span, ...]:
        """The hours outside those days, as at most two spans."""
        days = self.days
        if days is None:
            return (Span(self.starts_at, self.ends_at),)
        spans = (Span(self.starts_at, days.start), Span(days.end, self.ends_at))
        return tuple(span for span in spans if span.start < span.end)


def sliding_window(name: str, now: datetime) -> Window:
    """The last hour, day, week or 30 days, from the start of an hour until now. Raises WindowError."""
    if name not in SLIDING:
        raise WindowError("window", f"{name!r} is not a window; allowed are {', '.join(SLIDING)}, or from and to")
    now = now.astimezone(UTC)
    return Window(name=name, starts_at=_whole_hour(now - SLIDING[name]), ends_at=now, is_open=True)


def custom_window(start: datetime, end: datetime, now: datetime) -> Window:
    """From the hour of `start` to the end of the hour before `end`; one that ends in the future ends now.

    Raises WindowError for a naive, empty or reversed span, one in the future, and one above 366 days.
    """
    for field, moment in (("from", start), ("to", end)):
        if moment.tzinfo is None:
            raise WindowError(field, "needs a time zone, for example 2026-11-25T00:00:00Z")
        if in_calendar(moment) is None:
            raise WindowError(field, f"must be {YEARS}")
    first, now = _whole_hour(start.astimezone(UTC)), now.astimezone(UTC)
    last = min(_whole_hour(end.astimezone(UTC) + HOUR - timedelta(microseconds=1)), now)
    if first >= now:
        raise WindowError("from", "lies in the future")
    if first >= last:
        raise WindowError("to", "must lie after from")
    if last - first > LONGEST:
        raise WindowError("from", f"at most {LONGEST.days} days before to")
    return Window(name="custom", starts_at=first, ends_at=last, is_open=last == now)


def day_start(day: date) -> datetime:
    """The first moment of a day, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _whole_hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


DIMENSIONS: Final = ("model", "provider", "endpoint", "mode", "source")
# a provider that fails more often is not called fast, however quick its successes are
RELIABLE_FROM: Final = Decimal("0.9")


@dataclass(frozen=True, kw_only=True)
class EndpointName:
    """An endpoint with what it belongs to."""

    id: int
    key: str
    model_slug: str
    model_name: str
    creator_slug: str
    provider_slug: str
    provider_name: str
    modes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, order=True)
class Subject:
    """What a line is about; fields that the table does not separate are empty. `simulated` always is separate."""

    model_slug: str = ""
    model_name: str = ""
    creator_slug: str = ""
    provider_slug: str = ""
    provider_name: str = ""
    endpoint_key: str = ""
    mode: str = ""
    source: str = ""
    simulated: bool = False

    @property
    def key(self) -> str:
        """One word for it, stable: for addresses and series."""
        parts = (self.model_slug, self.endpoint_key or self.provider_slug, self.mode, self.source)
        return "·".join([*filter(None, parts), *(["simulated"] if self.simulated else [])])

    @property
    def label(self) -> str:
        """What a reader calls it."""
        parts = (self.model_name, self.endpoint_key or self.provider_name, self.mode, self.source)
        return " · ".join([*filter(None, parts), *(["simulated"] if self.simulated else [])])


@dataclass(frozen=True, kw_only=True)
class PerformanceLine:
    """One subject's figures. `rank` among reliable lines of the same origin, by p50; else None and `note` says why."""

    subject: Subject
    figures: Figures
    rank: int | None = None
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class PerformanceTable:
    """Lines in order: measured before simulated, ranked before unranked. `rolled_at` is the last roll-up's time."""

    window: Window
    by: tuple[str, ...]
    lines: tuple[PerformanceLine, ...]
    without_data: tuple[Subject, ...]
    rolled_at: datetime | None

    @property
    def fastest(self) -> PerformanceLine | None:
        """The first of the measured ones, or where nothing is measured of the simulated ones."""
        return next((line for line in self.lines if line.rank == 1), None)


def subject_for(name: EndpointName, mode: str, source: str, simulated: bool, by: Sequence[str]) -> Subject:
    """What a row counts for in a table by these dimensions."""
    fields: dict[str, str] = {}
    if "model" in by:
        fields |= {"model_slug": name.model_slug, "model_name": name.model_name, "creator_slug": name.creator_slug}
    if "provider" in by or "endpoint" in by:
        fields |= {"provider_slug": name.provider_slug, "provider_name": name.provider_name}
    if "endpoint" in by:
        fields["endpoint_key"] = name.key
    if "mode" in by:
        fields["mode"] = mode
    if "source" in by:
        fields["source"] = source
    return Subject(simulated=simulated, **fields)


def grouped(
    rows: Iterable[RollupRow], names: Mapping[int, EndpointName], by: Sequence[str]
) -> dict[Subject, list[RollupRow]]:
    """Rows by subject, in order; rows of endpoints without a name are left out."""
    groups: dict[Subject, list[RollupRow]] = defaultdict(list)
    for row in rows:
        name = names.get(row.endpoint_id)
        if name:
            groups[subject_for(name, row.mode, row.source, row.simulated, by)].append(row)
    return dict(sorted(groups.items()))


def build_table(
    rows: Iterable[RollupRow],
    names: Mapping[int, EndpointName],
    *,
    by: Sequence[str],
    window: Window,
    rolled_at: datetime | None,
) -> PerformanceTable:
    """One line per subject with calls, and the subjects in `names` that have none."""
    groups = grouped(rows, names, by)
    lines = [PerformanceLine(subject=s, figures=summarize(calls, window.hours)) for s, calls in groups.items()]
    seen = {replace(subject, mode="", source="", simulated=False) for subject in groups}
    known = {subject_for(name, "", "", False, by) for name in names.values()}
    return PerformanceTable(
        window=window,
        by=tuple(by),
        lines=ranked(lines),
        without_data=tuple(sorted(known - seen)),
        rolled_at=rolled_at,
    )


def ranked(lines: Iterable[PerformanceLine]) -> tuple[PerformanceLine, ...]:
    """By p50 within measured and within simulated; equal p50 share a rank. The rest follow with their reason."""
    ordered = sorted(lines, key=_order)
    places: dict[bool, list[int]] = {True: [], False: []}
    done = []
    for line in ordered:
        note, percentiles = unranked_because(line.figures), line.figures.total.percentiles
        if note or percentiles is None:
            done.append(replace(line, note=note))
            continue
        before = places[line.subject.simulated]
        done.append(replace(line, rank=1 + sum(p50 < percentiles.p50_ms for p50 in before)))
        before.append(percentiles.p50_ms)
    return tuple(done)


def unranked_because(figures: Figures) -> str:
    """Why a line has no rank: too few successes, or reliably unreliable. Empty where it is ranked."""
    if figures.total.percentiles is None:
        return figures.total.withheld
    success = figures.success
    if success and success.upper < RELIABLE_FROM:
        return f"succeeds in fewer than {RELIABLE_FROM:.0%} of calls: at most {success.upper:.1%} at 95% confidence"
    return ""


def _order(line: PerformanceLine) -> tuple[bool, bool, bool, int, Subject]:
    percentiles = line.figures.total.percentiles
    return (
        line.subject.simulated,
        bool(unranked_because(line.figures)),
        percentiles is None,
        percentiles.p50_ms if percentiles else 0,
        line.subject,
    )
