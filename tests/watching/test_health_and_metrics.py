"""/health/ready tells the truth part by part; /metrics is for whoever may read it."""

import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from lumenboard.embedded.binaries import PartsFile, supervisor_lock
from lumenboard.embedded.layout import Layout
from lumenboard.embedded.locks import FileLock
from lumenboard.pages.status import readiness
from lumenboard.queues import QUEUES
from lumenboard.tasks import heartbeat
from providers.models import ChangedHour, Heartbeat
from tests.telemetry.factories import make_endpoint, make_samples

pytestmark = pytest.mark.django_db


def beat_everywhere(age: timedelta = timedelta()) -> None:
    for queue in QUEUES:
        heartbeat(queue)
    Heartbeat.objects.update(at=timezone.now() - age)


def test_all_parts_that_work_make_it_ready(client: Client) -> None:
    beat_everywhere()
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")
    assert set(answer.json()["checks"]) == {
        "disk data", "database", "broker", "beat", "rollups", "boards", "stored secrets",
        *(f"{part} {queue}" for queue in QUEUES for part in ("worker", "queue")),
    }  # fmt: skip


def test_a_heartbeat_that_stopped_makes_it_fail_unless_the_site_has_just_started(client: Client, monkeypatch) -> None:
    beat_everywhere(timedelta(minutes=5))
    monkeypatch.setattr(readiness, "STARTED", time.monotonic() - 2)
    assert client.get("/health/ready").json()["checks"]["beat"] == {
        "ok": True,
        "detail": "the site started 2 s ago, no heartbeat was due yet",
    }
    monkeypatch.setattr(readiness, "STARTED", time.monotonic() - 91)
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["checks"]["beat"] == {"ok": False, "detail": "has sent no heartbeat for 120 s"}


def test_rollups_that_lag_make_it_fail(client: Client) -> None:
    beat_everywhere()
    ChangedHour.objects.create(hour=timezone.now(), marked_at=timezone.now() - timedelta(minutes=30))
    assert client.get("/health/ready").json()["checks"]["rollups"]["ok"] is False


def test_a_broker_that_does_not_answer_makes_it_fail(client: Client, settings) -> None:
    beat_everywhere()
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    assert client.get("/health/ready").json()["checks"]["broker"] == {"ok": False, "detail": "does not answer"}


def test_parts_of_the_embedded_stack_are_named_with_their_trouble(client: Client, settings, tmp_path: Path) -> None:
    beat_everywhere()
    settings.LAYOUT = layout = Layout(tmp_path)
    report = PartsFile(layout)
    report.write({"web": "", "worker": "ended with exit status 1, 4 in a row; starts again in 4 s"})
    with FileLock(supervisor_lock(layout)) as lock:
        lock.take_now()
        answer = client.get("/health/ready")
    report.close()
    assert answer.status_code == 503
    checks = answer.json()["checks"]
    assert checks["process web"] == {"ok": True, "detail": "runs"}
    assert checks["process worker"]["detail"].startswith("ended with exit status 1, 4 in a row")
    assert client.get("/health/ready").status_code == 200


def test_metrics_tell_requests_calls_and_lag(client: Client) -> None:
    make_samples(make_endpoint("fal"), *range(100, 120), started_at=timezone.now())
    client.get("/health/ready")
    client.get("/no/such/page")
    text = client.get("/metrics").content.decode()
    assert 'lumenboard_requests_total{method="GET",route="/health/ready",status="5xx"}' in text
    assert 'lumenboard_requests_total{method="GET",route="none",status="4xx"}' in text
    assert 'lumenboard_provider_latency_seconds{provider="fal",quantile="0.5",simulated="false"} 0.1' in text
    assert "lumenboard_votes_total 0.0" in text
    assert 'lumenboard_queue_canary_age_seconds{queue="celery"} +Inf' in text
    assert "lumenboard_rollup_lag_seconds " in text


def test_metrics_are_not_for_strangers(client: Client, settings) -> None:
    assert client.get("/metrics", REMOTE_ADDR="203.0.113.7").status_code == 403
    assert client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.7"}).status_code == 403
    settings.METRICS_TOKEN = "scrape"
    assert client.get("/metrics").status_code == 403
    assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 403
    assert client.get("/metrics", headers={"Authorization": "Bearer scrape"}).status_code == 200
