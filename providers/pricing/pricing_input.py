"""What is to be priced: the pictures, the parameters, and afterwards what the provider counted. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from providers.sheet import Json

# Names of tiers by the side of the square that holds the picture.
TIERS: Final = (("0.5K", 512), ("1K", 1024), ("2K", 2048), ("4K", 4096))
# Sides of other ratios are rounded: 2731x1536 is of the tier 2K.
ROUNDED_SIDES: Final = 1.01


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


@dataclass(frozen=True, kw_only=True)
class PricingInput:
    """One request: size of each output, how many, the pictures sent along, and parameters with defaults filled in.

    `text_tokens` is how many the prompt has, None where nobody has counted them.
    """

    size: Size
    images: int = 1
    inputs: tuple[Size, ...] = ()
    parameters: Mapping[str, Json] = field(default_factory=dict)
    text_tokens: int | None = None


def usage_from(counts: Mapping[str, Json]) -> Usage:
    """The counts of a provider's answer, by the names OpenAI and Replicate give them; others say nothing.

    Without details, input tokens are text and output tokens image.
    """
    text_in = _count(counts, "input_tokens.text_tokens")
    image_in = _count(counts, "input_tokens.image_tokens")
    cached = _count(counts, "input_tokens.cached_tokens") or 0
    if text_in is None and image_in is None:
        text_in = _count(counts, "input_tokens")
    text_out = _count(counts, "output_tokens.text_tokens")
    image_out = _count(counts, "output_tokens.image_tokens")
    if text_out is None and image_out is None:
        image_out = _count(counts, "output_tokens")
    counted = (
        ("input", "text", text_in and max(0, text_in - cached), False),
        ("input", "text", min(cached, text_in or 0), True),
        ("input", "image", image_in, False),
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


def _count(counts: Mapping[str, Json], name: str) -> int | None:
    value = counts.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
