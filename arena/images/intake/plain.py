"""A decoded image as plain RGB of bounded size and upright; done in bands, for a whole copy would not fit."""

import math
from typing import Final

from PIL import Image

from arena.images.intake.limits import LONGEST_SIDE_PX

BAND_ROWS: Final = 256
REACH: Final = 3
"""Lanczos looks at three pixels of the smaller picture to either side."""

ORIENTATION_TAG: Final = 0x0112
TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def orientation(image: Image.Image) -> Image.Transpose | None:
    """How the camera says the picture must be turned; None where it says nothing that can be read."""
    try:
        return TURNS.get(image.getexif().get(ORIENTATION_TAG, 1))
    except Exception:  # any error there is one of metadata, which is dropped anyway
        return None


def plain_rgb(image: Image.Image, turn: Image.Transpose | None) -> Image.Image:
    """The picture alone: on white where it is transparent, at most LONGEST_SIDE_PX a side, turned."""
    shrink = min(1.0, LONGEST_SIDE_PX / max(image.size))
    if shrink == 1.0 and image.mode == "RGB" and not image.has_transparency_data:
        image.info = {}
        return image if turn is None else image.transpose(turn)
    width, height = (max(1, round(side * shrink)) for side in image.size)
    picture = Image.new("RGB", (width, height))
    for top in range(0, height, BAND_ROWS):
        bottom = min(height, top + BAND_ROWS)
        picture.paste(_band(image, width, top, bottom, image.height / height), (0, top))
    return picture if turn is None else picture.transpose(turn)


def _band(image: Image.Image, width: int, top: int, bottom: int, scale: float) -> Image.Image:
    """Rows [top, bottom) of the picture to be, drawn from as many rows of the image as they depend on."""
    first = max(0, math.floor((top - REACH) * scale))
    last = min(image.height, math.ceil((bottom + REACH) * scale))
    strip = _on_white(image.crop((0, first, image.width, last)))
    if strip.width == width and scale == 1.0:
        return strip.crop((0, top - first, width, bottom - first))
    box = (0.0, top * scale - first, float(image.width), min(bottom * scale - first, float(strip.height)))
    return strip.resize((width, bottom - top), Image.Resampling.LANCZOS, box=box)


def _on_white(strip: Image.Image) -> Image.Image:
    if strip.has_transparency_data:
        strip = strip.convert("RGBA")
        white = Image.new("RGB", strip.size, "white")
        white.paste(strip, mask=strip)
        return white
    if strip.mode in {"I;16", "I"}:
        # 16 bits of grey: a plain conversion would clip instead of scaling
        strip = strip.convert("I").point(lambda value: value * (1 / 257)).convert("L")
    return strip.convert("RGB")
