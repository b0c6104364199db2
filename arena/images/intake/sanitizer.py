"""The child process that makes of an image a file that may leave the site: the picture alone, in its own format.

Where only metadata has to go the picture's bytes stay as they are; else it is drawn anew, at most 4096 pixels a side.
Arguments, each may be empty: the format it must have, its size as WxH. Otherwise as the recoder.
"""

import struct
import sys
import warnings
from collections.abc import Iterator
from io import BytesIO
from itertools import islice
from typing import Any, BinaryIO, Final

from PIL import Image, JpegImagePlugin

from arena.images.intake.colours import to_srgb
from arena.images.intake.decoder import faults_as_refusals, limit_self, load, opened
from arena.images.intake.limits import PATIENT_PROCESSOR_S
from arena.images.intake.plain import ON_ITS_SIDE, drawn, orientation, stored_size, turned, within
from arena.images.intake.png_chunks import CHECKSUM_BYTES, HEAD_BYTES, SIGNATURE
from arena.images.intake.recoder import answer, file_of, mode_of, options_of
from arena.images.intake.refusals import ImageRefused, Reason

PNG_KEPT: Final = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
WEBP_KEPT: Final = frozenset({b"ALPH", b"VP8 ", b"VP8L"})
RIFF_BYTES: Final = 12
HAS_ALPHA: Final = 0x10
TABLES: Final = frozenset({0xC4, 0xCC, 0xDB, 0xDD})
FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
# Markers without a length; between parts there are none.
ALONE: Final = frozenset({0x00, 0x01, *range(0xD0, 0xD9)})
OF_THE_SCAN: Final = frozenset({0x00, *range(0xD0, 0xD8)})
SOS, EOI, JFIF, ADOBE = 0xDA, 0xD9, 0xE0, 0xEE
ADOBE_BYTES: Final = 12
# version 1.1, square pixels, no small picture
PLAIN_JFIF: Final = b"\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0"


def without_metadata(kind: str, content: bytes) -> bytes | None:
    """The same picture alone, also without what stands behind its end; None where the file is not put together so."""
    try:
        return {"PNG": _png, "JPEG": _jpeg, "WEBP": _webp}[kind](content)
    except (struct.error, IndexError, ValueError):
        return None


def _png(content: bytes) -> bytes | None:
    parts, place = [SIGNATURE], len(SIGNATURE)
    while True:
        length, name = struct.unpack_from(">I4s", content, place)
        end = place + HEAD_BYTES + length + CHECKSUM_BYTES
        if end > len(content):
            return None
        if name in PNG_KEPT:
            parts.append(content[place:end])
        if name == b"IEND":
            return b"".join(parts) if not length else None
        place = end


def _webp(content: bytes) -> bytes | None:
    end = 8 + struct.unpack_from("<I", content, 4)[0]
    parts, place, head = [], RIFF_BYTES, b""
    while place < end:
        name, length = struct.unpack_from("<4sI", content, place)
        after = place + 8 + length + length % 2
        if after > len(content):
            return None
        if name == b"VP8X":
            head = content[place : place + 8 + length]
        if name in WEBP_KEPT:
            parts.append(content[place:after])
        place = after
    if head and len(parts) > 1:
        # a picture and its transparency apart; the size stays in the head, all flags go but one
        parts.insert(0, head[:8] + bytes([HAS_ALPHA, 0, 0, 0]) + head[12:18])
    elif len(parts) != 1:
        return None
    body = b"WEBP" + b"".join(parts)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _jpeg(content: bytes) -> bytes | None:
    """Tables, frames and scans up to the end of the first picture; of the colour notes what decoders need."""
    parts, place = [content[:2]], 2
    while True:
        while content[place : place + 2] == b"\xff\xff":
            place += 1
        if content[place] != 0xFF:
            return None
        code = content[place + 1]
        if code == EOI:
            return b"".join([*parts, b"\xff\xd9"])
        if code in ALONE:
            return None
        end = place + 2 + struct.unpack_from(">H", content, place + 2)[0]
        if end > len(content):
            return None
        held = content[place + 4 : end]
        if code in TABLES or code in FRAMES:
            parts.append(content[place:end])
        elif code == JFIF and held.startswith(b"JFIF\0"):
            parts.append(PLAIN_JFIF)
        elif code == ADOBE and held.startswith(b"Adobe"):
            parts.append(b"\xff\xee" + struct.pack(">H", ADOBE_BYTES + 2) + held[:ADOBE_BYTES])
        elif code == SOS:
            end = _end_of_scan(content, end)
            parts.append(content[place:end])
        place = end


def _end_of_scan(content: bytes, place: int) -> int:
    """Where the next marker stands that is none of the picture's own."""
    while True:
        place = content.index(b"\xff", place)
        if content[place + 1] not in OF_THE_SCAN:
            return place
        place += 2


KEPT_MODES: Final = {
    "png": frozenset({"1", "L", "LA", "P", "PA", "RGB", "RGBA"}),
    "jpeg": frozenset({"L", "RGB"}),
    "webp": frozenset({"RGB", "RGBA"}),
}
READ_ALONE: Final = frozenset({"gif", "avif", "heif"})
DEEP_PNG: Final = 16
DEPTH_AT: Final = 24
# What is drawn anew takes at most so many times the bytes that came, where the quality allows it.
GROWTH: Final = 1.3

MOST_TRIES: Final = 4
SMALL_PNG: Final = 4_000_000
BEST_QUALITY: Final = 95
# A WebP with transparency takes 28 bytes a pixel to encode; larger ones become PNG.
ALPHA_PIXELS: Final = 7_000_000

Size = tuple[int, int]


def sanitized(stream: BinaryIO, to: str, size: Size | None) -> tuple[bytes, dict[str, Any]]:
    """The file, and what is said of it; `size` is meant upright. Raises ImageRefused."""
    with faults_as_refusals():
        image = opened(stream, may_go_on=True)
        kind = "jpeg" if isinstance(image, JpegImagePlugin.JpegImageFile) else str(image.format).lower()
        turn, colours = orientation(image), to_srgb(image)
        came = _lying(image.size, turn)
        wanted = _lying(size or stored_size(*came), turn)
        if kind in READ_ALONE:
            # what providers are not known to take
            to = to or ("png" if kind == "gif" or image.has_transparency_data else "jpeg")
        if wanted == image.size and turn is None and colours is None and to in {"", kind}:
            del image
            if kept := _as_it_is(stream, kind):
                return kept, _said(kind, wanted, came)
            stream.seek(0)
            image = opened(stream, may_go_on=True)
        tries, source_bytes = _tries(image, kind), stream.seek(0, 2)
        load(image, at_half_size=size is None)
        picture = drawn(image, wanted if size else within(wanted, image.size), mode_of(image, kind), colours)
        del image
        picture = turned(picture, turn)
    if picture.mode == "RGBA" and kind == "webp" and picture.width * picture.height > ALPHA_PIXELS:
        to = to or "png"
    if to not in {"", kind}:
        kind, tries = to, iter([options_of(to, BEST_QUALITY, picture.size)])
    return _small_enough(picture, kind, tries, GROWTH * source_bytes), _said(kind, picture.size, came)


def _lying(size: Size, turn: Image.Transpose | None) -> Size:
    return (size[1], size[0]) if turn in ON_ITS_SIDE else size


def _said(kind: str, size: Size, came: Size) -> dict[str, Any]:
    return {"format": kind, "width_px": size[0], "height_px": size[1], "came_px": list(came)}


def _as_it_is(stream: BinaryIO, kind: str) -> bytes | None:
    """The file without its metadata, decoded once to know that it is whole; None where it must be drawn anew."""
    stream.seek(0)
    content = without_metadata(kind.upper(), stream.read())
    if content is None or (kind == "png" and content[DEPTH_AT] == DEEP_PNG):
        return None
    image = opened(BytesIO(content))
    if image.mode not in KEPT_MODES[kind]:
        return None
    load(image)
    return content


def _tries(image: Image.Image, kind: str) -> Iterator[dict[str, Any]]:
    """How to write it, best first. Taken before the image is loaded, and without a hold on it."""
    if isinstance(image, JpegImagePlugin.JpegImageFile):
        sampling = JpegImagePlugin.get_sampling(image)
        own = {"qtables": dict(image.quantization)} if image.mode == "RGB" else {"quality": 90}
        ways: list[dict[str, Any]] = [{"quality": 95}, own, {"quality": 80}, {"quality": 60}]
        return iter([{"subsampling": sampling, "optimize": True, **way} for way in ways])
    if kind == "webp":
        return iter([{"quality": quality, "method": 2} for quality in (95, 80, 60)])
    return iter([{"compress_level": 6 if image.width * image.height <= SMALL_PNG else 3}])


def _small_enough(picture: Image.Image, kind: str, tries: Iterator[dict[str, Any]], most_bytes: float) -> bytes:
    """Of the first way that fits, else the smallest."""
    smallest = b""
    for options in islice(tries, MOST_TRIES):
        content = file_of(picture, kind, options)
        if len(content) <= most_bytes:
            return content
        smallest = content if not smallest or len(content) < len(smallest) else smallest
    return smallest


def main() -> None:
    """Clean what stands on standard input."""
    to, size = sys.argv[1], sys.argv[2]
    limit_self(PATIENT_PROCESSOR_S)
    warnings.simplefilter("ignore")
    width, _, height = size.partition("x")
    try:
        content, said = sanitized(sys.stdin.buffer, to, (int(width), int(height)) if size else None)
    except ImageRefused as refused:
        unfit = refused.reason == Reason.NOT_ENCODED
        answer(ImageRefused(Reason.TOO_MUCH_MEMORY) if unfit else refused)
        return
    answer(None, content, **said)


if __name__ == "__main__":
    main()
