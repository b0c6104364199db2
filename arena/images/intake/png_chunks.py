"""The parts of a PNG file, looked at before anything is decoded. Their contents are not read."""

from typing import Final

from arena.images.intake.limits import PNG_CHUNKS, PNG_TEXT_BYTES, PNG_TEXTS
from arena.images.intake.refusals import ImageRefused, Reason

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
TEXTS: Final = {b"tEXt", b"zTXt", b"iTXt"}
HEAD_BYTES: Final = 8
CHECKSUM_BYTES: Final = 4


def end_of_chunks(content: bytes) -> int:
    """The place behind the last. ImageRefused for an animation, a missing end, too many parts or too much text."""
    place, texts, text_bytes = len(SIGNATURE), 0, 0
    for _ in range(PNG_CHUNKS):
        head = content[place : place + HEAD_BYTES]
        length, kind = int.from_bytes(head[:4], "big"), head[4:]
        place += HEAD_BYTES + length + CHECKSUM_BYTES
        if len(head) < HEAD_BYTES or place > len(content):
            raise ImageRefused(Reason.TRUNCATED)
        if kind == b"IEND":
            return place
        if kind == b"acTL":
            raise ImageRefused(Reason.ANIMATED)
        if kind in TEXTS:
            texts, text_bytes = texts + 1, text_bytes + length
        if texts > PNG_TEXTS or text_bytes > PNG_TEXT_BYTES:
            raise ImageRefused(Reason.TOO_MUCH_TEXT)
    raise ImageRefused(Reason.TOO_MUCH_TEXT)
