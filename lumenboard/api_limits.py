"""How many requests a client may make a minute: counted in the broker's store, in this process when that is down."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from functools import cache
from typing import Final
from urllib.parse import parse_qs, urlsplit

# The library imports it when the first request comes, and of two threads at once one finds it half imported.
import redis  # noqa: F401
from django.conf import settings
from limits import RateLimitItemPerMinute
from limits.errors import ConfigurationError, StorageError
from limits.storage import MemoryStorage, RedisStorage, Storage
from limits.strategies import FixedWindowRateLimiter

LOG = logging.getLogger(__name__)
PATIENCE_S: Final = 0.25
LEFT_ALONE_S: Final = 5.0
WINDOW_S: Final = 60
_down_until = {"monotonic": 0.0}


@dataclass(frozen=True)
class Allowance:
    """What a client has left; `reset_s` until the window begins anew."""

    limit: int
    remaining: int
    reset_s: int
    is_allowed: bool

    def headers(self) -> dict[str, str]:
        """The fields of the IETF's draft on rate limits."""
        told = {
            "RateLimit-Policy": f'"client";q={self.limit};w={WINDOW_S}',
            "RateLimit": f'"client";r={self.remaining};t={self.reset_s}',
        }
        return told if self.is_allowed else told | {"Retry-After": str(self.reset_s)}


def take(client: str) -> Allowance:
    """Counts one request of a client."""
    limit = RateLimitItemPerMinute(settings.API_REQUESTS_PER_MINUTE)
    if time.monotonic() >= _down_until["monotonic"]:
        try:
            return _taken(_shared(settings.CELERY_BROKER_URL), limit, client)
        except (StorageError, ConfigurationError) as error:
            _down_until["monotonic"] = time.monotonic() + LEFT_ALONE_S
            LOG.warning("requests are counted in this process alone: %s", error)
    return _taken(_own(), limit, client)


def _taken(limiter: FixedWindowRateLimiter, limit: RateLimitItemPerMinute, client: str) -> Allowance:
    is_allowed = limiter.hit(limit, "api", client)
    window = limiter.get_window_stats(limit, "api", client)
    reset_s = min(WINDOW_S, max(1, round(window.reset_time - time.time())))
    return Allowance(limit.amount, max(0, window.remaining), reset_s, is_allowed)


@cache
def _own() -> FixedWindowRateLimiter:
    return FixedWindowRateLimiter(MemoryStorage())


@cache
def _shared(broker_url: str) -> FixedWindowRateLimiter:
    if not broker_url.startswith("redis"):
        return _own()
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
