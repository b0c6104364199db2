"""When an alert opens and closes: thresholds with a gap between them, and several readings in a row. Pure."""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final, Literal

Reading = Literal["bad", "between", "good", "unknown"]
Event = Literal["", "opened", "closed"]
METRICS: Final = {
    "p95_ms": "p95 of total time, ms",
    "success_percent": "success, %",
    "spend_usd": "spend, USD",
    "staleness_minutes": "minutes since the last call",
}
BAD_BELOW: Final = frozenset({"success_percent"})
# to be good again a value must lie this share beyond the threshold
GAP: Final = Decimal("0.1")


@dataclass(frozen=True)
class AlertState:
    """How a rule stands: whether its incident is open, and its last readings in a row."""

    is_open: bool = False
    bad_in_a_row: int = 0
    good_in_a_row: int = 0


def judge(metric: str, value: Decimal | None, threshold: Decimal) -> Reading:
    """Where a value stands; None, for too few calls, is unknown and changes nothing."""
    if value is None:
        return "unknown"
    if metric in BAD_BELOW:
        good_from = threshold + (100 - threshold) * GAP
        return "bad" if value < threshold else "good" if value >= good_from else "between"
    good_to = threshold * (1 - GAP)
    return "bad" if value > threshold else "good" if value <= good_to else "between"


def next_state(state: AlertState, reading: Reading, *, opens_after: int, closes_after: int) -> tuple[AlertState, Event]:
    """The state after one more reading, and what happened. A value that swings about the threshold does nothing."""
    if reading == "unknown":
        return state, ""
    bad = state.bad_in_a_row + 1 if reading == "bad" else 0
    good = state.good_in_a_row + 1 if reading == "good" else 0
    moved = replace(state, bad_in_a_row=bad, good_in_a_row=good)
    if not state.is_open and bad >= opens_after:
        return replace(moved, is_open=True), "opened"
    if state.is_open and good >= closes_after:
        return replace(moved, is_open=False), "closed"
    return moved, ""
