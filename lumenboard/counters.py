"""Counters of what came in lately: in the broker's store, in this process alone when that is down."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import cache
from typing import Final, TypeVar
from urllib.parse import parse_qs, urlsplit

# The library imports it when the first request comes, and of two threads at once one finds it half imported.
import redis  # noqa: F401
from django.conf import settings
from limits.errors import ConfigurationError, StorageError
from limits.storage import MemoryStorage, RedisStorage, Storage
from limits.strategies import FixedWindowRateLimiter

LOG = logging.getLogger(__name__)
PATIENCE_S: Final = 0.25
LEFT_ALONE_S: Final = 5.0
_down_until = {"monotonic": 0.0}
T = TypeVar("T")


def count_with(question: Callable[[FixedWindowRateLimiter], T]) -> T:
    """The answer of the shared counters, or of this process's own."""
    if time.monotonic() >= _down_until["monotonic"]:
        try:
            return question(_shared(settings.CELERY_BROKER_URL))
        except (StorageError, ConfigurationError) as error:
            _down_until["monotonic"] = time.monotonic() + LEFT_ALONE_S
            LOG.warning("requests are counted in this process alone: %s", error)
    return question(own_counters())


@cache
def own_counters() -> FixedWindowRateLimiter:
    """Of this process alone."""
    return FixedWindowRateLimiter(MemoryStorage())


@cache
def _shared(broker_url: str) -> FixedWindowRateLimiter:
    if not broker_url.startswith("redis"):
        return own_counters()
    storage: Storage = RedisStorage(
        _storage_url(broker_url),
        wrap_exceptions=True,
        socket_timeout=PATIENCE_S,
        socket_connect_timeout=PATIENCE_S,
    )
    return FixedWindowRateLimiter(storage)


def _storage_url(broker_url: str) -> str:
    """Celery and limits spell sockets differently."""
    parts = urlsplit(broker_url)
    if parts.scheme != "redis+socket":
        return broker_url
    database = parse_qs(parts.query).get("virtual_host", ["0"])[0]
    return f"redis+unix://{parts.path}?db={database}"


def forget_counters() -> None:
    """Begin anew, as tests do."""
    own_counters.cache_clear()
    _shared.cache_clear()
