"""What a probe asks for: one small picture, the same at every endpoint, so that its figures can be compared. Pure."""

from io import BytesIO
from typing import Final

from PIL import Image

from providers.pricing import Size
from providers.sheet import IMAGE_EDIT, TEXT_TO_IMAGE

SIZE: Final = Size(width_px=512, height_px=512)
# The first whose price is known is taken: some endpoints draw in one size only.
SIZES: Final = (SIZE, Size(width_px=1024, height_px=1024))

PROMPTS: Final = {
    TEXT_TO_IMAGE: "A red enamel cup on a white table, soft daylight",
    IMAGE_EDIT: "Make the background blue and leave the rest as it is",
}
SOURCE_NAME: Final = "probe/source.png"


def mode_of(modes: list[str]) -> str:
    """The mode an endpoint is probed in; "" where it has none that a probe knows."""
    return next((mode for mode in (TEXT_TO_IMAGE, IMAGE_EDIT) if mode in modes), "")


def source_picture() -> bytes:
    """A PNG to be edited: a disc on grey, drawn by arithmetic, so that every machine has the same bytes."""
    side, radius = SIZE.width_px, SIZE.width_px // 3
    picture = Image.new("RGB", (side, side), (208, 206, 200))
    span = range(-radius, radius)
    disc = {(x + side // 2, y + side // 2) for x in span for y in span if x * x + y * y < radius * radius}
    for place in disc:
        picture.putpixel(place, (190, 60, 48))
    file = BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()
