"""How far each queue is behind: messages that wait in the broker, and how long the oldest has waited."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.conf import settings

from arena.valkey import ask_valkey
from lumenboard.queues import QUEUES


@dataclass(frozen=True)
class QueueDepth:
    """What no worker has taken yet; `oldest_s` is 0 where nothing waits, or where the message does not say."""

    messages: int
    oldest_s: float


def queue_depths() -> dict[str, QueueDepth] | None:
    """Per queue; None while the broker does not answer.

    A worker takes no more messages than it works on, but for those of a later time; so what waits stands in the list.
    """
    if not settings.CELERY_BROKER_URL.startswith(("redis", "unix")):
        return dict.fromkeys(QUEUES, QueueDepth(0, 0.0))

    def read(store: Any) -> list[Any]:
        pipeline = store.pipeline(transaction=False)
        for queue in QUEUES:
            pipeline.llen(queue)
            # sent to the left, taken from the right
            pipeline.lindex(queue, -1)
        return cast(list[Any], pipeline.execute())

    found, now = ask_valkey(read), time.time()
    if found is None:
        return None
    pairs = zip(QUEUES, found[::2], found[1::2], strict=True)
    return {queue: QueueDepth(int(length), _age_s(oldest, now)) for queue, length, oldest in pairs}


def _age_s(message: bytes | None, now: float) -> float:
    """Since it was sent, or since the later time it was sent for."""
    try:
        headers = json.loads(message)["headers"] if message else {}
        moments = [float(headers.get("sent_at") or now)]
        if headers.get("eta"):
            moments.append(datetime.fromisoformat(headers["eta"]).timestamp())
    except (ValueError, KeyError, TypeError, AttributeError):
        return 0.0
    return max(0.0, now - max(moments))
