"""An image of anybody's as a file that may be passed on: drawn anew in a wanted format, or in its own without metadata.

Both in a limited child process, whose answer is checked: it has handled hostile bytes.
"""

import json
import sys
import tempfile
from dataclasses import dataclass, field
from io import BytesIO
from typing import BinaryIO, Final

from arena.images.intake import limits
from arena.images.intake.refusals import DecoderBroken, ImageRefused, Reason
from arena.images.intake.take_in import bounded, decode

CHILD: Final = (sys.executable, "-P", "-s", "-m")
RECODER: Final = (*CHILD, "arena.images.intake.recoder")
SANITIZER: Final = (*CHILD, "arena.images.intake.sanitizer")
BEST_QUALITY: Final = 95
HEADS: Final = {
    "png": b"\x89PNG",
    "jpeg": b"\xff\xd8\xff",
    "webp": b"RIFF",
    "gif": b"GIF8",
    "avif": b"\x00\x00\x00",
}


@dataclass(frozen=True)
class Redrawn:
    """A file and its size in pixels; `came_px` is the size before, upright."""

    content: bytes = field(repr=False)
    format: str
    width_px: int
    height_px: int
    came_px: tuple[int, int] = (0, 0)

    @property
    def media_type(self) -> str:
        """As in Content-Type."""
        return f"image/{self.format}"


def redraw(
    source: bytes | BinaryIO, to: str, quality: int = BEST_QUALITY, limit_bytes: int = limits.UPLOAD_BYTES
) -> Redrawn:
    """In the format `to` and its full size.

    Raises ImageRefused with a reason for whoever sent it, DecoderBroken when the fault is ours.
    """
    return _by((*RECODER, to, str(quality)), source, limit_bytes, {to})


def sanitize(
    source: bytes | BinaryIO,
    limit_bytes: int = limits.UPLOAD_BYTES,
    *,
    to: str = "",
    size: tuple[int, int] | None = None,
) -> Redrawn:
    """Upright, without metadata, in sRGB, at most 4096 pixels a side; in its own format and bytes where that is enough.

    `to` and `size` ask for a format and a size. Raises as above.
    """
    wanted = f"{size[0]}x{size[1]}" if size else ""
    return _by((*SANITIZER, to, wanted), source, limit_bytes, {to} if to else {"png", "jpeg", "webp"})


def _by(child: tuple[str, ...], source: bytes | BinaryIO, limit_bytes: int, allowed: set[str]) -> Redrawn:
    with tempfile.TemporaryFile() as image, tempfile.TemporaryFile() as answer:
        for chunk in bounded(BytesIO(source) if isinstance(source, bytes) else source, limit_bytes):
            image.write(chunk)
        image.seek(0)
        decode(child, image, answer, limits.PATIENT_WALL_CLOCK_S)
        answer.seek(0)
        return _read(answer.read(limits.OUTPUT_BYTES), allowed)


def _read(answer: bytes, allowed: set[str]) -> Redrawn:
    line, _, content = answer.partition(b"\n")
    try:
        header = json.loads(line)
        if "refused" in header:
            raise ImageRefused(Reason(header["refused"]))
        made, width_px, height_px = str(header["format"]), int(header["width_px"]), int(header["height_px"])
        came_width, came_height = (int(side) for side in header.get("came_px", (width_px, height_px)))
    except (ValueError, KeyError, TypeError) as error:
        raise DecoderBroken(f"the image decoder gave no usable answer: {error}") from error
    is_possible = min(width_px, height_px) > 0 and width_px * height_px <= limits.PIXELS["PNG"]
    if not is_possible or made not in allowed or not content.startswith(HEADS[made]):
        raise DecoderBroken("the image decoder gave an answer that is not an image")
    return Redrawn(content, made, width_px, height_px, (came_width, came_height))
