"""How many requests a client may make a minute."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from limits import RateLimitItemPerMinute
from limits.strategies import FixedWindowRateLimiter

from lumenboard.counters import count_with

WINDOW_S: Final = 60


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
    return count_with(lambda limiter: _taken(limiter, limit, client))


def _taken(limiter: FixedWindowRateLimiter, limit: RateLimitItemPerMinute, client: str) -> Allowance:
    is_allowed = limiter.hit(limit, "api", client)
    window = limiter.get_window_stats(limit, "api", client)
    reset_s = min(WINDOW_S, max(1, round(window.reset_time - time.time())))
    return Allowance(limit.amount, max(0, window.remaining), reset_s, is_allowed)
