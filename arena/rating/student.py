"""Student's t for whole degrees of freedom: where a fraction of it lies outside. Not about what is so distributed."""

import math
from functools import lru_cache


@lru_cache(maxsize=4096)
def student_quantile(freedom: int, outside: float = 0.05) -> float:
    """The t that |T| exceeds with chance `outside`, between 0 and 1; `freedom` is at least 1."""
    if freedom < 1 or not 0 < outside < 1:
        raise ValueError(f"freedom {freedom!r} must be 1 or more, outside {outside!r} between 0 and 1")
    low, high = 0.0, 1.0
    while student_within(freedom, high) < 1 - outside:
        low, high = high, 2 * high
    while True:
        middle = (low + high) / 2
        if middle in {low, high}:
            return high
        if student_within(freedom, middle) < 1 - outside:
            low = middle
        else:
            high = middle


def student_within(freedom: int, t: float) -> float:
    """P(|T| < t), by the finite series of M. Abramowitz and I. A. Stegun, 1964, 26.7.3 and 26.7.4."""
    angle = math.atan2(t, math.sqrt(freedom))
    odd = freedom % 2
    square = math.cos(angle) ** 2
    term, total = math.cos(angle) if odd else 1.0, 0.0
    for count in range(freedom // 2):
        total += term
        term *= square * (2 * count + 1 + odd) / (2 * count + 2 + odd)
    series = math.sin(angle) * total
    return 2 / math.pi * (angle + series) if odd else series
