"""What every chart is: a finding, a figure, and the numbers behind it."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Any, Final

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


LOG_STEPS: Final = (1, 2, 5)
MOST_DECADES: Final = 3.0


def log_ticks(low: float, high: float, prefix: str = "", suffix: str = "") -> dict[str, Any]:
    """Plotly's tickvals and ticktext from `low` to `high`: 1, 2 and 5 of each decade, over three decades 1 alone.

    Every tick is written out. Raises ValueError unless 0 < low <= high.
    """
    if not 0 < low <= high:
        raise ValueError(f"a logarithmic axis goes from above 0 upwards, not from {low} to {high}")
    steps = LOG_STEPS if log10(high / low) <= MOST_DECADES else LOG_STEPS[:1]
    decades = range(floor(log10(low)), ceil(log10(high)) + 1)
    shown = [(step, decade) for decade in decades for step in steps if low <= step * 10.0**decade <= high]
    return {
        "tickvals": [step * 10.0**decade for step, decade in shown],
        "ticktext": [f"{prefix}{step * 10.0**decade:,.{max(0, -decade)}f}{suffix}" for step, decade in shown],
    }


LONGEST: Final = 40


def short_labels(names: Mapping[str, str]) -> dict[str, str]:
    """The same keys with names of at most 40 characters, cut with dots; different keys keep different labels."""
    labels: dict[str, str] = {}
    taken: set[str] = set()
    for key, name in names.items():
        label, number = name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…", 1
        while label in taken:
            number += 1
            label = f"{name[: LONGEST - 6]}… ({number})"
        labels[key] = label
        taken.add(label)
    return labels
