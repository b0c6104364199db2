"""Celery tasks of the providers app: each takes ids at most, may run twice, and only calls an action."""

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from providers.alerts import evaluate_alerts as evaluate
from providers.dispatch import reap_intents as reap
from providers.dispatch import run_intent as run
from providers.requests.gateway_traces import sweep_gateway_traces as sweep
from providers.requests.settle_requests import settle_requests
from providers.telemetry import partitions as days
from providers.telemetry.partitions import sweep_old_rows as sweep_rows
from providers.telemetry.roll_up import roll_up_changed


@shared_task
def reap_intents() -> int:
    """Each half minute; how many calls were brought to their end whose driver had fallen silent, their requests too."""
    reaped = reap.reap_intents()
    settle_requests()
    return reaped.released + reaped.unknown + reaped.resumed


@shared_task
def run_intent(intent_id: int) -> str:
    """Sends one that waits; what became of it."""
    return type(run.run_intent(intent_id)).__name__


@shared_task
def keep_sample_days() -> int:
    """Hourly; how many days of samples were made or dropped."""
    changed = days.maintain_sample_days(timezone.now(), settings.SAMPLE_RETENTION_DAYS)
    return len(changed.made) + len(changed.dropped)


@shared_task
def roll_up_samples() -> int:
    """Each minute; how many samples were read for hours that changed."""
    return sum(day.samples for day in roll_up_changed(timezone.now(), settings.SAMPLE_RETENTION_DAYS))


@shared_task
def sweep_gateway_traces() -> int:
    """Each five minutes; how many answers of the gateway lost their pictures."""
    return sweep().answers


@shared_task
def sweep_old_rows() -> int:
    """Nightly; how many hours of budgets and batches of samples went."""
    swept = sweep_rows(timezone.now(), settings.SAMPLE_RETENTION_DAYS)
    return swept.budget_hours + swept.sample_batches


@shared_task
def evaluate_alerts() -> int:
    """Each minute, after the roll-up; how many incidents opened or closed."""
    return evaluate.evaluate_alerts(timezone.now())
