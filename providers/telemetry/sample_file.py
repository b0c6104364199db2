"""A file of reported samples, CSV or one JSON object a line, as a bounded stream of rows. Pure: no database."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

from providers.names import LETTERS_SHOWN
from providers.telemetry.sample_rows import COLUMNS, NEEDED

LONGEST_LINE_BYTES: Final = 16 * 1024
NAMES_SHOWN: Final = 12


class SampleFileError(ValueError):
    """The file cannot be read on; the message says where, what was wrong and what is allowed."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(f"line {line}: {problem}" if line else problem)


@dataclass
class SampleFile:
    """Rows one by one; after the first, `form` and `ignored` columns are known, and `line` is the last one read."""

    stream: BinaryIO
    form: str = ""
    ignored: tuple[str, ...] = ()
    line: int = 0

    def rows(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Line numbers with cells by column. Raises SampleFileError where the form itself is broken."""
        first = self._next_line()
        while first is not None and not first.strip():
            first = self._next_line()
        if first is None:
            raise SampleFileError(0, f"the file is empty; a CSV begins with the header {','.join(NEEDED)}")
        self.form = "NDJSON" if first.lstrip().startswith("{") else "CSV"
        yield from self._objects(first) if self.form == "NDJSON" else self._records(first)

    def _objects(self, first: str) -> Iterator[tuple[int, dict[str, Any]]]:
        line: str | None = first
        while line is not None:
            if line.strip():
                yield self.line, self._object(line)
            line = self._next_line()

    def _object(self, line: str) -> dict[str, Any]:
        try:
            found = json.loads(line, parse_float=str)
        except (ValueError, RecursionError):
            raise SampleFileError(self.line, "not a JSON object; each line holds one object") from None
        if not isinstance(found, dict):
            raise SampleFileError(self.line, "not a JSON object; each line holds one object")
        self.ignored = tuple(dict.fromkeys((*self.ignored, *(name for name in found if name not in COLUMNS))))[:100]
        return found

    def _records(self, first: str) -> Iterator[tuple[int, dict[str, Any]]]:
        header = [name.strip() for name in self._split(first)]
        _check_header(header)
        self.ignored = tuple(name for name in header if name not in COLUMNS)
        while (line := self._next_line()) is not None:
            cells = self._split(line)
            if not cells:
                continue
            if len(cells) != len(header):
                raise SampleFileError(self.line, f"{len(cells)} cells; the header has {len(header)} columns")
            yield self.line, dict(zip(header, cells, strict=True))

    def _split(self, line: str) -> list[str]:
        """A record may not run over its line, so its length is bounded too."""
        try:
            return next(csv.reader([line], strict=True), [])
        except csv.Error as error:
            raise SampleFileError(self.line, f"not readable as CSV: {error}") from None

    def _next_line(self) -> str | None:
        raw = self.stream.readline(LONGEST_LINE_BYTES + 1)
        if not raw:
            return None
        self.line += 1
        if len(raw) > LONGEST_LINE_BYTES:
            raise SampleFileError(self.line, f"longer than {LONGEST_LINE_BYTES:,} bytes; a sample is one short line")
        try:
            return raw.decode("utf-8-sig" if self.line == 1 else "utf-8").rstrip("\r\n")
        except UnicodeDecodeError as error:
            problem = f"byte {error.start + 1} (0x{raw[error.start]:02x}) is not UTF-8; save the file as UTF-8"
            raise SampleFileError(self.line, problem) from None


def _check_header(header: list[str]) -> None:
    named = ", ".join(repr(name[:LETTERS_SHOWN]) for name in header[:NAMES_SHOWN]) or "no columns"
    for name in (*NEEDED, *(name for name in header if name in COLUMNS)):
        if header.count(name) != 1:
            problem = "appears more than once in" if name in header else "is missing from"
            raise SampleFileError(1, f"{name} {problem} the header, which has {named}; needed are {', '.join(NEEDED)}")
