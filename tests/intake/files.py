"""Images as bytes, good and hostile."""

import hashlib
import struct
import zlib
from io import BytesIO

from PIL import Image, PngImagePlugin

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def make_file(
    kind: str = "PNG", size: tuple[int, int] = (64, 48), mode: str = "RGB", colour="teal", **options
) -> bytes:
    buffer = BytesIO()
    Image.new(mode, size, colour).save(buffer, kind, **options)
    return buffer.getvalue()


def make_chunk(kind: bytes, content: bytes = b"") -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def make_bomb(width: int, height: int) -> bytes:
    """A one-bit PNG, all zero, without ever holding its pixels."""
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    packer, row = zlib.compressobj(9), bytes(1 + (width + 7) // 8)
    packed = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    return SIGNATURE + make_chunk(b"IHDR", header) + make_chunk(b"IDAT", packed) + make_chunk(b"IEND")


def with_first_chunk(png: bytes, chunk: bytes) -> bytes:
    """The PNG with a chunk put in right behind its header."""
    start = len(SIGNATURE) + len(make_chunk(b"IHDR", bytes(13)))
    return png[:start] + chunk + png[start:]


def with_chunks(png: bytes, *chunks: bytes) -> bytes:
    """The PNG with chunks put in before its end."""
    end = len(png) - len(make_chunk(b"IEND"))
    return png[:end] + b"".join(chunks) + png[end:]


def make_animation(kind: str) -> bytes:
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "green", "blue")]
    buffer = BytesIO()
    frames[0].save(buffer, kind, save_all=True, append_images=frames[1:], duration=100)
    return buffer.getvalue()


def make_noise(kind: str, size: tuple[int, int], mode: str = "RGB", **options) -> bytes:
    """Smooth noise: it neither packs to nothing nor looks like static."""
    small = Image.frombytes("RGBA", (64, 64), hashlib.shake_256(b"noise").digest(64 * 64 * 4))
    buffer = BytesIO()
    small.resize(size, Image.Resampling.BICUBIC).convert(mode).save(buffer, kind, **options)
    return buffer.getvalue()


def make_texts(count: int, length: int = 10) -> PngImagePlugin.PngInfo:
    texts = PngImagePlugin.PngInfo()
    for number in range(count):
        texts.add_text(f"key {number}", "x" * length)
    return texts


def picture_of(content: bytes) -> Image.Image:
    image = Image.open(BytesIO(content))
    image.load()
    return image
