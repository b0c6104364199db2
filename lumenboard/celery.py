"""The Celery application; tasks live in each app's tasks module."""

import os
import time
from typing import Any

from celery import Celery
from celery.signals import before_task_publish, worker_shutting_down

from lumenboard.broker_faults import report_closed_connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lumenboard.settings")

report_closed_connections()
app = Celery("lumenboard")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@before_task_publish.connect
def note_the_time(headers: dict[str, Any] | None = None, **_: object) -> None:
    """Every message says when it was sent, which is how long its queue is behind once it is the oldest."""
    if headers is not None:
        headers.setdefault("sent_at", time.time())


@worker_shutting_down.connect
def begin_nothing_new(**_: object) -> None:
    """Messages to strangers would else keep a worker that is to end."""
    from providers.webhooks.deliver import stopping

    stopping.set()
