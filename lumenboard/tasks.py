"""Celery tasks of the whole site."""

from celery import shared_task
from django.utils import timezone

from providers.models import Heartbeat


@shared_task
def sing(queue: str) -> None:
    """The canary: says that somebody works on its queue."""
    Heartbeat.objects.update_or_create(queue=queue, defaults={"at": timezone.now()})
