"""How often a log-in may be tried: per account and address, so that nobody else is shut out, and per network.

The waits grow with the tries and end by themselves; a log-in that succeeds forgets those of its account and address.
"""

import hashlib
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from threading import BoundedSemaphore
from typing import Final

from django.contrib.auth import get_user_model
from django.http import HttpRequest
from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.strategies import FixedWindowRateLimiter

from arena.client import client_address, host_of, network_of
from lumenboard.counters import count_with

LOG = logging.getLogger(__name__)
# the shortest window comes first: a try that it refuses uses up nothing of the longer ones
OF_AN_ACCOUNT: Final = (RateLimitItemPerMinute(5), RateLimitItemPerMinute(10, 10), RateLimitItemPerHour(20))
OF_A_NETWORK: Final = (RateLimitItemPerMinute(30), RateLimitItemPerMinute(60, 10), RateLimitItemPerHour(150))
# a password takes a processor for a quarter second; pages and votes need the other threads
CHECKED_AT_ONCE: Final = 2
BUSY_S: Final = 2
checking = BoundedSemaphore(CHECKED_AT_ONCE)


@dataclass(frozen=True)
class Try:
    """One log-in that is tried: what it is counted under, and how the log names it."""

    username: str
    account: str
    host: str
    network: str

    @property
    def shown(self) -> str:
        """Only names of accounts: whatever else was typed may be a password."""
        named = get_user_model()._default_manager.filter(username=self.username)
        known = "\0" not in self.username and self.username.isprintable() and named.exists()
        return f"{self.username if known else 'an unknown account'} from {self.host}"

    def limits(self) -> list[tuple[RateLimitItem, tuple[str, ...]]]:
        """Each limit with what it is counted under; the account's own first."""
        own = [(limit, ("log-in", self.account, self.host)) for limit in OF_AN_ACCOUNT]
        return [*own, *((limit, ("log-ins", self.network)) for limit in OF_A_NETWORK)]


def try_of(request: HttpRequest, username: str) -> Try:
    """`username` is as it was typed."""
    address = client_address(request)
    digest = hashlib.sha256(username.casefold().encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return Try(username, digest, host_of(address), network_of(address))


def wait_before(attempt: Try) -> int:
    """Counts the try before its password is looked at, so that many at once are counted too; seconds to wait, or 0."""
    wait_s = count_with(lambda limiter: _taken(limiter, attempt.limits()))
    if wait_s and count_with(
        lambda limiter: limiter.hit(RateLimitItemPerMinute(1), "warned", attempt.account, attempt.host)
    ):
        LOG.warning("log-ins as %s are refused for %d s: too many failed", attempt.shown, wait_s)
    return wait_s


def wait_before_provider(request: HttpRequest) -> int:
    """The same for a log-in that begins at another site, which has no account yet: by network, apart from passwords."""
    network = network_of(client_address(request))
    return count_with(
        lambda limiter: _taken(limiter, [(limit, ("log-ins-elsewhere", network)) for limit in OF_A_NETWORK])
    )


def _taken(limiter: FixedWindowRateLimiter, limits: Sequence[tuple[RateLimitItem, tuple[str, ...]]]) -> int:
    for limit, key in limits:
        if not limiter.hit(limit, *key):
            return max(1, ceil(limiter.get_window_stats(limit, *key).reset_time - time.time()))
    return 0


def forget_tries(attempt: Try) -> None:
    """After a log-in that succeeded."""

    def forget(limiter: FixedWindowRateLimiter) -> None:
        for limit, key in attempt.limits()[: len(OF_AN_ACCOUNT)]:
            limiter.clear(limit, *key)

    count_with(forget)


def wait_in_words(wait_s: int) -> str:
    """`45 seconds`, `8 minutes`."""
    if wait_s < 100:
        return f"{wait_s} second{'s'[: wait_s != 1]}"
    minutes = ceil(wait_s / 60)
    return f"{minutes} minutes"
