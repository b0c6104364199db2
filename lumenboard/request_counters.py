"""Requests by route, method and class of status, with their durations, in one file per process of the machine.

The library maps that file into memory; on a full disk, writing to memory without a block behind it ends the process.
Here it is written by system calls.
"""

import os
import struct
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from prometheus_client import Counter, Histogram, values
from prometheus_client.mmap_dict import _read_all_values

HEAD: Final = struct.Struct("i4x")
NUMBERS: Final = struct.Struct("dd")


class CounterFile:
    """In the library's format, and in its MmapedDict's place. What cannot be written now is written with a later count.

    Not thread-safe, as the library's: its values hold one lock around it.
    """

    def __init__(self, filename: str) -> None:
        self._name = filename
        self._descriptor = -1
        self._data = bytearray(HEAD.pack(HEAD.size))
        self._positions: dict[str, int] = {}
        self._is_behind = False
        self._read()

    def read_value(self, key: str) -> tuple[float, float]:
        """Value and time of a key, which is made where it is not there."""
        value, at = NUMBERS.unpack_from(self._data, self._position(key))
        return float(value), float(at)

    def write_value(self, key: str, value: float, timestamp: float) -> None:
        position = self._position(key)
        NUMBERS.pack_into(self._data, position, value, timestamp)
        self._write(position, NUMBERS.size)

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = -1

    def _position(self, key: str) -> int:
        if key not in self._positions:
            encoded = key.encode()
            padded = encoded + b" " * (8 - (len(encoded) + 4) % 8)
            start = len(self._data)
            self._data += struct.pack(f"i{len(padded)}sdd", len(encoded), padded, 0.0, 0.0)
            HEAD.pack_into(self._data, 0, len(self._data))
            self._positions[key] = len(self._data) - NUMBERS.size
            self._write(start, len(self._data) - start, has_grown=True)
        return self._positions[key]

    def _write(self, start: int, length: int, *, has_grown: bool = False) -> None:
        """The head, which says how long the file is, last: whoever reads meanwhile must find whole entries."""
        if self._is_behind:
            start, length = HEAD.size, len(self._data) - HEAD.size
        needs_head = has_grown or self._is_behind
        self._is_behind = not (self._put(start, length) and (not needs_head or self._put(0, HEAD.size)))

    def _put(self, start: int, length: int) -> bool:
        try:
            if self._descriptor < 0:
                self._descriptor = os.open(self._name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            return os.pwrite(self._descriptor, memoryview(self._data)[start : start + length], start) == length
        except OSError:
            return False

    def _read(self) -> None:
        """What an earlier process of the same number left."""
        with suppress(OSError, ValueError, RuntimeError, struct.error):
            with open(self._name, "rb") as left:
                data = bytearray(left.read())
            used = HEAD.unpack_from(data)[0]
            if HEAD.size < used <= len(data):
                positions = {key: position for key, _, _, position in _read_all_values(data, used)}
                self._data, self._positions = data[:used], positions
        self._write(HEAD.size, len(self._data) - HEAD.size, has_grown=True)


# in place of the library's, before the first counter is made
vars(values)["MmapedDict"] = CounterFile
BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0, 300.0)
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
REQUESTS: Final = Counter("lumenboard_requests_total", "Requests answered.", ["route", "method", "status"])
SECONDS: Final = Histogram("lumenboard_request_seconds", "Time to an answer.", ["route"], buckets=BUCKETS)


def count_request(route: str, method: str, status: int, seconds: float) -> None:
    """`route` is the pattern of an address, never the address itself, so that series stay few."""
    known = method if method in METHODS else "other"
    REQUESTS.labels(route, known, f"{status // 100}xx").inc()
    SECONDS.labels(route).observe(seconds)


def counted(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: the outermost, so that every answer is counted."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        response = get_response(request)
        match = request.resolver_match
        route = f"/{match.route}" if match else "none"
        count_request(route, request.method or "", response.status_code, time.perf_counter() - started)
        return response

    return answer
