"""What the ledger says a call costs, for the models whose price is known. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from providers.simulator.pictures import PictureSpec

MEGAPIXEL: Final = Decimal(1_000_000)
FAL_PER_MEGAPIXEL: Final = Decimal("0.005")
REPLICATE_PER_MEGAPIXEL: Final = Decimal("0.005")
FAL_EXPANSION: Final = Decimal("0.0025")
DASHSCOPE_PER_IMAGE: Final = Decimal("0.015")
DASHSCOPE_EXTENDED: Final = Decimal("0.030")
Z_IMAGE: Final = "z-image-turbo"


def megapixels(pictures: Sequence[PictureSpec]) -> Decimal:
    """Of all pictures together, exact."""
    return Decimal(sum(spec.width_px * spec.height_px for spec in pictures)) / MEGAPIXEL


def fal_usd(pictures: Sequence[PictureSpec], *, expanded: bool) -> Decimal | None:
    """Per megapixel, and something more where the prompt is expanded."""
    if not pictures or pictures[0].slug != Z_IMAGE:
        return None
    return FAL_PER_MEGAPIXEL * megapixels(pictures) + (FAL_EXPANSION if expanded else 0)


def dashscope_usd(pictures: Sequence[PictureSpec], *, extended: bool) -> Decimal | None:
    """Per picture, twice as much where the prompt is extended."""
    if not pictures or pictures[0].slug != Z_IMAGE:
        return None
    return (DASHSCOPE_EXTENDED if extended else DASHSCOPE_PER_IMAGE) * len(pictures)


def replicate_usd(pictures: Sequence[PictureSpec]) -> Decimal | None:
    """Per megapixel."""
    if not pictures or pictures[0].slug != Z_IMAGE:
        return None
    return REPLICATE_PER_MEGAPIXEL * megapixels(pictures)
