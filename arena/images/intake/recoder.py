"""The child process that draws an image anew in a wanted format, transparency kept where the format has it.

Arguments: format, quality. An image on standard input; on standard output a header line and the new file.
"""

import json
import sys
import warnings
from io import BytesIO
from typing import Any, BinaryIO, Final

# All that is needed is imported here: once limited, the process can open nothing.
from PIL import AvifImagePlugin, GifImagePlugin, Image  # noqa: F401

from arena.images.intake.decoder import faults_as_refusals, limit_self, opened
from arena.images.intake.limits import LONGEST_SIDE_PX
from arena.images.intake.plain import orientation
from arena.images.intake.refusals import ImageRefused

FORMATS: Final = ("png", "jpeg", "webp", "gif", "avif")
WITH_ALPHA: Final = frozenset({"png", "webp", "avif"})
LONGEST_AVIF_PX: Final = 1600


def redrawn(stream: BinaryIO, kind: str, quality: int) -> tuple[bytes, tuple[int, int]]:
    """The new file and its size in pixels. Raises ImageRefused for every image that is not taken."""
    with faults_as_refusals():
        image = opened(stream)
        turn = orientation(image)
        image.load()
        picture = _plain(image, kind)
        if turn is not None:
            picture = picture.transpose(turn)
        longest = LONGEST_AVIF_PX if kind == "avif" else LONGEST_SIDE_PX
        picture.thumbnail((longest, longest), Image.Resampling.LANCZOS, reducing_gap=2.0)
        return _file(picture, kind, quality), picture.size


def _plain(image: Image.Image, kind: str) -> Image.Image:
    """RGB, or RGBA where there is transparency that the format keeps; on white where it does not."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    clear = image.convert("RGBA")
    if kind in WITH_ALPHA:
        return clear
    white = Image.new("RGB", clear.size, "white")
    white.paste(clear, mask=clear.getchannel("A"))
    return white


def _file(picture: Image.Image, kind: str, quality: int) -> bytes:
    options: dict[str, dict[str, Any]] = {
        "png": {"compress_level": 4},
        "jpeg": {"quality": max(1, quality), "optimize": True},
        "webp": {"quality": quality, "method": 2},
        "gif": {},
        "avif": {"quality": quality, "speed": 8, "max_threads": 1},
    }
    buffer = BytesIO()
    picture.info = {}
    picture.save(buffer, kind.upper(), **options[kind])
    return buffer.getvalue()


def main() -> None:
    """Header line: `{"refused": code}`, or the size in pixels of the file that follows it."""
    kind, quality = sys.argv[1], int(sys.argv[2])
    limit_self()
    warnings.simplefilter("ignore")
    output = sys.stdout.buffer
    try:
        content, (width_px, height_px) = redrawn(sys.stdin.buffer, kind, quality)
    except ImageRefused as refused:
        output.write(json.dumps({"refused": refused.reason}).encode())
        return
    output.write(json.dumps({"width_px": width_px, "height_px": height_px}).encode() + b"\n" + content)


if __name__ == "__main__":
    main()
