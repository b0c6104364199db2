"""The counters of one process are one object, whichever of many threads asks first."""

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from lumenboard import counters


def test_many_threads_that_ask_first_count_in_one_place(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[object] = []
    real = counters.MemoryStorage

    def slowly(*arguments: Any) -> Any:
        time.sleep(0.05)
        made.append(arguments)
        return real(*arguments)

    monkeypatch.setattr(counters, "MemoryStorage", slowly)
    counters.forget_counters()
    together = Barrier(8)

    def ask(_: int) -> int:
        together.wait()
        return id(counters.own_counters())

    try:
        with ThreadPoolExecutor(8) as pool:
            assert len(set(pool.map(ask, range(8)))) == 1
        assert len(made) == 1
    finally:
        counters.forget_counters()
