"""Bad stretches are found where they were, and nowhere else."""

from datetime import timedelta

import pytest
from django.utils import timezone

from providers.telemetry.import_samples import record_samples
from providers.telemetry.reading import CallScope, performance_incidents
from providers.telemetry.roll_up import roll_up_changed
from providers.telemetry.tables import sliding_window
from tests.telemetry.factories import make_endpoint, make_sample

pytestmark = pytest.mark.django_db
HOURS = 72


def found(make_hour):
    """`make_hour` gives (total_ms, status) of the calls of the hour so many hours ago."""
    endpoint = make_endpoint("fal")
    start = timezone.now().replace(minute=0, second=0, microsecond=0)
    samples = [
        make_sample(endpoint, started_at=start - timedelta(hours=ago), total_ms=total, ttfb_ms=0, status=status)
        for ago in range(1, HOURS)
        for total, status in make_hour(ago)
    ]
    record_samples(samples)
    roll_up_changed(timezone.now(), 90)
    incidents = performance_incidents(CallScope(), sliding_window("7d", timezone.now()))
    return [(one.kind, round((start - one.starts_at).total_seconds() / 3600), one.hours) for one in incidents]


def steady(ago: int):
    return [(1000 + 10 * n, "ok") for n in range(14)] + [(50, "upstream")] * (ago % 2)


def test_an_outage_and_a_slow_stretch_are_found_with_their_hours() -> None:
    def hour(ago: int):
        if 20 <= ago < 24:
            return [(1000, "ok")] * 6 + [(50, "timeout")] * 9
        return [(total * 3, status) for total, status in steady(ago)] if 50 <= ago < 55 else steady(ago)

    assert found(hour) == [("failures", 23, 4), ("latency", 54, 5)]


def test_a_single_bad_call_or_a_quiet_hour_is_none() -> None:
    def hour(ago: int):
        return [(1000, "upstream")] if ago == 30 else [] if ago == 31 else steady(ago)

    assert found(hour) == []


def test_a_slow_hour_of_few_calls_is_chance() -> None:
    assert found(lambda ago: [(3000, "ok")] * 14 if ago == 30 else steady(ago)) == []


def test_one_hour_between_bad_ones_does_not_part_an_incident() -> None:
    def hour(ago: int):
        return [(1000, "timeout")] * 12 if ago in {25, 26, 28, 30} else [] if ago == 29 else steady(ago)

    assert found(hour) == [("failures", 30, 6)]


@pytest.mark.parametrize("usual_ms", [0, 1, 5, 60])
def test_calls_of_few_milliseconds_are_no_incident(usual_ms: int) -> None:
    assert not found(lambda ago: [(usual_ms * (2 if ago < 3 else 1), "ok")] * 40)
