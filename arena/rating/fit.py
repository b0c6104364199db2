"""What a fitted method returns, whichever it was."""

from __future__ import annotations

from dataclasses import dataclass

from arena.rating.tallies import Floats


@dataclass(frozen=True, eq=False)
class RatingFit:
    """Strengths of the models of the largest component, in slug order; empty without a battle.

    `strengths` (n) are in units of log odds, as fitted; only differences mean something.
    `covariance` (n × n) is that of the strengths about their mean, in squared units of log odds.
    `not_comparable` are the other components. With `strongly_connected` false the likelihood alone
    has no maximum, and the prior decides how far the ends are apart.
    """

    models: tuple[str, ...]
    strengths: Floats
    covariance: Floats
    prior: float
    steps: int
    strongly_connected: bool
    not_comparable: tuple[tuple[str, ...], ...]
