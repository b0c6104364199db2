"""What a picture's first bytes say of it: kind and size. Pure; decoding is the business of the intake."""

import re
import struct
from dataclasses import dataclass
from typing import Final

EXTENSIONS: Final = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/webp": "webp",
    "image/gif": "gif",
    "image/avif": "avif",
    "image/svg+xml": "svg",
}
# Of an SVG the tag that it begins with is looked at, and in it the size that it names.
SVG_HEAD: Final = 8192
SVG_STARTS: Final = (b"<svg", b"<?xml", b"<!doctype svg", b"<!--")
SVG_ROOT: Final = re.compile(rb"<svg(?=[\s>/])[^>]*>", re.IGNORECASE)
SIDE: Final = rb"""(?<![\w-])%s\s*=\s*["']\s*([0-9]{1,6}(?:\.[0-9]{1,9})?)(?:px)?\s*["']"""
WIDTH, HEIGHT = re.compile(SIDE % b"width"), re.compile(SIDE % b"height")
BOX: Final = re.compile(rb"""viewBox\s*=\s*["'][-0-9.eE]+[\s,]+[-0-9.eE]+[\s,]+([0-9.]{1,16})[\s,]+([0-9.]{1,16})""")
LONGEST_SIDE: Final = 65_535
# That of a picture in a page that names none.
UNNAMED: Final = (300, 150)
# Start-of-frame markers of JPEG; the others in this range are tables.
FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}

BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
SCAN: Final = 0xDA
# Of each part, around what it holds: length, name and checksum.
PNG_FRAME_BYTES: Final = 12


def format_of(media_type: str) -> str:
    """Its name as callers say it."""
    return media_type.partition("/")[2].partition("+")[0]


class NoPicture(ValueError):
    """The bytes are no picture of a kind we take, or only the beginning of one."""


@dataclass(frozen=True)
class Header:
    """Kind and size of a picture."""

    media_type: str
    width_px: int
    height_px: int


def read_header(content: bytes) -> Header:
    """Raises NoPicture."""
    try:
        header = _read(content)
    except (struct.error, IndexError):
        raise NoPicture("the picture breaks off within its header") from None
    if header.width_px < 1 or header.height_px < 1:
        raise NoPicture("the picture has no size")
    return header


def _read(content: bytes) -> Header:
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return _png(content)
    if content.startswith(b"\xff\xd8\xff"):
        return _jpeg(content)
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return _webp(content)
    if content[:6] in {b"GIF87a", b"GIF89a"}:
        if b"\x3b" not in content[-64:]:
            raise NoPicture("the GIF breaks off before its end")
        return Header("image/gif", *struct.unpack_from("<HH", content, 6))
    if content[4:12] in {b"ftypavif", b"ftypavis"}:
        return _avif(content)
    if content[:40].removeprefix(BYTE_ORDER_MARK).lstrip().lower().startswith(SVG_STARTS):
        return _svg(content)
    raise NoPicture(f"not a picture: {_beginning(content)}")


def _beginning(content: bytes) -> str:
    start = content[:200].lstrip().lower()
    if start.startswith((b"<!doctype", b"<html")):
        return "a web page"
    return "text" if start[:40].isascii() and start else "nothing" if not start else "bytes of an unknown kind"


def _svg(content: bytes) -> Header:
    root = SVG_ROOT.search(content, 0, SVG_HEAD)
    if root is None:
        raise NoPicture(f"not a picture: {_beginning(content)}")
    if b"</svg" not in content[-1024:] and not root[0].endswith(b"/>"):
        raise NoPicture("the SVG breaks off before its end")
    width, height, box = WIDTH.search(root[0]), HEIGHT.search(root[0]), BOX.search(root[0])
    sides = (width[1], height[1]) if width and height else box.groups() if box else UNNAMED
    try:
        width_px, height_px = (max(1, round(float(side))) for side in sides)
    except ValueError:
        width_px, height_px = UNNAMED
    return Header("image/svg+xml", *((width_px, height_px) if max(width_px, height_px) <= LONGEST_SIDE else UNNAMED))


def _png(content: bytes) -> Header:
    """Whatever stands behind its end."""
    size, place, name = struct.unpack_from(">II", content, 16), 8, b""
    while name != b"IEND":
        if place + PNG_FRAME_BYTES > len(content):
            raise NoPicture("the PNG breaks off before its end")
        length, name = struct.unpack_from(">I4s", content, place)
        place += PNG_FRAME_BYTES + length
    if place > len(content):
        raise NoPicture("the PNG breaks off before its end")
    return Header("image/png", *size)


def _jpeg(content: bytes) -> Header:
    """Whatever stands behind its end, which is looked for behind its first scan: small pictures have ends too."""
    place, size = 2, (0, 0)
    while content[place] == 0xFF:
        marker = content[place + 1]
        if marker in FRAMES:
            height_px, width_px = struct.unpack_from(">HH", content, place + 5)
            size = width_px, height_px
        if marker == SCAN:
            if content.find(b"\xff\xd9", place) < 0:
                raise NoPicture("the JPEG breaks off before its end")
            return Header("image/jpeg", *size)
        place += 1 if marker == 0xFF else 2 + struct.unpack_from(">H", content, place + 2)[0]
    raise NoPicture("the JPEG has no frame")


def _webp(content: bytes) -> Header:
    if len(content) < struct.unpack_from("<I", content, 4)[0] + 8:
        raise NoPicture("the WebP breaks off before its end")
    kind = content[12:16]
    if kind == b"VP8X":
        width, height = (int.from_bytes(content[at : at + 3], "little") + 1 for at in (24, 27))
    elif kind == b"VP8L":
        bits = struct.unpack_from("<I", content, 21)[0]
        width, height = (bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1
    else:
        width, height = (side & 0x3FFF for side in struct.unpack_from("<HH", content, 26))
    return Header("image/webp", width, height)


def _avif(content: bytes) -> Header:
    """The largest of the sizes it names: grids and thumbnails name smaller ones too."""
    sizes, place = [], content.find(b"ispe", 0, 8192)
    while place >= 0:
        sizes.append(struct.unpack_from(">II", content, place + 8))
        place = content.find(b"ispe", place + 4, 8192)
    if not sizes:
        raise NoPicture("the AVIF names no size")
    return Header("image/avif", *max(sizes))
