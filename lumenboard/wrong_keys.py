"""How many wrong API keys one network may send a minute. Right ones are never counted, so nobody else is slowed."""

import logging
import time
from math import ceil
from typing import Final

from limits import RateLimitItemPerMinute
from limits.strategies import FixedWindowRateLimiter

from arena.client import network_of
from lumenboard.counters import count_with

LOG = logging.getLogger(__name__)
MOST: Final = 30
OF_A_NETWORK: Final = RateLimitItemPerMinute(MOST)
ONCE: Final = RateLimitItemPerMinute(1)


def wait_after_wrong_key(address: str) -> int:
    """Counts one; seconds until the next is looked at again, or 0. Counters alone: the database is not written."""
    network = network_of(address)
    wait_s, is_first = count_with(lambda limiter: _counted(limiter, network))
    if is_first:
        LOG.warning("wrong API keys from %s are answered 429 for %d s: more than %d in a minute", network, wait_s, MOST)
    return wait_s


def _counted(limiter: FixedWindowRateLimiter, network: str) -> tuple[int, bool]:
    key = ("wrong keys", network)
    if limiter.hit(OF_A_NETWORK, *key):
        return 0, False
    wait_s = max(1, ceil(limiter.get_window_stats(OF_A_NETWORK, *key).reset_time - time.time()))
    return wait_s, limiter.hit(ONCE, "wrong keys logged", network)


def too_many_wrong_keys(wait_s: int) -> str:
    """The sentence for whoever sent them."""
    return f"More than {MOST} wrong API keys came from this network within a minute; try again in {wait_s} s."
