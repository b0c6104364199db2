"""The one way an image from outside comes in: bytes are bounded, then a limited child process decodes them.

What the child says is checked too: it has handled hostile bytes.
"""

import hashlib
import json
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import IO, BinaryIO, Final

from arena.images.imaging import EncodedImage, Looks
from arena.images.intake import limits
from arena.images.intake.refusals import MESSAGES, DecoderBroken, ImageRefused, Reason

ROOT: Final = Path(__file__).resolve().parents[3]
CHILD: Final = (sys.executable, "-P", "-s", "-m")
DECODER: Final = (*CHILD, "arena.images.intake.decoder")
WIDE_DECODER: Final = (*CHILD, "arena.images.intake.wide_decoder")
# None of the server's environment goes to the child: it holds secrets.
ENVIRON: Final = {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "LC_ALL": "C.UTF-8"}
CHUNK_BYTES: Final = 1 << 16
_SEATS: Final = threading.BoundedSemaphore(limits.AT_ONCE)


def take_in(
    source: bytes | BinaryIO,
    limit_bytes: int = limits.UPLOAD_BYTES,
    *,
    decoder: Sequence[str] = DECODER,
    within_s: float = limits.WALL_CLOCK_S,
) -> EncodedImage:
    """The image as we keep it; `source` is read from where it stands, one byte past the limit at most.

    `decoder` is the command line of the child.

    Raises ImageRefused with a reason for whoever sent it, DecoderBroken when the fault is ours.
    """
    return taken_in(source, limit_bytes, lambda image, answer: decode(decoder, image, answer, within_s))


def taken_in(source: bytes | BinaryIO, limit_bytes: int, run: Callable[[IO[bytes], IO[bytes]], None]) -> EncodedImage:
    """The same by what `run` makes of the file of the picture in that of the answer."""
    with tempfile.TemporaryFile() as image, tempfile.TemporaryFile() as answer:
        for chunk in bounded(BytesIO(source) if isinstance(source, bytes) else source, limit_bytes):
            image.write(chunk)
        image.seek(0)
        run(image, answer)
        answer.seek(0)
        return _read(answer.read(limits.OUTPUT_BYTES))


def take_in_widely(source: bytes | BinaryIO, limit_bytes: int = limits.UPLOAD_BYTES) -> EncodedImage:
    """The same of a picture that an operator brings: AVIF, HEIC, TIFF and still GIFs too, and with more patience."""
    return take_in(source, limit_bytes, decoder=WIDE_DECODER, within_s=limits.PATIENT_WALL_CLOCK_S)


def bounded(source: BinaryIO, limit_bytes: int) -> Iterator[bytes]:
    """Pieces of the source; one byte past the limit raises ImageRefused."""
    left = limit_bytes
    while chunk := source.read(min(CHUNK_BYTES, left + 1)):
        left -= len(chunk)
        if left < 0:
            allowed = f"allowed are {limit_bytes / limits.MIB:.3g} MB"
            raise ImageRefused(Reason.TOO_MANY_BYTES, f"{MESSAGES[Reason.TOO_MANY_BYTES][:-1]}: {allowed}.")
        yield chunk


def decode(decoder: Sequence[str], image: IO[bytes], answer: IO[bytes], within_s: float = limits.WALL_CLOCK_S) -> None:
    """Run the child, a few at a time. Raises ImageRefused, DecoderBroken."""
    try:
        with _SEATS:
            status = subprocess.run(
                decoder, stdin=image, stdout=answer, env=ENVIRON, cwd="/", timeout=within_s, check=False
            ).returncode
    except subprocess.TimeoutExpired:
        raise ImageRefused(Reason.TOO_SLOW) from None
    judge(status)


def judge(status: int) -> None:
    """How a child ended. Raises ImageRefused, DecoderBroken."""
    if status > 0:
        raise DecoderBroken(f"the image decoder ended with status {status}; its output says why")
    if status < 0:
        # killed: by the limit on processor time, or by what the image did to a decoder
        slow = -status in (signal.SIGXCPU, signal.SIGKILL)
        raise ImageRefused(Reason.TOO_SLOW if slow else Reason.DAMAGED)


def _read(answer: bytes) -> EncodedImage:
    line, _, rest = answer.partition(b"\n")
    try:
        header = json.loads(line)
        if "refused" in header:
            raise ImageRefused(Reason(header["refused"]))
        full_bytes, small_bytes, width_px, height_px = (
            int(header[key]) for key in ("full_bytes", "small_bytes", "width_px", "height_px")
        )
        looks = Looks(*(float(header["looks"][name]) for name in ("sharpness", "saturation", "contrast")))
    except (ValueError, KeyError, TypeError) as error:
        raise DecoderBroken(f"the image decoder gave no usable answer: {error}") from error
    full, small = rest[:full_bytes], rest[full_bytes:]
    sides_are_right = min(width_px, height_px) > 0 and max(width_px, height_px) <= limits.LONGEST_SIDE_PX
    measures_are_right = 0 <= looks.sharpness <= 255 and 0 <= looks.saturation <= 1 and 0 <= looks.contrast <= 1
    if (
        not sides_are_right
        or not measures_are_right
        or len(small) != small_bytes
        or not all(map(_is_webp, (full, small)))
    ):
        raise DecoderBroken("the image decoder gave an answer that is not an image")
    return EncodedImage(full, small, hashlib.sha256(full).hexdigest(), width_px, height_px, looks)


def _is_webp(content: bytes) -> bool:
    return content.startswith(b"RIFF") and content[8:12] == b"WEBP"


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
        return _read_redrawn(answer.read(limits.OUTPUT_BYTES), allowed)


def _read_redrawn(answer: bytes, allowed: set[str]) -> Redrawn:
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
