"""Takes out of a file what stands beside its picture, and leaves the picture's own bytes as they are.

What is kept is listed, not what goes: a part that nobody knows stays behind. Colours are not looked at here.
"""

import struct
from typing import Final

from arena.images.intake.png_chunks import CHECKSUM_BYTES, HEAD_BYTES, SIGNATURE

PNG_KEPT: Final = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
WEBP_KEPT: Final = frozenset({b"ALPH", b"VP8 ", b"VP8L"})
RIFF_BYTES: Final = 12
HAS_ALPHA: Final = 0x10
TABLES: Final = frozenset({0xC4, 0xCC, 0xDB, 0xDD})
FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
ALONE: Final = frozenset({0x00, 0x01, *range(0xD0, 0xD9)})
"""Markers without a length; between parts there are none."""
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
