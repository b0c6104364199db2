"""The table of request samples: its days, what it refuses, which hours it marks."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from providers.models import ChangedHour, RequestSample
from providers.telemetry.import_samples import record_samples
from providers.telemetry.partitions import drop_sample_days, ensure_sample_days, maintain_sample_days, sample_days
from tests.telemetry.factories import NOON, make_endpoint, make_sample, make_samples

pytestmark = pytest.mark.django_db

IMPOSSIBLE: list[dict[str, Any]] = [
    {"total_ms": -1, "ttfb_ms": None},
    {"ttfb_ms": -1},
    {"ttfb_ms": 1001},
    {"status": "lost"},
    {"source": "rumour"},
    {"mode": "video"},
    {"http_status": 99},
    {"cost_usd": Decimal(-1)},
    {"megapixels": Decimal(-1)},
    {"attempt": 0},
]


def in_partition(name: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM providers_requestsample_{name}")
        return cursor.fetchone()[0]


@pytest.mark.parametrize("fields", IMPOSSIBLE)
def test_a_sample_that_makes_no_sense_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        record_samples([make_sample(make_endpoint(), **fields)])
    assert not RequestSample.objects.exists()


def test_samples_come_back_as_they_went_in() -> None:
    endpoint = make_endpoint()
    sample = make_sample(endpoint, cost_usd=Decimal("0.005243000"), megapixels=Decimal("1.048576"), http_status=200)
    assert record_samples([sample, make_sample(endpoint, ttfb_ms=None, status="timeout")]) == 2
    first, second = RequestSample.objects.order_by("id")
    assert {name: getattr(first, name) for name in sample._fields} == sample._asdict()
    assert (second.status, second.ttfb_ms, second.cost_usd) == ("timeout", None, None)


def test_a_batch_is_written_whole_or_not_at_all() -> None:
    endpoint = make_endpoint()
    with pytest.raises(IntegrityError), transaction.atomic():
        record_samples([make_sample(endpoint), make_sample(endpoint, status="lost")])
    assert not RequestSample.objects.exists()


def test_each_sample_lies_in_the_partition_of_its_utc_day() -> None:
    make_samples(make_endpoint(), 1, 2, started_at=datetime(2026, 11, 19, 23, 59, 59, 999999, UTC))
    make_samples(make_endpoint(), 3, started_at=datetime(2026, 11, 20, tzinfo=UTC))
    assert (in_partition("20261119"), in_partition("20261120"), in_partition("other")) == (2, 1, 0)


def test_samples_of_a_day_not_made_yet_wait_and_move_into_it() -> None:
    endpoint, day = make_endpoint(), date(2031, 5, 1)
    sample = make_sample(endpoint, started_at=datetime(2031, 5, 1, 8, tzinfo=UTC))
    fields = sample._asdict()
    names, places = ", ".join(fields), ", ".join(["%s"] * len(fields))
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO providers_requestsample ({names}) VALUES ({places})", list(fields.values()))
    assert in_partition("other") == 1
    assert ensure_sample_days([day]) == (day,)
    assert (in_partition("other"), in_partition("20310501")) == (0, 1)
    assert RequestSample.objects.get().total_ms == sample.total_ms


def test_days_are_made_ahead_and_old_ones_dropped() -> None:
    make_samples(make_endpoint(), 5, started_at=NOON - timedelta(days=40))
    kept = maintain_sample_days(NOON, retention_days=31)
    assert (kept.made[0], kept.made[-1], len(kept.made)) == (date(2026, 11, 20), date(2026, 11, 23), 4)
    assert kept.dropped == (date(2026, 10, 11),)
    assert not RequestSample.objects.exists()
    assert maintain_sample_days(NOON, retention_days=31).made == ()


def test_the_first_day_kept_is_kept() -> None:
    make_samples(make_endpoint(), 5)
    assert drop_sample_days(NOON.date()) == ()
    assert NOON.date() in sample_days()


def test_hours_are_marked_once_per_statement_when_samples_come_or_go() -> None:
    endpoint = make_endpoint()
    record_samples([make_sample(endpoint, started_at=NOON + timedelta(minutes=m)) for m in (0, 1, 59, 60)])
    assert list(ChangedHour.objects.order_by("hour").values_list("hour", flat=True)) == [
        NOON,
        NOON + timedelta(hours=1),
    ]
    ChangedHour.objects.all().delete()
    RequestSample.objects.filter(started_at__gte=NOON + timedelta(hours=1)).delete()
    assert list(ChangedHour.objects.values_list("hour", flat=True)) == [NOON + timedelta(hours=1)]
