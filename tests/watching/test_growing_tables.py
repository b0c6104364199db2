"""What the night takes away: sessions past their end, hours of budgets, batches whose samples are gone."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.utils import timezone

from lumenboard import tasks
from lumenboard.celery import app
from providers.models import BudgetWindow, SampleBatch
from providers.telemetry.partitions import sweep_old_rows

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 29, 4, 30, tzinfo=UTC)


def test_sessions_past_their_end_go_and_others_stay() -> None:
    ends = {"over": -1, "long over": -1000, "now over": -0.01, "open": 1, "just opened": 12}
    for key, hours in ends.items():
        Session.objects.create(session_key=key, session_data="", expire_date=timezone.now() + timedelta(hours=hours))
    assert tasks.sweep_sessions() == 3
    assert set(Session.objects.filter(pk__in=ends).values_list("pk", flat=True)) == {"open", "just opened"}
    assert tasks.sweep_sessions() == 0


def test_old_hours_of_budgets_go_their_days_and_reservations_stay() -> None:
    def window(period: str, days: float, reserved: str = "0") -> BudgetWindow:
        starts_at = NOW - timedelta(days=days)
        return BudgetWindow.objects.create(
            scope="site", period=period, starts_at=starts_at, simulated=False, reserved_usd=Decimal(reserved)
        )

    window("hour", 36)
    stay = [window("hour", 34), window("day", 400), window("hour", 40, "0.5")]
    assert sweep_old_rows(NOW, 90).budget_hours == 1
    assert set(BudgetWindow.objects.all()) == set(stay)
    assert sweep_old_rows(NOW, 90).budget_hours == 0


def test_batches_go_with_the_last_of_their_samples() -> None:
    def batch(digest: str, days: float) -> SampleBatch:
        at = NOW - timedelta(days=days)
        return SampleBatch.objects.create(digest=digest, name=digest, samples=1, first_at=at, last_at=at)

    batch("gone", 91)
    kept = batch("kept", 90)
    assert sweep_old_rows(NOW, 90).sample_batches == 1
    assert list(SampleBatch.objects.all()) == [kept]


def test_every_task_that_beat_sends_is_there() -> None:
    app.loader.import_default_modules()
    sent = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert {"lumenboard.tasks.sweep_sessions", "providers.tasks.sweep_old_rows"} <= sent
    assert sent <= set(app.tasks)
