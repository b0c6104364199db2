"""Where a process keeps its request counters, written by system calls.

The library maps the file into memory; on a full disk the first touch of a new page then ends the process (SIGBUS).
"""

import os
import struct
from contextlib import suppress
from typing import Final

from prometheus_client import values
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


def use_counter_files() -> None:
    """Must run before the first counter is made."""
    vars(values)["MmapedDict"] = CounterFile
