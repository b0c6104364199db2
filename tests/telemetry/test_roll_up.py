"""Rolling up: figures equal a rebuild from scratch, whatever came late, twice or was cut short."""

import threading
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from providers.models import ChangedHour, DayRollup, HourRollup, RequestSample, RolledHour
from providers.telemetry.histogram import Histogram
from providers.telemetry.roll_up import roll_up_changed, roll_up_day, roll_up_days
from providers.telemetry.tables import day_start
from tests.telemetry.factories import NOON, make_endpoint, make_sample, make_samples

NOW = NOON + timedelta(hours=6)


def rolled(table: type) -> dict[tuple, tuple]:
    rows = table.objects.values_list(
        "starts_at", "endpoint_id", "mode", "source", "simulated", "status", "calls", "total_ms_sum", "ttfb_ms_sum",
        "cost_usd_sum", "total_sketch", "ttfb_sketch",
    )  # fmt: skip
    return {row[:6]: (*row[6:10], bytes(row[10]), bytes(row[11])) for row in rows}


def from_scratch(hours: int) -> dict[tuple, tuple]:
    """A second way: every sample in Python, in spans of so many hours."""
    groups = defaultdict(list)
    for sample in RequestSample.objects.all():
        start = sample.started_at.replace(minute=0, second=0, microsecond=0)
        start = start.replace(hour=0) if hours == 24 else start
        key = (start, sample.endpoint_id, sample.mode, sample.source, sample.simulated, sample.status)
        groups[key].append(sample)
    return {
        key: (
            len(group),
            sum(s.total_ms for s in group),
            sum(s.ttfb_ms or 0 for s in group),
            sum((s.cost_usd or Decimal(0) for s in group), Decimal(0)),
            Histogram.of([s.total_ms for s in group]).to_bytes(),
            Histogram.of([s.ttfb_ms for s in group if s.ttfb_ms is not None]).to_bytes(),
        )
        for key, group in groups.items()
    }


def make_mixed(count: int, seed: int = 1) -> None:
    from providers.telemetry.import_samples import record_samples

    random = np.random.default_rng(seed)
    first, second = make_endpoint(), make_endpoint("replicate")
    statuses = ("ok", "ok", "ok", "upstream", "timeout", "client")
    record_samples(
        make_sample(
            (first, second)[int(random.integers(2))],
            started_at=NOON - timedelta(seconds=int(random.integers(0, 3 * 86400))),
            total_ms=int(random.lognormal(8, 1)),
            ttfb_ms=None if random.random() < 0.1 else 0,
            status=statuses[int(random.integers(6))],
            source=("gateway", "scheduled")[int(random.integers(2))],
            simulated=bool(random.integers(2)),
            cost_usd=None if random.random() < 0.2 else Decimal("0.005"),
        )
        for _ in range(count)
    )


def assert_true_to_the_samples() -> None:
    assert rolled(HourRollup) == from_scratch(1)
    assert rolled(DayRollup) == from_scratch(24)


@pytest.mark.django_db
def test_hours_and_days_hold_exactly_what_the_samples_say() -> None:
    make_mixed(2000)
    days = roll_up_changed(NOW, 90)
    assert sum(day.samples for day in days) == 2000
    assert not ChangedHour.objects.exists()
    assert_true_to_the_samples()


@pytest.mark.django_db
def test_rolling_up_again_changes_nothing() -> None:
    make_mixed(500)
    roll_up_changed(NOW, 90)
    once = rolled(HourRollup), rolled(DayRollup)
    assert roll_up_changed(NOW, 90) == ()
    roll_up_days(NOON.date() - timedelta(days=5), NOON.date())
    assert (rolled(HourRollup), rolled(DayRollup)) == once


@pytest.mark.django_db
def test_samples_that_come_late_or_go_are_followed() -> None:
    endpoint = make_endpoint()
    make_samples(endpoint, 100, 200, started_at=NOON)
    roll_up_changed(NOW, 90)
    make_samples(endpoint, 300, started_at=NOON + timedelta(minutes=30))
    make_samples(endpoint, 400, started_at=NOON - timedelta(days=2))
    assert [day.hours for day in roll_up_changed(NOW, 90)] == [1, 1]
    assert_true_to_the_samples()
    RequestSample.objects.filter(started_at=NOON).delete()
    RequestSample.objects.filter(started_at=NOON - timedelta(days=2)).delete()
    roll_up_changed(NOW, 90)
    assert_true_to_the_samples()
    assert HourRollup.objects.count() == 1


@pytest.mark.django_db
def test_an_hour_remembers_how_far_it_came() -> None:
    make_samples(make_endpoint(), 1, 2, 3)
    roll_up_changed(NOW, 90)
    hour = RolledHour.objects.get()
    assert (hour.hour, hour.samples) == (NOON, 3)
    assert hour.last_sample_id == RequestSample.objects.order_by("-id")[0].id


@pytest.mark.django_db
def test_days_whose_samples_expired_keep_their_rollups() -> None:
    endpoint = make_endpoint()
    make_samples(endpoint, 7, started_at=NOON - timedelta(days=60))
    roll_up_changed(NOW, 90)
    from providers.telemetry.partitions import drop_sample_days

    drop_sample_days(NOON.date() - timedelta(days=31))
    ChangedHour.objects.create(hour=NOON - timedelta(days=60), marked_at=NOW)
    assert roll_up_changed(NOW, 31) == ()
    assert roll_up_days(date(2026, 1, 1), NOON.date()) == ()
    assert (HourRollup.objects.count(), DayRollup.objects.count(), ChangedHour.objects.count()) == (1, 1, 0)


@pytest.mark.django_db
def test_what_a_deleted_endpoint_left_behind_is_passed_over() -> None:
    endpoint = make_endpoint()
    make_samples(endpoint, 7)
    endpoint.delete()
    roll_up_changed(NOW, 90)
    assert not HourRollup.objects.exists()


class Cut(Exception):
    """The worker is gone."""


@pytest.mark.django_db(transaction=True)
def test_a_run_that_dies_in_the_middle_leaves_its_marks_and_the_next_one_finishes() -> None:
    make_mixed(300)
    days = sorted({hour.date() for hour in ChangedHour.objects.values_list("hour", flat=True)})
    roll_up_day(days[0])

    def die_in(day: date) -> None:
        with transaction.atomic():
            roll_up_day(day)
            raise Cut

    with pytest.raises(Cut):
        die_in(days[1])
    assert set(ChangedHour.objects.dates("hour", "day")) == set(days[1:])
    roll_up_changed(NOW, 90)
    assert_true_to_the_samples()


@pytest.mark.django_db(transaction=True)
def test_a_backend_killed_while_it_rolls_up_loses_nothing() -> None:
    make_mixed(300)
    ready, failures = threading.Event(), []

    def work() -> None:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL application_name = 'doomed'")
                for day in sorted({hour.date() for hour in ChangedHour.objects.values_list("hour", flat=True)}):
                    roll_up_day(day)
                ready.set()
                cursor.execute("SELECT pg_sleep(20)")
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    assert ready.wait(20)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'doomed'")
    thread.join()
    assert failures
    assert not HourRollup.objects.exists()
    roll_up_changed(NOW, 90)
    assert_true_to_the_samples()


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_while_samples_arrive_end_at_the_same_figures() -> None:
    make_mixed(300)
    failures: list[Exception] = []

    def work(step: int) -> None:
        try:
            if step == 2:
                for seed in range(4):
                    make_mixed(60, seed)
            else:
                for _ in range(4):
                    roll_up_changed(NOW, 90)
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(step,)) for step in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    roll_up_changed(NOW, 90)
    assert_true_to_the_samples()


def test_an_hour_starts_at_its_utc_hour() -> None:
    assert day_start(date(2026, 11, 25)) == datetime(2026, 11, 25, tzinfo=UTC)


@pytest.mark.django_db
def test_the_command_rolls_up_what_changed_or_the_days_named(capsys) -> None:
    make_samples(make_endpoint(), 1, 2, 3, started_at=datetime.now(UTC) - timedelta(days=1))
    call_command("rollup_telemetry")
    assert capsys.readouterr().out == "1 hours of 1 days rolled up from 3 samples.\n"
    call_command("rollup_telemetry", "--from", "2026-01-01")
    assert "24 hours of" in capsys.readouterr().out
    with pytest.raises(CommandError, match="'soon' is not a day; allowed is a date"):
        call_command("rollup_telemetry", "--to", "soon")
