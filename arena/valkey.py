"""The broker's store for what may be lost: burst counters, rate limits, which competitions wait for a recompute.

No vote or cap is ever held here; a store that is down is reported as absent, and left alone for a few seconds.
"""

import logging
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

import redis
from django.conf import settings

LOG = logging.getLogger(__name__)
PATIENCE_S = 0.25
LEFT_ALONE_S = 5.0
T = TypeVar("T")
_down_until = {"monotonic": 0.0}


def ask_valkey(question: Callable[["redis.Redis"], T]) -> T | None:
    """The store's answer, or None when there is no store to ask."""
    store = _store(settings.CELERY_BROKER_URL)
    if store is None or time.monotonic() < _down_until["monotonic"]:
        return None
    try:
        return question(store)
    except redis.RedisError as error:
        _down_until["monotonic"] = time.monotonic() + LEFT_ALONE_S
        LOG.warning("the broker's store does not answer: %s", error)
        return None


@lru_cache(maxsize=4)
def _store(url: str) -> "redis.Redis | None":
    patience: dict[str, Any] = {"socket_timeout": PATIENCE_S, "socket_connect_timeout": PATIENCE_S}
    parts = urlsplit(url)
    if parts.scheme == "redis+socket":
        database = parse_qs(parts.query).get("virtual_host", ["0"])[0]
        return redis.Redis.from_url(f"unix://{parts.path}?db={database}", **patience)
    if parts.scheme in {"redis", "rediss", "unix"}:
        return redis.Redis.from_url(url, **patience)
    return None
