"""What stands at the ticks of an axis. Pure."""

from __future__ import annotations

from math import ceil, floor, log10
from typing import Any, Final

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
