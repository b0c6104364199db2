"""An image of anybody's as a file of ours in a wanted format, drawn anew by the limited child process."""

import json
import sys
import tempfile
from dataclasses import dataclass, field
from io import BytesIO
from typing import BinaryIO, Final

from arena.images.intake import limits
from arena.images.intake.refusals import DecoderBroken, ImageRefused, Reason
from arena.images.intake.take_in import bounded, decode

RECODER: Final = (sys.executable, "-P", "-s", "-m", "arena.images.intake.recoder")
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
    """A file of the wanted format and its size in pixels."""

    content: bytes = field(repr=False)
    format: str
    width_px: int
    height_px: int

    @property
    def media_type(self) -> str:
        """As in Content-Type."""
        return f"image/{self.format}"


def redraw(
    source: bytes | BinaryIO, to: str, quality: int = BEST_QUALITY, limit_bytes: int = limits.UPLOAD_BYTES
) -> Redrawn:
    """Raises ImageRefused with a reason for whoever sent it, DecoderBroken when the fault is ours."""
    with tempfile.TemporaryFile() as image, tempfile.TemporaryFile() as answer:
        for chunk in bounded(BytesIO(source) if isinstance(source, bytes) else source, limit_bytes):
            image.write(chunk)
        image.seek(0)
        decode((*RECODER, to, str(quality)), image, answer)
        answer.seek(0)
        return _read(answer.read(limits.OUTPUT_BYTES), to)


def _read(answer: bytes, to: str) -> Redrawn:
    line, _, content = answer.partition(b"\n")
    try:
        header = json.loads(line)
        if "refused" in header:
            raise ImageRefused(Reason(header["refused"]))
        width_px, height_px = int(header["width_px"]), int(header["height_px"])
    except (ValueError, KeyError, TypeError) as error:
        raise DecoderBroken(f"the image decoder gave no usable answer: {error}") from error
    if not 0 < max(width_px, height_px) <= limits.LONGEST_SIDE_PX or not content.startswith(HEADS[to]):
        raise DecoderBroken("the image decoder gave an answer that is not an image")
    return Redrawn(content, to, width_px, height_px)
