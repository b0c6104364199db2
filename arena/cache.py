"""Values a process holds for a while, so that drawing a pair or padding a picture asks the database rarely."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class TtlCache(Generic[T]):
    """At most `most` values, each for `seconds`; the oldest goes first."""

    def __init__(self, seconds: float, most: int) -> None:
        self._seconds = seconds
        self._most = most
        self._values: OrderedDict[Hashable, tuple[float, T]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, read: Callable[[], T]) -> T:
        """The cached value, or a fresh one; two threads may read at once."""
        cached = self._values.get(key)
        if cached and time.monotonic() < cached[0] + self._seconds:
            return cached[1]
        value = read()
        with self._lock:
            self._values[key] = (time.monotonic(), value)
            self._values.move_to_end(key)
            while len(self._values) > self._most:
                self._values.popitem(last=False)
        return value

    def clear(self) -> None:
        """The next reader asks again."""
        with self._lock:
            self._values.clear()
