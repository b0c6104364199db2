"""Pictures as bytes: one stored format, without metadata, and a small form beside it. Pure: no storage, no rows."""

import hashlib
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageFilter, ImageStat

THUMBNAIL_PX = 384
QUALITY = 88
# Method 2 keeps encoding under a tenth of a second; higher ones save a few per cent of bytes.
EFFORT = 2


@dataclass(frozen=True)
class Looks:
    """What a program sees in a picture, measured on its small form.

    `saturation` is the mean of that of HSV and `contrast` the standard deviation of grey, both of 1; `sharpness` is the
    standard deviation of the Laplacian of grey, of 255, cut off at 127.
    """

    sharpness: float
    saturation: float
    contrast: float


@dataclass(frozen=True)
class EncodedImage:
    """WebP bytes in full and small, the SHA-256 of the full bytes in hex, the size in pixels, and looks where known."""

    full: bytes
    small: bytes
    sha256: str
    width_px: int
    height_px: int
    looks: Looks | None = None


def _webp(image: Image.Image) -> bytes:
    buffer = BytesIO()
    image.save(buffer, "WEBP", quality=QUALITY, method=EFFORT, exif=b"", xmp=b"", icc_profile=None)
    return buffer.getvalue()


def _small(picture: Image.Image) -> Image.Image:
    shrink = min(1.0, THUMBNAIL_PX / max(picture.size))
    width, height = (max(1, round(side * shrink)) for side in picture.size)
    return picture.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=2.0)


# the sum of differences from the four neighbours, about the middle of what a byte holds
LAPLACIAN = ImageFilter.Kernel((3, 3), (0, 1, 0, 1, -4, 1, 0, 1, 0), scale=1, offset=128)


def measure(small: Image.Image) -> Looks:
    """Of the small form in RGB."""
    grey = small.convert("L")
    # a filter copies the border as it is
    edges = grey.filter(LAPLACIAN).crop((1, 1, max(2, small.width - 1), max(2, small.height - 1)))
    sharpness = ImageStat.Stat(edges).stddev[0] if min(small.size) > 2 else 0.0
    saturation = ImageStat.Stat(small.convert("HSV").getchannel("S")).mean[0] / 255
    return Looks(round(sharpness, 4), round(saturation, 6), round(ImageStat.Stat(grey).stddev[0] / 255, 6))


def encode(image: Image.Image) -> EncodedImage:
    """The one form every picture is kept and shown in."""
    # not copied when it is in the right mode: a copy of the largest allowed takes 64 MiB
    picture = image if image.mode == "RGB" else image.convert("RGB")
    full = _webp(picture)
    digest = hashlib.sha256(full).hexdigest()
    small = _small(picture)
    return EncodedImage(full, _webp(small), digest, picture.width, picture.height, measure(small))
