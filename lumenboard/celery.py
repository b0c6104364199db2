"""The Celery application, with one fault of its message transport put right; tasks live in each app's tasks module."""

import os
import signal
import time
from typing import Any, Final

from celery import Celery
from celery.beat import Service
from celery.signals import beat_init, before_task_publish, worker_shutting_down
from kombu.transport.redis import Channel
from redis.exceptions import ConnectionError as RedisConnectionError

_parameters: Final = Channel._connparams
A_TICK_HAS_S: Final = 5.0


def report_closed_connections() -> None:
    """Let a channel without its connection fail as a lost connection, which workers survive.

    kombu 5.7.0, the newest there is: when the broker dies while a worker waits for messages and runs some, closing the
    channel fails halfway, and the second attempt, which wants to hand back what is running, finds a transport without
    client and raises AttributeError. Celery takes that for a fault of its own and ends the worker. The same happens to
    the acknowledgement of a task that ends after its connection. Can go when kombu raises an error of its own there.
    """
    Channel._connparams = _connection_parameters  # type: ignore[method-assign]


def _connection_parameters(channel: Any, asynchronous: bool = False) -> Any:
    if channel.connection is None or channel.connection.client is None:
        raise RedisConnectionError("the connection to the broker has been closed")
    return _parameters(channel, asynchronous=asynchronous)


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


@beat_init.connect
def end_between_ticks(sender: Service, **_: object) -> None:
    """Celery closes the file of the schedule at once, also where a tick reads or writes it at that moment.

    A tick that hangs, since the broker is away, is ended by an alarm, as Celery does it.
    """
    at_once = signal.getsignal(signal.SIGTERM)

    def end(signum: int, frame: object) -> None:
        sender.stop()
        signal.signal(signal.SIGALRM, at_once)
        signal.setitimer(signal.ITIMER_REAL, A_TICK_HAS_S)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
