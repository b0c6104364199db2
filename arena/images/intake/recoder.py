"""The child process that draws an image anew in a wanted format and its full size, transparency kept where it can be.

Arguments: format, quality. An image on standard input; on standard output a header line and the new file.
"""

import json
import sys
import warnings
from io import BytesIO
from typing import Any, BinaryIO, Final

# All that is needed is imported here: once limited, the process can open nothing.
import pi_heif
from PIL import AvifImagePlugin, GifImagePlugin, Image, ImageCms  # noqa: F401

from arena.images.intake.colours import to_srgb
from arena.images.intake.decoder import faults_as_refusals, limit_self, load, opened
from arena.images.intake.limits import AVIF_PIXELS, PATIENT_PROCESSOR_S
from arena.images.intake.plain import drawn, orientation, turned
from arena.images.intake.refusals import ImageRefused, Reason

FORMATS: Final = ("png", "jpeg", "webp", "gif", "avif")
WITH_ALPHA: Final = frozenset({"png", "webp", "avif"})
# Pixels from which a PNG is packed less tightly, for the sake of the processor's limit.
LARGE_PNG: Final = 12_000_000


# One thread each: others would take memory that there is not.
pi_heif.register_heif_opener(decode_threads=1, thumbnails=False)
AvifImagePlugin.DEFAULT_MAX_THREADS = 1


def redrawn(stream: BinaryIO, kind: str, quality: int) -> tuple[bytes, tuple[int, int]]:
    """The new file and its size in pixels. Raises ImageRefused for every image that is not taken."""
    with faults_as_refusals():
        image = opened(stream, may_go_on=True)
        if kind == "avif" and image.width * image.height > AVIF_PIXELS:
            raise ImageRefused(Reason.NOT_ENCODED)
        turn, colours = orientation(image), to_srgb(image)
        load(image)
        picture = drawn(image, image.size, mode_of(image, kind), colours)
        # What was decoded makes room for what is turned and encoded.
        del image
        picture = turned(picture, turn)
    return file_of(picture, kind, options_of(kind, quality, picture.size)), picture.size


def mode_of(image: Image.Image, kind: str) -> str:
    """RGBA where the format keeps transparency and something of the image is transparent, else RGB."""
    if kind not in WITH_ALPHA or not image.has_transparency_data:
        return "RGB"
    is_opaque = image.mode == "RGBA" and image.getextrema()[-1] == (255, 255)
    return "RGB" if is_opaque else "RGBA"


def options_of(kind: str, quality: int, size: tuple[int, int]) -> dict[str, Any]:
    """How a format is written."""
    options: dict[str, dict[str, Any]] = {
        "png": {"compress_level": 1 if size[0] * size[1] > LARGE_PNG else 4},
        "jpeg": {"quality": max(1, quality)},
        "webp": {"quality": quality, "method": 2},
        "gif": {},
        "avif": {"quality": quality, "speed": 8, "max_threads": 1},
    }
    return options[kind]


def file_of(picture: Image.Image, kind: str, options: dict[str, Any]) -> bytes:
    """Raises ImageRefused where the format cannot hold it, or the encoder has not enough memory."""
    buffer = BytesIO()
    picture.info = {}
    try:
        picture.save(buffer, kind.upper(), **options)
    except Exception:  # encoders run out of memory with an error of any type
        raise ImageRefused(Reason.NOT_ENCODED) from None
    return buffer.getvalue()


def answer(refused: ImageRefused | None, content: bytes = b"", **header: Any) -> None:
    """Header line: `{"refused": code}`, or what is said of the file that follows it."""
    output = sys.stdout.buffer
    output.write(json.dumps({"refused": refused.reason} if refused else header).encode() + b"\n")
    output.write(content)


def main() -> None:
    """Draw what stands on standard input."""
    kind, quality = sys.argv[1], int(sys.argv[2])
    limit_self(PATIENT_PROCESSOR_S)
    warnings.simplefilter("ignore")
    try:
        content, (width_px, height_px) = redrawn(sys.stdin.buffer, kind, quality)
    except ImageRefused as refused:
        answer(refused)
        return
    answer(None, content, format=kind, width_px=width_px, height_px=height_px)


if __name__ == "__main__":
    main()
