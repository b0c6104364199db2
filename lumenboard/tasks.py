"""Celery tasks of the whole site."""

from celery import shared_task
from django.contrib.sessions.models import Session
from django.utils import timezone

from providers.models import Heartbeat

AT_ONCE = 5000


@shared_task(name="lumenboard.tasks.sing")
def heartbeat(queue: str) -> None:
    """Says that somebody works on its queue."""
    Heartbeat.objects.update_or_create(queue=queue, defaults={"at": timezone.now()})


@shared_task
def sweep_sessions() -> int:
    """Nightly; how many sessions were past their end. A few at a time, so that nobody who logs in waits."""
    over, swept = Session.objects.filter(expire_date__lt=timezone.now()), 0
    while keys := list(over.values_list("pk", flat=True)[:AT_ONCE]):
        swept += over.filter(pk__in=keys).delete()[0]
    return swept
