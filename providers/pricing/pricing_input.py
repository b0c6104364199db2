"""What is to be priced: the pictures, the parameters, and afterwards what the provider counted. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from providers.sheet import Json

# Names of tiers by the side of the square that holds the picture.
TIERS: Final = (("0.5K", 512), ("1K", 1024), ("2K", 2048), ("4K", 4096))
# Sides of other ratios are rounded: 2731x1536 is of the tier 2K.
ROUNDED_SIDES: Final = 1.01
PIXELS: Final = re.compile(r"([0-9]{2,5})[xX×*]([0-9]{2,5})")


@dataclass(frozen=True, kw_only=True)
class Size:
    """Width and height of one picture."""

    width_px: int
    height_px: int

    @property
    def pixels(self) -> int:
        """Width times height."""
        return self.width_px * self.height_px

    @property
    def tier(self) -> str:
        """The smallest resolution tier whose square has about as many pixels or more; "8K" beyond them."""
        return next((name for name, side in TIERS if self.pixels <= side * side * ROUNDED_SIDES), "8K")

    def __str__(self) -> str:
        return f"{self.width_px}x{self.height_px}"


def size_from_text(text: str) -> Size | None:
    """`1024x768` as a size."""
    match = PIXELS.fullmatch(text.strip())
    return Size(width_px=int(match[1]), height_px=int(match[2])) if match else None


@dataclass(frozen=True, kw_only=True)
class DrawnPicture:
    """A picture that came: its own size, and the one by which a price list knows it."""

    size: Size
    listed_as: Size


@dataclass(frozen=True, kw_only=True)
class PricingInput:
    """One request: size of each output, how many, the pictures sent along, and parameters with defaults filled in.

    `text_tokens` is how many the prompt has, None where nobody has counted them. `leaves_size`: the provider chooses
    it, and `size` is a guess. `drawn` are the pictures that came, once they have.
    """

    size: Size
    images: int = 1
    inputs: tuple[Size, ...] = ()
    parameters: Mapping[str, Json] = field(default_factory=dict)
    text_tokens: int | None = None
    leaves_size: bool = False
    drawn: tuple[DrawnPicture, ...] = ()

    @property
    def outputs(self) -> tuple[Size, ...]:
        """The size of each picture."""
        return tuple(picture.size for picture in self.drawn) or (self.size,) * self.images
