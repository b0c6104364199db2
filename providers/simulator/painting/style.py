"""What sets one model's pictures apart from another's: a `Style`, derived from the model's slug."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from .primitives import PALETTES


class Medium(StrEnum):
    """The technique a picture seems to be made with."""

    PHOTO = "photo"
    PAINTERLY = "painterly"
    WATERCOLOUR = "watercolour"
    VECTOR = "vector"
    PAPERCUT = "papercut"
    INK = "ink"
    PASTEL = "pastel"
    RISO = "riso"
    LOW_POLY = "low-poly"
    PIXEL = "pixel"


@dataclass(frozen=True)
class Style:
    """`detail` and `coherence` run 0..1, `temperature` -1 (cool) .. 1 (warm); `hand` varies the composition."""

    medium: Medium
    palette: str
    detail: float
    coherence: float
    temperature: float = 0.0
    hand: int = 0

    def __post_init__(self) -> None:
        if self.palette not in PALETTES:
            raise ValueError(f"palette: unknown family {self.palette!r}; allowed: {', '.join(PALETTES)}")
        for name, low in (("detail", 0.0), ("coherence", 0.0), ("temperature", -1.0)):
            if not low <= getattr(self, name) <= 1.0:
                raise ValueError(f"{name}: {getattr(self, name)} is outside {low:g}..1")


def digest_of(*parts: str | int) -> int:
    """A 256-bit number that depends on every part and on nothing else."""
    text = "\x1f".join(str(part) for part in parts)
    return int.from_bytes(hashlib.sha256(text.encode()).digest(), "big")


def generator_for(*parts: str | int) -> np.random.Generator:
    """A PCG64 generator whose stream is fixed by the parts."""
    return np.random.Generator(np.random.PCG64(digest_of(*parts)))


def style_of(model_slug: str, quality: float) -> Style:
    """The model's style: the slug alone fixes everything but `coherence`, which is the quality (0..1)."""
    digest = digest_of("style", model_slug)
    media = tuple(Medium)
    families = tuple(PALETTES)
    return Style(
        medium=media[digest % len(media)],
        palette=families[(digest >> 16) % len(families)],
        detail=0.35 + ((digest >> 32) % 1000) / 1000 * 0.65,
        coherence=quality,
        temperature=((digest >> 48) % 1000) / 500 - 1.0,
        hand=(digest >> 64) % 2**32,
    )
