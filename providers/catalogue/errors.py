"""Documents of a bearable size, and what can be wrong with one or what it asks for; every message names a place."""

import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final


@dataclass(frozen=True)
class SheetProblem:
    """One fault: the field's path, what was found there and what is allowed."""

    field: str
    found: str
    allowed: str

    def __str__(self) -> str:
        place = self.field or "the document"
        found = f": {self.found}" if self.found else ""
        return f"{place}{found}; allowed: {self.allowed}"


class CatalogueError(Exception):
    """The base of everything a catalogue import or export refuses."""


class DocumentError(CatalogueError):
    """A file or stream that is not text of a bearable size."""


class SheetError(CatalogueError):
    """A sheet whose values are not allowed; `problems` lists them all."""

    def __init__(self, problems: Iterable[SheetProblem], origin: str = "") -> None:
        self.problems = tuple(problems)
        self.origin = origin
        lines = (f"{origin}: {problem}" if origin else str(problem) for problem in self.problems)
        super().__init__("\n".join(lines))


class ConflictError(CatalogueError):
    """A sheet that does not fit beside what the catalogue holds, such as a slug that names another model."""


class StalePlanError(CatalogueError):
    """The rows changed after the plan was made."""


LARGEST_BYTES: Final = 1024 * 1024
CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def read_document(path: str) -> str:
    """The text of a file, or of standard input for `-`. Raises DocumentError naming the place and the reason."""
    if path == "-":
        return decode_text(_bounded(sys.stdin.buffer, "standard input"), "standard input")
    try:
        with Path(path).open("rb") as stream:
            return decode_text(_bounded(stream, path), path)
    except OSError as error:
        raise DocumentError(f"{path}: cannot be read ({error.strerror})") from None


def _bounded(stream: BinaryIO, origin: str) -> bytes:
    """Everything in a stream that may never end."""
    content = stream.read(LARGEST_BYTES + 1)
    if len(content) > LARGEST_BYTES:
        raise DocumentError(f"{origin}: larger than {LARGEST_BYTES} bytes; allowed: one document of at most 1 MiB")
    return content


def decode_text(content: bytes, origin: str) -> str:
    """Bytes as text with plain line ends."""
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        raise DocumentError(f"{origin}: byte {error.start} is not UTF-8; allowed: text in UTF-8") from None
    if control := CONTROL.search(text):
        line = text.count("\n", 0, control.start()) + 1
        raise DocumentError(f"{origin}: line {line} holds the control character {control[0]!r}; allowed: plain text")
    return text
