"""The child process: an image on standard input, a header line and two WebP files on standard output.

It limits itself before it reads, opens no file afterwards, and ends with status 0 whatever the image was.
"""

import json
import resource
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, Final

# All that is needed is imported here: once limited, the process can open nothing.
from PIL import Image, JpegImagePlugin, MpoImagePlugin, PngImagePlugin, WebPImagePlugin  # noqa: F401

from arena.images.imaging import EncodedImage, encode
from arena.images.intake import limits
from arena.images.intake.endings import check_ending
from arena.images.intake.plain import orientation, plain_rgb
from arena.images.intake.png_chunks import SIGNATURE
from arena.images.intake.refusals import ImageRefused, Reason

HEAD_BYTES: Final = 12

Image.preinit()


def limit_self() -> None:
    """Hard limits on memory, processor time, output and open files."""
    for kind, most in (
        (resource.RLIMIT_AS, limits.MEMORY_BYTES),
        (resource.RLIMIT_CPU, limits.PROCESSOR_S),
        (resource.RLIMIT_FSIZE, limits.OUTPUT_BYTES),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 0),
    ):
        resource.setrlimit(kind, (most, most))


def format_of(head: bytes) -> str:
    """PNG, JPEG or WEBP by its first bytes. Raises ImageRefused for anything else."""
    if head.startswith(SIGNATURE):
        return "PNG"
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head.startswith(b"RIFF") and head[8:] == b"WEBP":
        return "WEBP"
    raise ImageRefused(Reason.UNKNOWN_FORMAT if head else Reason.EMPTY)


def opened(stream: BinaryIO) -> Image.Image:
    """The image with its header read and found acceptable; no pixel is decoded yet."""
    kind = format_of(stream.read(HEAD_BYTES))
    check_ending(kind, stream)
    stream.seek(0)
    # Pillow warns above this figure and raises above twice of it.
    Image.MAX_IMAGE_PIXELS = limits.PIXELS[kind] // 2
    image = Image.open(stream, formats=(kind,))
    # A JPEG of several pictures (a phone's depth map, a gain map) counts as its first.
    if kind != "JPEG" and getattr(image, "is_animated", False):
        raise ImageRefused(Reason.ANIMATED)
    if kind == "JPEG":
        _prepare_jpeg(image)
    return image


def _prepare_jpeg(image: Image.Image) -> None:
    pixels = image.width * image.height
    if image.info.get("progressive") and pixels > limits.PROGRESSIVE_PIXELS:
        raise ImageRefused(Reason.TOO_MANY_PIXELS)
    if min(image.size) > limits.LONGEST_SIDE_PX * 2:
        image.draft("RGB", (image.width // 2, image.height // 2))


@contextmanager
def faults_as_refusals() -> Iterator[None]:
    """Whatever a decoder raises becomes ImageRefused: for bytes that are wrong it may be almost anything."""
    try:
        yield
    except ImageRefused:
        raise
    except Image.DecompressionBombError:
        raise ImageRefused(Reason.TOO_MANY_PIXELS) from None
    except MemoryError:
        raise ImageRefused(Reason.TOO_MUCH_MEMORY) from None
    except Exception as error:
        cut = isinstance(error, OSError) and "truncated" in str(error)
        raise ImageRefused(Reason.TRUNCATED if cut else Reason.DAMAGED) from None


def decoded(stream: BinaryIO) -> EncodedImage:
    """Raises ImageRefused for every image that is not taken."""
    with faults_as_refusals():
        image = opened(stream)
        turn = orientation(image)
        image.load()
        # A WebP decoder keeps three copies of the picture until it is dropped.
        vars(image).update(fp=None, _decoder=None)
        picture = plain_rgb(image, turn)
        # What was decoded makes room for what is encoded.
        del image
        return encode(picture)


def main() -> None:
    """Header line: `{"refused": code}`, or the sizes of what follows it."""
    limit_self()
    # What is odd about an image is no news for the server's log.
    warnings.simplefilter("ignore")
    output = sys.stdout.buffer
    try:
        encoded = decoded(sys.stdin.buffer)
    except ImageRefused as refused:
        output.write(json.dumps({"refused": refused.reason}).encode())
        return
    header = {
        "full_bytes": len(encoded.full),
        "small_bytes": len(encoded.small),
        "width_px": encoded.width_px,
        "height_px": encoded.height_px,
    }
    output.write(json.dumps(header).encode() + b"\n" + encoded.full + encoded.small)


if __name__ == "__main__":
    main()
