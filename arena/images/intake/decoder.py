"""The child process: an image on standard input, a header line and two WebP files on standard output.

It limits itself before it reads, opens no file afterwards, and ends with status 0 whatever the image was.
"""

import json
import re
import resource
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO, Final

# All that is needed is imported here: once limited, the process can open nothing.
from PIL import Image, JpegImagePlugin, MpoImagePlugin, PngImagePlugin, WebPImagePlugin  # noqa: F401

from arena.images.imaging import EncodedImage, encode
from arena.images.intake import limits
from arena.images.intake.plain import drawn, orientation, stored_size, turned, within
from arena.images.intake.png_chunks import SIGNATURE, end_of_chunks
from arena.images.intake.refusals import ImageRefused, Reason

RIFF_HEAD_BYTES: Final = 8
SOI, EOI = 0xD8, 0xD9
# JPEG markers without a length.
ALONE: Final = {0x01, *range(0xD0, 0xD8)}
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


HEAD_BYTES: Final = 64
WITH_ENDING: Final = frozenset({"PNG", "JPEG", "WEBP"})
AVIF_BRANDS: Final = frozenset({b"avif", b"avis"})
HEIF_BRANDS: Final = frozenset({b"heic", b"heix", b"heim", b"heis"})
TIFF_HEADS: Final = frozenset({b"II*\0", b"MM\0*"})

Image.preinit()


def limit_self(processor_s: int = limits.PROCESSOR_S) -> None:
    """Hard limits on memory, processor time, output and open files."""
    for kind, most in (
        (resource.RLIMIT_AS, limits.MEMORY_BYTES),
        (resource.RLIMIT_CPU, processor_s),
        (resource.RLIMIT_FSIZE, limits.OUTPUT_BYTES),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 0),
    ):
        resource.setrlimit(kind, (most, most))


def format_of(head: bytes, *, also: bool = False, tiff: bool = False) -> str:
    """PNG, JPEG or WEBP by its first bytes, `also` GIF, AVIF or HEIF, `tiff`. Raises ImageRefused for anything else."""
    if head.startswith(SIGNATURE):
        return "PNG"
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "WEBP"
    if also and (kind := _further_format(head)):
        return kind
    if tiff and head[:4] in TIFF_HEADS:
        return "TIFF"
    if not head:
        raise ImageRefused(Reason.EMPTY)
    raise ImageRefused(Reason.NO_ENTRANT if tiff else Reason.NO_PICTURE if also else Reason.UNKNOWN_FORMAT)


def _further_format(head: bytes) -> str:
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if head[4:8] != b"ftyp":
        return ""
    end = int.from_bytes(head[:4], "big")
    # the brand in front, and those it is compatible with
    brands = {head[at : at + 4] for at in range(8, min(end, len(head)), 4)}
    if brands & AVIF_BRANDS:
        return "AVIF"
    return "HEIF" if brands & HEIF_BRANDS else ""


def opened(stream: BinaryIO, *, may_go_on: bool = False, is_wide: bool = False) -> Image.Image:
    """The image with its header read and found acceptable; no pixel is decoded yet.

    `may_go_on` takes a file with something else behind its image and the formats that are read alone, for those who
    give nothing of it away; `is_wide` takes these formats and TIFF. Both import what reads them.
    """
    kind = format_of(stream.read(HEAD_BYTES), also=may_go_on or is_wide, tiff=is_wide)
    if kind in WITH_ENDING:
        check_ending(kind, stream, may_go_on=may_go_on)
    stream.seek(0)
    # Pillow warns above this figure and raises above twice of it.
    Image.MAX_IMAGE_PIXELS = limits.PIXELS[kind] // 2
    image = Image.open(stream, formats=(kind,))
    # A JPEG or HEIC of several pictures (a phone's depth map, a gain map) counts as its first.
    if kind not in {"JPEG", "HEIF"} and getattr(image, "is_animated", False):
        raise ImageRefused(Reason.ANIMATED)
    if _coefficient_bytes(image) > limits.COEFFICIENT_BYTES and _pixels(image) > limits.PROGRESSIVE_PIXELS:
        raise ImageRefused(Reason.TOO_MANY_PIXELS)
    return image


def _pixels(image: Image.Image) -> int:
    return image.width * image.height


def _coefficient_bytes(image: Image.Image) -> float:
    """What a progressive JPEG takes a pixel beside the picture; 0 for all others."""
    if not isinstance(image, JpegImagePlugin.JpegImageFile) or not image.info.get("progressive"):
        return 0
    most = max(across * down for _, across, down, _ in image.layer)
    return 2 * sum(across * down for _, across, down, _ in image.layer) / most


def load(image: Image.Image, *, at_half_size: bool = False) -> None:
    """Decode the pixels. `at_half_size` lets a JPEG that takes too much room be decoded so."""
    pixels = _pixels(image)
    is_large = pixels > limits.HALVED_PIXELS or (_coefficient_bytes(image) + 4) * pixels > limits.PROGRESSIVE_BYTES
    if at_half_size and is_large:
        image.draft("RGB", (image.width // 2, image.height // 2))
    if isinstance(image, WebPImagePlugin.WebPImageFile):
        _load_webp(image)
    else:
        image.load()


def _load_webp(image: WebPImagePlugin.WebPImageFile) -> None:
    """Its decoder keeps two copies of the picture and goes before the third is made."""
    prepare = image.load_prepare

    def load_prepare() -> None:
        vars(image).update(_decoder=None)
        prepare()

    vars(image).update(load_prepare=load_prepare)
    image.load()
    # the bytes it was made from; the two functions hold the image and each other
    vars(image).update(fp=None)
    del vars(image)["load_prepare"]


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
        turn, size = orientation(image), stored_size(*image.size)
        load(image, at_half_size=True)
        picture = drawn(image, within(size, image.size), "RGB")
        # What was decoded makes room for what is turned and encoded.
        del image
        return encode(turned(picture, turn))


def main(decode: Callable[[BinaryIO], EncodedImage] = decoded, processor_s: int = limits.PROCESSOR_S) -> None:
    """Header line: `{"refused": code}`, or the sizes of what follows it."""
    limit_self(processor_s)
    # What is odd about an image is no news for the server's log.
    warnings.simplefilter("ignore")
    output = sys.stdout.buffer
    try:
        encoded = decode(sys.stdin.buffer)
    except ImageRefused as refused:
        output.write(json.dumps({"refused": refused.reason}).encode())
        return
    header = {
        "full_bytes": len(encoded.full),
        "small_bytes": len(encoded.small),
        "width_px": encoded.width_px,
        "height_px": encoded.height_px,
        "looks": vars(encoded.looks) if encoded.looks else {},
    }
    output.write(json.dumps(header).encode() + b"\n" + encoded.full + encoded.small)


if __name__ == "__main__":
    main()
