"""Where the picture in a file ends, and that nothing but zeros stands behind it: what else a file is does not come in.

Only the frame of each format is walked; whether the picture itself is whole is the decoder's to say.
"""

import re
from typing import BinaryIO, Final

from arena.images.intake.png_chunks import end_of_chunks
from arena.images.intake.refusals import ImageRefused, Reason

RIFF_HEAD_BYTES: Final = 8
SOI, EOI = 0xD8, 0xD9
ALONE: Final = {0x01, *range(0xD0, 0xD8)}
"""JPEG markers without a length."""
# FF 00 is a byte of the picture, FF D0 to D7 restart it, FF FF fills
MARKER: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


def check_ending(kind: str, stream: BinaryIO, *, may_go_on: bool = False) -> None:
    """`stream` from its start. Raises ImageRefused for trailing data, and for a PNG whose parts are not in order."""
    stream.seek(0)
    content = stream.read()
    end = end_of_image(kind, content)
    # a missing end is the decoder's to refuse
    if not may_go_on and end is not None and content[end:].strip(b"\0"):
        raise ImageRefused(Reason.TRAILING_DATA)


def end_of_image(kind: str, content: bytes) -> int | None:
    """The place behind it, of a JPEG behind its further pictures; None where there is no end. Raises as above."""
    if kind == "PNG":
        return end_of_chunks(content)
    return _end_of_webp(content) if kind == "WEBP" else _end_of_jpegs(content)


def _end_of_webp(content: bytes) -> int | None:
    size = int.from_bytes(content[4:RIFF_HEAD_BYTES], "little")
    return RIFF_HEAD_BYTES + size + size % 2 if size else None


def _end_of_jpegs(content: bytes) -> int | None:
    """Phones put further pictures (a depth map, a gain map) behind the first, each a whole JPEG."""
    end = _end_of_jpeg(content, 0)
    while end is not None and content[end : end + 3] == b"\xff\xd8\xff":
        end = _end_of_jpeg(content, end)
    return end


def _end_of_jpeg(content: bytes, start: int) -> int | None:
    """The place behind its end marker, None where there is none."""
    place = start + 2
    while found := MARKER.search(content, place):
        code, place = content[found.end() - 1], found.end()
        if code == EOI:
            return place
        if code not in ALONE and code != SOI:
            # behind the head of a scan comes the picture, in which markers are looked for
            place += int.from_bytes(content[place : place + 2], "big")
    return None
