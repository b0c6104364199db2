"""Conditions of prices: one value or several of which any may hold, compared and written alike everywhere. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from providers.sheet import Json, PriceSheet

CACHED: Final = "cached"
# Said of tokens they are no conditions but kinds: text and image tokens are charged beside one another.
KIND_KEYS: Final = ("modality", CACHED)
OR: Final = " or "


def values_of(value: Json) -> list[Json]:
    """The values of which any makes a condition hold."""
    return value if isinstance(value, list) else [value]


def meets(key: str, value: Json, given: Json) -> bool:
    """Whether what is given is among a condition's values."""
    wanted = _comparable(key, given)
    return any(_comparable(key, one) == wanted for one in values_of(value))


def overlapping(price: PriceSheet, others: Sequence[PriceSheet]) -> PriceSheet | None:
    """The first of the others that could hold for the same request and is no closer to it, or none."""
    return next((other for other in others if _collide(price, other)), None)


def conditions_overlap(one: PriceSheet, other: PriceSheet) -> bool:
    """Whether they name the same parameters, and of each share a value."""
    return one.conditions.keys() == other.conditions.keys() and all(
        any(meets(key, value, given) for given in values_of(other.conditions[key]))
        for key, value in one.conditions.items()
    )


def condition_text(value: Json) -> str:
    """As people read it: several values with "or" between them."""
    return OR.join(str(one).lower() if isinstance(one, bool) else str(one) for one in values_of(value))


def _collide(one: PriceSheet, other: PriceSheet) -> bool:
    return (one.metric, one.direction) == (other.metric, other.direction) and conditions_overlap(one, other)


def _comparable(key: str, value: Json) -> tuple[bool, str | Json]:
    """1 and True are equal in Python and are different parameter values."""
    if key == "size":
        return False, str(value).lower().replace("×", "x")
    return isinstance(value, bool), str(value).upper() if key == "resolution" else value
