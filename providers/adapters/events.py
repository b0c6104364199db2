"""Server-sent events out of bytes as they come. Pure."""

import json
import re
from dataclasses import dataclass, field
from typing import Any, Final

DATA: Final = b"data:"
END: Final = re.compile(rb"\r\n\r\n|\n\n|\r\r")
LONGEST_END: Final = 4


@dataclass
class EventReader:
    """Give it pieces; it gives the objects of the events that are whole. What is no JSON object is left out."""

    _rest: bytearray = field(default_factory=bytearray)

    def feed(self, piece: bytes) -> list[dict[str, Any]]:
        """Lines may end in any of the three ways, and anywhere between two pieces."""
        looked_at = max(0, len(self._rest) - LONGEST_END)
        self._rest += piece
        ends = [found.end() for found in END.finditer(self._rest, looked_at)]
        if not ends:
            return []
        whole, self._rest = bytes(self._rest[: ends[-1]]), self._rest[ends[-1] :]
        return _objects(whole)


def _objects(text: bytes) -> list[dict[str, Any]]:
    found = []
    for block in text.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n\n"):
        lines = [line[len(DATA) :].removeprefix(b" ") for line in block.split(b"\n") if line.startswith(DATA)]
        try:
            value = json.loads(b"\n".join(lines)) if lines else None
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            found.append(value)
    return found


def events_of(body: bytes) -> list[dict[str, Any]]:
    """Of an answer that is there whole, also one whose last event lacks its empty line."""
    return _objects(body)
