"""A decoded image as plain pixels of the wanted size; done in bands, for a whole copy of a large one would not fit."""

import math
from collections.abc import Callable
from typing import Final

from PIL import Image

from arena.images.intake.limits import HALVED_PIXELS, LONGEST_SIDE_PX

BAND_ROWS: Final = 64
# Lanczos looks at three pixels of the smaller picture to either side.
REACH: Final = 3

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
ON_ITS_SIDE: Final = frozenset({TURNS[5], TURNS[6], TURNS[7], TURNS[8]})
# Modes of 16-bit grey, which a plain conversion clips to white.
DEEP: Final = frozenset({"I;16", "I;16L", "I;16B", "I"})

EIGHT_BITS: Final = [(value + 128) // 257 for value in range(1 << 16)]
Look = Callable[[Image.Image], Image.Image]


def orientation(image: Image.Image) -> Image.Transpose | None:
    """How the camera says the picture must be turned; None where it says nothing that can be read.

    A PNG may say so behind its pixels: it is decoded here, and what is wrong with it is raised as by `load`.
    """
    if image.format == "PNG":
        image.load()
    try:
        return TURNS.get(image.getexif().get(ORIENTATION_TAG, 1))
    except Exception:  # any error there is one of metadata, which is dropped anyway
        return None


def stored_size(width: int, height: int) -> tuple[int, int]:
    """At most LONGEST_SIDE_PX a side; half where the whole picture and one of that size would not fit side by side."""
    if width * height > HALVED_PIXELS:
        width, height = (width + 1) // 2, (height + 1) // 2
    shrink = min(1.0, LONGEST_SIDE_PX / max(width, height))
    return max(1, round(width * shrink)), max(1, round(height * shrink))


def within(size: tuple[int, int], image_size: tuple[int, int]) -> tuple[int, int]:
    """The wanted size, or that of an image that was decoded smaller: nothing is enlarged."""
    return size if size[0] <= image_size[0] and size[1] <= image_size[1] else image_size


def turned(picture: Image.Image, turn: Image.Transpose | None) -> Image.Image:
    """Upright. Drop the image it was drawn from before: for a third copy of the largest there is no room."""
    return picture if turn is None else picture.transpose(turn)


def drawn(image: Image.Image, size: tuple[int, int], mode: str, colours: Look | None = None) -> Image.Image:
    """The picture in that size, as RGB (what is transparent on white) or RGBA; `colours` makes strips of it sRGB.

    The image itself where nothing is to be done, so that no copy of it is made.
    """
    is_plain = image.mode == mode and not (mode == "RGB" and image.has_transparency_data)
    if image.size == size and is_plain and colours is None:
        image.info = {}
        return image

    def look(strip: Image.Image) -> Image.Image:
        seen = clear(colours(strip) if colours else strip)
        return seen if seen.mode == mode else _on_white(seen)

    picture = Image.new(mode, size)
    for top in range(0, size[1], BAND_ROWS):
        picture.paste(_band(image, size, top, look), (0, top))
    return picture


def _band(image: Image.Image, size: tuple[int, int], top: int, look: Look) -> Image.Image:
    """Rows from `top` on of the picture to be, drawn from as many rows of the image as they depend on."""
    width, height = size
    bottom, scale = min(height, top + BAND_ROWS), image.height / height
    first = max(0, math.floor((top - REACH) * scale))
    last = min(image.height, math.ceil((bottom + REACH) * scale))
    strip = look(image.crop((0, first, image.width, last)))
    if image.size == size:
        return strip.crop((0, top - first, width, bottom - first))
    box = (0.0, top * scale - first, float(image.width), min(bottom * scale - first, float(strip.height)))
    return strip.resize((width, bottom - top), Image.Resampling.LANCZOS, box=box)


def _on_white(seen: Image.Image) -> Image.Image:
    if seen.mode == "RGB":
        return seen
    white = Image.new("RGB", seen.size, "white")
    white.paste(seen, mask=seen)
    return white


def clear(strip: Image.Image) -> Image.Image:
    """In 8 bits, as RGBA where something may be transparent and as RGB where nothing is."""
    if strip.mode in DEEP:
        return _of_deep_grey(strip)
    mode = "RGBA" if strip.has_transparency_data else "RGB"
    return strip if strip.mode == mode else strip.convert(mode)


def _of_deep_grey(strip: Image.Image) -> Image.Image:
    """Scaled to 8 bits; a grey that the file calls transparent is looked for in all 16."""
    whole = strip if strip.mode == "I" else strip.convert("I")
    plain = whole.point(EIGHT_BITS, "L").convert("RGB")
    plain.info = {}
    nothing = strip.info.get("transparency")
    if isinstance(nothing, int):
        plain.putalpha(whole.point([0 if value == nothing else 255 for value in range(1 << 16)], "L"))
    return plain
