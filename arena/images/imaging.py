"""Pictures as bytes: one stored format, without metadata, and a small form beside it. Pure: no storage, no rows."""

import hashlib
from dataclasses import dataclass
from io import BytesIO

from PIL import Image

THUMBNAIL_PX = 384
QUALITY = 88
# Method 2 keeps encoding under a tenth of a second; higher ones save a few per cent of bytes.
EFFORT = 2


@dataclass(frozen=True)
class EncodedImage:
    """WebP bytes in full and small, the SHA-256 of the full bytes in hex, and the size in pixels."""

    full: bytes
    small: bytes
    sha256: str
    width_px: int
    height_px: int


def _webp(image: Image.Image) -> bytes:
    buffer = BytesIO()
    image.save(buffer, "WEBP", quality=QUALITY, method=EFFORT, exif=b"", xmp=b"", icc_profile=None)
    return buffer.getvalue()


def _small(picture: Image.Image) -> Image.Image:
    shrink = min(1.0, THUMBNAIL_PX / max(picture.size))
    width, height = (max(1, round(side * shrink)) for side in picture.size)
    return picture.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=2.0)


def encode(image: Image.Image) -> EncodedImage:
    """The one form every picture is kept and shown in."""
    # not copied when it is in the right mode: a copy of the largest allowed takes 64 MiB
    picture = image if image.mode == "RGB" else image.convert("RGB")
    full = _webp(picture)
    digest = hashlib.sha256(full).hexdigest()
    return EncodedImage(full, _webp(_small(picture)), digest, picture.width, picture.height)
