"""Windows: whole hours, what is covered by days and what by hours."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.telemetry.series import steps_in
from providers.telemetry.tables import DAY, HOUR, SLIDING, WindowError, custom_window, sliding_window

NOW = datetime(2026, 11, 25, 13, 20, tzinfo=UTC)
moments = st.integers(0, 4_000_000).map(lambda seconds: NOW - timedelta(seconds=seconds + 1200))


@pytest.mark.parametrize("name", SLIDING)
def test_a_sliding_window_starts_on_the_hour_and_ends_now(name: str) -> None:
    window = sliding_window(name, NOW)
    assert (window.ends_at, window.is_open, window.starts_at.minute) == (NOW, True, 0)
    assert SLIDING[name] <= NOW - window.starts_at < SLIDING[name] + HOUR


def test_thirty_days_are_days_and_the_hours_before_them() -> None:
    window = sliding_window("30d", NOW)
    assert (window.days.start, window.days.end) == (
        datetime(2026, 10, 27, tzinfo=UTC),
        datetime(2026, 11, 26, tzinfo=UTC),
    )
    assert [(span.start, span.end) for span in window.loose_hours] == [
        (datetime(2026, 10, 26, 13, tzinfo=UTC), datetime(2026, 10, 27, tzinfo=UTC))
    ]


def test_the_days_of_a_series_end_with_today_and_begin_with_the_one_the_window_begins_in() -> None:
    window = sliding_window("30d", NOW)
    days = steps_in(window, "day")
    assert (days[0], days[1], days[-1]) == (
        datetime(2026, 10, 26, tzinfo=UTC),
        datetime(2026, 10, 27, tzinfo=UTC),
        datetime(2026, 11, 25, tzinfo=UTC),
    )
    assert len(days) == 31
    assert window.is_open


@given(moments, moments)
def test_days_and_loose_hours_cover_a_window_once(one: datetime, other: datetime) -> None:
    start, end = sorted((one, other))
    if start == end:
        return
    window = custom_window(start, end, NOW)
    spans = [*window.loose_hours, *([window.days] if window.days else [])]
    covered = sorted(
        span.start + number * HOUR for span in spans for number in range(-(-(min(span.end, NOW) - span.start) // HOUR))
    )
    assert covered == [window.starts_at + number * HOUR for number in range(len(covered))]
    assert covered[0] <= start
    assert covered[-1] + HOUR >= min(end, NOW)


@pytest.mark.parametrize(
    ("start", "end", "told"),
    [
        (NOW.replace(tzinfo=None), NOW, "from: needs a time zone"),
        (NOW - DAY, NOW.replace(tzinfo=None), "to: needs a time zone"),
        (NOW, NOW - DAY, "to: must lie after from"),
        (NOW + DAY, NOW + 2 * DAY, "from: lies in the future"),
        (NOW - timedelta(days=400), NOW, "from: at most 366 days"),
    ],
)
def test_a_span_that_cannot_be_looked_at_is_refused_by_its_field(start: datetime, end: datetime, told: str) -> None:
    with pytest.raises(WindowError, match=told):
        custom_window(start, end, NOW)


def test_an_unknown_window_is_refused_with_those_allowed() -> None:
    with pytest.raises(WindowError, match="'2d' is not a window; allowed are 1h, 24h, 7d, 30d"):
        sliding_window("2d", NOW)
