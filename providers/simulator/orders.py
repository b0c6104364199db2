"""What the protocols make of a paid call, in words they share, and what the ledger says it costs. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from providers.simulator.pictures import PictureSpec

Json = Mapping[str, Any]
LONGEST_DATA_URI: Final = 1024
# Parts of a model's address that say how it is called, not which it is.
_MANNERS: Final = frozenset({"edit", "image-to-image", "img2img", "text-to-image", "inpaint"})


@dataclass(frozen=True, kw_only=True)
class Order:
    """One accepted call. `asked` is the input as it came, to be echoed."""

    provider: str
    model: str
    prompt: str
    pictures: tuple[PictureSpec, ...]
    seed: int
    amount_usd: Decimal | None = None
    units: str = ""
    asked: Json = field(default_factory=dict, repr=False)


def shortened(given: Json) -> Json:
    """An input fit to be kept and echoed: pictures within it are named by their length only."""
    return {name: _named(value) for name, value in given.items()}


def _named(value: Any) -> Any:
    if isinstance(value, list):
        return [_named(one) for one in value]
    is_picture = isinstance(value, str) and value.startswith("data:") and len(value) > LONGEST_DATA_URI
    return f"data:,{len(value)} characters left out" if is_picture else value


def slug_of(model: str) -> str:
    """The model's own name within a provider's id: `fal-ai/z-image/turbo/image-to-image` is z-image-turbo."""
    path, _, _ = model.partition(":")
    parts = [part for part in path.split("/") if part]
    kept = [part for part in parts if part not in _MANNERS] or parts or [model]
    kept = kept[1:] if len(kept) > 1 else kept
    return re.sub(r"-(?:edit|img2img|image-to-image)$", "", "-".join(kept)).lower()


def edits(model: str) -> bool:
    """Whether the model's address says that it takes a picture."""
    return any(part in _MANNERS - {"text-to-image"} for part in re.split(r"[/:]", model)) or model.endswith(
        ("-edit", "-img2img")
    )


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
