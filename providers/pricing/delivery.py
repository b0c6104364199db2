"""What came of a call, put in the place of what was ordered: charges follow the delivery. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from providers.pricing.choice import meets
from providers.pricing.pricing_input import DrawnPicture, PricingInput, Size, Usage
from providers.sheet import PriceSheet

LEFT_OPEN = ("", "auto")


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """`pictures` is how many the provider gave, `sizes` of those at hand as measured.

    `quality` and `stated_size` are the provider's own words, where it has them.
    """

    pictures: int
    sizes: tuple[Size, ...]
    quality: str = ""
    stated_size: Size | None = None
    usage: Usage | None = None


def delivered(prices: Sequence[PriceSheet], ordered: PricingInput, came: Delivery) -> PricingInput:
    """The order as it was carried out. Pictures beyond those ordered are the provider's affair."""
    count = min(ordered.images, max(came.pictures, 1))
    measured = came.sizes or (came.stated_size or ordered.size,)
    # What could not be brought home was drawn like the first of the others.
    measured = (*measured, *(measured[:1] * count))[:count]
    drawn = tuple(DrawnPicture(size=size, listed_as=_listed_as(prices, ordered, size, came)) for size in measured)
    return replace(
        ordered,
        size=drawn[0].listed_as,
        images=count,
        drawn=drawn,
        leaves_size=False,
        parameters={**ordered.parameters, **_quality(prices, ordered, came.quality)},
    )


def _listed_as(prices: Sequence[PriceSheet], ordered: PricingInput, measured: Size, came: Delivery) -> Size:
    """Providers round sides: a size that no price names is the one that was stated or ordered."""
    said = [came.stated_size, None if ordered.leaves_size else ordered.size]
    meant = [size for size in (measured, *said) if size is not None]
    named = [price.conditions["size"] for price in prices if "size" in price.conditions]
    usual = measured if ordered.leaves_size else ordered.size
    return next((size for size in meant if any(meets("size", value, str(size)) for value in named)), usual)


def _quality(prices: Sequence[PriceSheet], ordered: PricingInput, stated: str) -> dict[str, str]:
    """The provider's word for it, unless no price knows the word and the order said another."""
    named = [price.conditions["quality"] for price in prices if "quality" in price.conditions]
    is_known = any(meets("quality", value, stated) for value in named)
    was_open = ordered.parameters.get("quality") in (None, *LEFT_OPEN)
    return {"quality": stated} if stated not in LEFT_OPEN and (is_known or was_open) else {}
