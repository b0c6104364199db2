"""What every chart is: a finding, a figure, and the numbers behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Cell = str | int | float | None


@dataclass(frozen=True, kw_only=True)
class Chart:
    """`title` is what the chart shows, in a sentence; `figure` has `data` and `layout`, without colours.

    A trace names its colour by `meta.role`: a token of the page such as "accent" or "series-3", or for a
    heat map "rising" (more is darker) or "balance" (half is neutral).
    """

    name: str
    title: str
    note: str
    figure: dict[str, Any]
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def series_role(place: int) -> str:
    """The token of the nth line, from 0; there are eight."""
    return f"series-{place % 8 + 1}"
