"""One simulated figure: its value, its Monte-Carlo error, the range it should be in. Arithmetic and text."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Figure:
    """`error` is one standard error of the simulation; `low` and `high` None where nothing is asked."""

    what: str
    value: float
    error: float
    low: float | None = None
    high: float | None = None

    @property
    def is_met(self) -> bool:
        return (self.low is None or self.value >= self.low) and (self.high is None or self.value <= self.high)

    @property
    def goal(self) -> str:
        if self.low is None or self.high is None:
            bound = self.high if self.low is None else self.low
            return "" if bound is None else f"{'≤' if self.low is None else '≥'} {bound:g}"
        return f"{self.low:g} to {self.high:g}"

    @property
    def line(self) -> str:
        verdict = "" if not self.goal else "met" if self.is_met else "NOT MET"
        return f"{self.what:<78} {self.value:>8.3f} ± {self.error:<7.3f} {self.goal:<13} {verdict}".rstrip()


def mean_of(what: str, values: Sequence[float], low: float | None = None, high: float | None = None) -> Figure:
    """One value per repeat."""
    found = np.asarray(values, dtype=np.float64)
    return Figure(what, float(found.mean()), float(found.std() / np.sqrt(len(found))), low, high)


def median_of(what: str, values: npt.NDArray[np.float64], high: float | None = None) -> Figure:
    """The error is that of the order statistics beside the middle."""
    ordered, middle = np.sort(values), len(values) / 2
    width = np.sqrt(len(values)) / 2
    around = ordered[[max(0, int(middle - width)), min(len(values) - 1, int(middle + width))]]
    return Figure(what, float(np.median(values)), float(around[1] - around[0]) / 2, None, high)
