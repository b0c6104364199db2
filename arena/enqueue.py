"""Tells a worker that there is something to do. May be lost without harm: the tables say what is to be done, and beat
looks for what nobody took up."""

import logging
from collections.abc import Iterable
from functools import partial

from celery import current_app
from django.db import transaction

log = logging.getLogger(__name__)


def enqueue_on_commit(task: str, ids: Iterable[int]) -> None:
    """One message per id once the transaction has committed."""
    for row_id in ids:
        transaction.on_commit(partial(enqueue, task, row_id))


def enqueue(task: str, row_id: int, *, in_s: float = 0.0) -> None:
    """Never raises: whatever the broker's library raises, the row stands."""
    try:
        current_app.send_task(f"arena.tasks.{task}", args=[row_id], countdown=in_s or None, retry=False)
    except Exception:
        log.warning("a worker could not be told of %s %s", task, row_id, exc_info=True)
