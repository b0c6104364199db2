"""Documents from files and streams: bounded, UTF-8, without control characters. What they say is not read here."""

import re
import sys
from pathlib import Path
from typing import BinaryIO, Final

from providers.catalogue.errors import DocumentError

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
