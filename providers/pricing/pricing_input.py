"""What is to be priced: the pictures, the parameters, and afterwards what the provider counted. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from providers.sheet import Json

# Names of tiers by the side of the square that holds the picture.
TIERS: Final = (("0.5K", 512), ("1K", 1024), ("2K", 2048), ("4K", 4096))
# Sides of other ratios are rounded: 2731x1536 is of the tier 2K.
ROUNDED_SIDES: Final = 1.01
PIXELS: Final = re.compile(r"([0-9]{2,5})[xX×*]([0-9]{2,5})")
# OpenAI's names for images, those of its chats, and either with the singular that some details have.
INPUT: Final = ("input_tokens", "prompt_tokens", "input_token", "prompt_token")
OUTPUT: Final = ("output_tokens", "completion_tokens", "output_token", "completion_token")


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


@dataclass(frozen=True, kw_only=True)
class TokenCount:
    """Tokens of one kind: into or out of the model, text or image, `cached` where they were read from a cache."""

    direction: str
    modality: str
    count: int
    cached: bool = False


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What the provider counted. `seconds` None and no tokens: it did not say."""

    tokens: tuple[TokenCount, ...] = ()
    seconds: Decimal | None = None

    def count(self, direction: str, *modalities: str, cached: bool | None = None) -> int:
        """Of one direction, of all modalities where none is named; `cached` None counts both."""
        return sum(
            one.count
            for one in self.tokens
            if one.direction == direction
            and (not modalities or one.modality in modalities)
            and cached in (None, one.cached)
        )


def usage_from(counts: Mapping[str, Json]) -> Usage:
    """The counts of a provider's answer, details under the name of their sum: `input_tokens.image_tokens`.

    Without details, input tokens are text and output tokens image; a detail that is not stated is the rest of the sum.
    """
    text_in, image_in = _parts(counts, INPUT, usual="text")
    text_out, image_out = _parts(counts, OUTPUT, usual="image")
    cached_text, cached_image = _cached(counts, text_in, image_in)
    counted = (
        ("input", "text", text_in - cached_text, False),
        ("input", "text", cached_text, True),
        ("input", "image", image_in - cached_image, False),
        ("input", "image", cached_image, True),
        ("output", "text", text_out, False),
        ("output", "image", image_out, False),
    )
    tokens = tuple(
        TokenCount(direction=direction, modality=modality, count=count, cached=was_cached)
        for direction, modality, count, was_cached in counted
        if count
    )
    seconds = counts.get("seconds")
    is_number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    return Usage(tokens=tokens, seconds=Decimal(str(seconds)) if is_number else None)


def _parts(counts: Mapping[str, Json], names: tuple[str, ...], usual: str) -> tuple[int, int]:
    """Text and image tokens."""
    total = _count(counts, *names)
    text, image = (_count(counts, *(f"{name}.{kind}_tokens" for name in names)) for kind in ("text", "image"))
    if text is None and image is None:
        return (total or 0, 0) if usual == "text" else (0, total or 0)
    if text is None:
        text = max(0, (total or 0) - (image or 0))
    if image is None:
        image = max(0, (total or 0) - text)
    return text, image


def _cached(counts: Mapping[str, Json], text_in: int, image_in: int) -> tuple[int, int]:
    """Of text and of images; where nobody says which, of text first, which is the dearer reading."""
    both = _count(counts, *(f"{name}.cached_tokens" for name in INPUT))
    of_text, of_image = (
        _count(counts, *(f"{name}.{word}" for name in INPUT for word in (f"cached_tokens.{kind}", f"cached_{kind}")))
        for kind in ("text_tokens", "image_tokens")
    )
    if of_text is None:
        of_text = (both or 0) - (of_image or 0)
    of_text = min(max(0, of_text), text_in)
    if of_image is None:
        of_image = (both or 0) - of_text
    return of_text, min(max(0, of_image), image_in)


def _count(counts: Mapping[str, Json], *names: str) -> int | None:
    """Under the first of the names that has one."""
    for name in names:
        value = counts.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
    return None
