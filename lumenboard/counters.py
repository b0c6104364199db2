"""Counters of what came in lately: in the broker's store, in this process alone when that is down."""

from collections.abc import Callable
from functools import cache
from threading import Lock
from typing import Final, TypeVar

import redis
from limits.errors import ConfigurationError
from limits.storage import MemoryStorage, RedisStorage, Storage
from limits.strategies import FixedWindowRateLimiter

from arena.valkey import ask_valkey

T = TypeVar("T")
_MAKING: Final = Lock()


def count_with(question: Callable[[FixedWindowRateLimiter], T]) -> T:
    """The answer of the shared counters, or of this process's own."""
    answers = ask_valkey(lambda store: _ask_shared(store, question))
    return answers[0] if answers else question(own_counters())


def _ask_shared(store: redis.Redis, question: Callable[[FixedWindowRateLimiter], T]) -> tuple[T] | None:
    try:
        return (question(_shared(store)),)
    except ConfigurationError:
        # a store that the library cannot count in
        return None


def own_counters() -> FixedWindowRateLimiter:
    """Of this process alone: one, whichever of many threads asks first."""
    with _MAKING:
        return _own()


@cache
def _own() -> FixedWindowRateLimiter:
    return FixedWindowRateLimiter(MemoryStorage())


@cache
def _shared(store: redis.Redis) -> FixedWindowRateLimiter:
    storage: Storage = RedisStorage("redis://", connection_pool=store.connection_pool)
    return FixedWindowRateLimiter(storage)


def forget_counters() -> None:
    """Begin anew, as tests do."""
    _own.cache_clear()
    _shared.cache_clear()
