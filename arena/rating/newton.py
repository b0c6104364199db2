"""Newton's method for concave log likelihoods, the one iteration behind every fitted method."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from arena.rating.errors import NotConverged
from arena.rating.tallies import Floats

STEP_CAP = 2.0  # log units; farther than that the quadratic model says nothing
TOLERANCE = 1e-8
MAX_STEPS = 500

# parameters in, (gradient, minus the second derivatives, positive definite) out
System = Callable[[Floats], tuple[Floats, Floats]]


def climb(system: System, start: Floats) -> tuple[Floats, int]:
    """The maximum and the number of steps taken; raises NotConverged.

    One step is taken past the tolerance: convergence is quadratic there, so what is left is rounding
    and the published digits are the same everywhere.
    """
    x = start
    for steps in range(1, MAX_STEPS + 1):
        step = _step(system, x)
        x = x + step
        if float(np.max(np.abs(step))) < TOLERANCE:
            return x + _step(system, x), steps + 1
    raise NotConverged(f"no convergence within {MAX_STEPS} Newton steps")


def _step(system: System, x: Floats) -> Floats:
    gradient, curvature = system(x)
    try:
        step: Floats = np.asarray(np.linalg.solve(curvature, gradient), dtype=np.float64)
    except np.linalg.LinAlgError as singular:
        raise NotConverged("the curvature is singular to working precision") from singular
    longest = float(np.max(np.abs(step)))
    if not np.isfinite(longest):
        raise NotConverged("a Newton step is not finite")
    return step * (STEP_CAP / longest) if longest > STEP_CAP else step
