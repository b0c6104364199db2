"""What can go wrong after a provider has answered: pictures of odd kinds, spellings of base64, and a site in trouble.

Each fault is drawn from the bytes it meets, so the same seed meets the same faults however many requests run at once.
"""

import base64
import errno
import random
import struct
import sys
import tempfile
from hashlib import sha256
from io import BytesIO
from typing import IO, Any
from urllib.parse import quote

from PIL import Image

from arena.images.handover import AtomicFileStorage
from arena.images.intake.take_in import CHILD
from tests.intake.files import make_bomb

FORMATS = ("", "png", "jpeg", "webp", "gif", "avif")


class StorageDown(Exception):
    """As those of services are: no OSError."""


class FaultyStorage(AtomicFileStorage):
    """Takes two files of three."""

    def _save(self, name: str, content: Any) -> str:
        draw = sha256(name.encode()).digest()[0] % 6
        if draw == 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        if draw == 1:
            raise StorageDown("the service does not answer")
        return super()._save(name, content)


class NoStorage(AtomicFileStorage):
    """Takes nothing."""

    def _save(self, name: str, content: Any) -> str:
        raise StorageDown("the service does not answer")


FAULTY_CHILD = f"""
import resource
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
import hashlib, os, sys
draw = hashlib.sha256(sys.stdin.buffer.read()).digest()[1] % 9
if draw == 0: os.kill(os.getpid(), 9)
if draw == 1: os.abort()
if draw == 2: sys.exit(3)
if draw == 3: print("nonsense"); sys.exit(0)
if draw == 4: print('{{"refused": "too_much_memory"}}'); sys.exit(0)
if draw == 5: print('{{"format": "' + sys.argv[1] + '", "width_px": 9, "height_px": 9}}\\\\nno picture'); sys.exit(0)
os.lseek(0, 0, 0)
os.execv({CHILD[0]!r}, [*{list(CHILD)!r}, "arena.images.intake.recoder", *sys.argv[1:]])
"""
FAULTY_RECODER = (sys.executable, "-I", "-S", "-c", FAULTY_CHILD)


def faulty_scratch(seed: int) -> Any:
    """Temporary files that cannot be made, one time in twelve."""
    draw, real = random.Random(seed).random, tempfile.TemporaryFile

    def make(*arguments: Any, **options: Any) -> IO[bytes]:
        if draw() < 1 / 12:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(*arguments, **options)

    return make


def any_order(rng: random.Random) -> tuple[tuple[int, int], int]:
    """Size and number of pictures; now and then a size that AVIF cannot have."""
    size = (2720, 2720) if rng.random() < 1 / 20 else (rng.randint(48, 90), rng.randint(48, 90))
    return size, rng.randint(1, 3)


def any_picture(rng: random.Random, size: tuple[int, int]) -> bytes:
    """Of each kind that counts as a picture by its header, whole or not further down."""
    if size[0] > 1000:
        return make_bomb(*size)
    kind = rng.choice(["PNG", "PNG", "JPEG", "WEBP", "GIF", "AVIF", "deep", "spoiled", "behind", "profile"])
    if kind == "deep":
        return _saved(Image.new("I;16", size, rng.randint(0, 65_535)), "PNG")
    mode = rng.choice(["RGB", "RGBA"])
    plain = Image.new(mode, size, tuple(rng.randint(0, 255) for _ in mode))
    if kind == "spoiled":
        content = _saved(plain, "PNG")
        place = content.index(b"IDAT") + 6
        return content[:place] + rng.randbytes(4) + content[place + 4 :]
    if kind == "behind":
        return _saved(plain, "PNG") + rng.choice([b"\r\n", rng.randbytes(200)])
    if kind == "profile":
        return _saved(plain, "PNG", icc_profile=rng.randbytes(300))
    return _saved(plain.convert("RGB") if kind in {"JPEG", "AVIF"} else plain, kind)


def _saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def any_item(rng: random.Random, picture: bytes) -> dict[str, str]:
    """The picture as an item of `data`, in one of the spellings there are."""
    text = base64.b64encode(picture).decode()
    lines = "\n".join(text[at : at + 76] for at in range(0, len(text), 76))
    bare = base64.urlsafe_b64encode(picture).decode().rstrip("=")
    uri = f"data:image/png;base64,{text}"
    spellings = [text, lines, lines.replace("\n", "\r\n"), bare, uri, uri + "\n", f"data:image/png;base64,{bare}"]
    if rng.random() < 1 / 4:
        return {"url": rng.choice([uri, f"data:;base64,{quote(text, safe='')}"])}
    return {"b64_json": rng.choice(spellings)}


def size_of(content: bytes) -> tuple[int, int]:
    """In pixels, also of what cannot be decoded."""
    if content.startswith(b"\x89PNG"):
        return struct.unpack_from(">II", content, 16)
    return Image.open(BytesIO(content)).size
