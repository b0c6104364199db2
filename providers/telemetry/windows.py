"""Spans of time that figures are taken over, in whole UTC hours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from providers.plain_values import YEARS, in_calendar

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


def last_days(days: int, now: datetime) -> Window:
    """So many days of the calendar, in UTC, today the last and as far as it has come."""
    now = now.astimezone(UTC)
    return Window(name=f"{days}d", starts_at=_midnight(now) - (days - 1) * DAY, ends_at=now, is_open=True)


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
