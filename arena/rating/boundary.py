"""Bounds on a difference of two models that hold at every look, and how many votes they take.

Not which votes there are, nor what was decided when: that is in the verdicts.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Final

import numpy as np

from arena.rating.chances import chance
from arena.rating.components import Mask
from arena.rating.tallies import Floats

ERRORS: Final = 0.05  # the chance that a board ever says a false "better", and the same of "equivalent"
# squared log odds: it makes the bound lowest at some hundred votes on a pair
MIXING_BETTER: Final = 0.16
POWER: Final = 0.8
MOST_VOTES: Final = 1_000_000_000
_STEP: Final = 1e-4
_OVERSHOOT: Final = 0.5826
_NORMAL: Final = NormalDist()


def standard_errors_needed(information: Floats, errors: float, mixing: float) -> Floats:
    """How many standard errors an estimate may ever be away from the truth, but for the chance `errors`.

    √((1 + 1/(rI))(ln(1 + rI) + 2 ln(1/errors))), with I the information, one over the variance, and r the variance
    of the mixture: the two-sided normal mixture of H. Robbins (1970), for estimates that are normal in the limit
    (I. Waudby-Smith, D. Arbour, R. Sinha, E. H. Kennedy and A. Ramdas, 2024).
    """
    spread = mixing * information
    needed: Floats = np.sqrt((1 + 1 / spread) * (np.log1p(spread) + 2 * math.log(1 / errors)))
    return needed


def seen_from_equal(ahead: Floats, variance: Floats, direct: Floats) -> tuple[Floats, Floats]:
    """A difference in log odds as 4 arcsin √p - π, p its chance to win, and the variance of that if the two are equal.

    Near 0 it is the difference itself. The error of a logit grows with its size, so that a model which never lost
    would never be found better (W. W. Hauck and A. Donner, 1977): what the `direct` battles of the two tell is counted
    as it is between equals, 1/4 each and not p(1 - p). What is known of them through others stays as it is.
    """
    likely = chance(ahead)
    information = 1 / variance + direct * (0.25 - likely * (1 - likely))
    return 4 * np.arcsin(np.sqrt(likely)) - math.pi, 1 / information


def shows_better(ahead: Floats, variance: Floats, pairs: int) -> Mask:
    """Where the sign of a difference `seen_from_equal` (any shape) is sure; `pairs` share the chance ERRORS."""
    needed = standard_errors_needed(1 / variance, ERRORS / pairs, MIXING_BETTER)
    sure: Mask = np.abs(ahead) > np.sqrt(variance) * needed
    return sure


def shows_equivalent(ahead: Floats, variance: Floats, pairs: int, margin: float) -> Mask:
    """Where a difference is sure to be within ± `margin` (log odds); `pairs` share the chance ERRORS.

    Each end of the margin is a question with one side, so the two-sided bound stands at twice the chance; its
    mixture makes it lowest where a difference of none is usually found to be within.
    """
    needed = standard_errors_needed(1 / variance, 2 * ERRORS / pairs, margin**2 / 3)
    sure: Mask = np.abs(ahead) + np.sqrt(variance) * needed < margin
    return sure


def information_of_a_vote(ahead: float, tied: float) -> float:
    """What one more vote on two models that far apart tells of their difference, a share `tied` of votes being ties.

    (p(1 - p))² by the mean squared distance of the points from p. `tied` is at most twice the weaker one's chance.
    """
    p = float(chance(np.array(ahead)))
    noise = (p - tied / 2) * (1 - p) ** 2 + (1 - p - tied / 2) * p**2 + tied * (0.5 - p) ** 2
    return (p * (1 - p)) ** 2 / noise


@dataclass(frozen=True)
class Plan:
    """Two models as they seem now, to foresee votes on them.

    `ahead` in log odds with its `variance` (infinite before the first vote); `per_vote` is the information that
    a vote on the two adds, `pairs` as many as share the chance of a false word.
    """

    ahead: float
    variance: float
    per_vote: float
    pairs: int

    def votes_for_better(self, power: float = POWER) -> int | None:
        """How many more votes show which is the better one with this chance, if they differ as it seems now.

        None where no number under MOST_VOTES does.
        """

        likely = float(chance(np.array(self.ahead)))
        ahead = 4 * math.asin(math.sqrt(likely)) - math.pi
        there = replace(self, per_vote=self.per_vote / (4 * likely * (1 - likely)))

        def chance_after(votes: int) -> float:
            return sum(there._crossed(votes, abs(ahead), ERRORS / self.pairs, MIXING_BETTER))

        return _fewest(chance_after, power)

    def votes_for_equivalent(self, margin: float, power: float = POWER) -> int | None:
        """How many more votes show that they differ by less than `margin` (log odds); None also where they do not."""

        def chance_after(votes: int) -> float:
            spent = 2 * ERRORS / self.pairs, margin**2 / 3
            (near, sooner), (far, earlier) = (self._crossed(votes, margin + w * self.ahead, *spent) for w in (-1, 1))
            # both ends must be left behind at one time: somewhere between at the last vote and each at some
            return near + far - 1 + (sooner + earlier) / 2

        return _fewest(chance_after, power) if abs(self.ahead) < margin else None

    def _crossed(self, votes: int, distance: float, errors: float, mixing: float) -> tuple[float, float]:
        """The chance that an estimate `distance` away from some value has left it behind by the bound at the last vote,
        and the chance that it had before, but no longer has.

        The score, estimate by information, is a Brownian motion looked at after every vote, for which the bound is
        farther away by what a vote overshoots it (D. Siegmund, 1985); it is taken for its tangent at the last vote.
        """
        now, added = 1 / self.variance, votes * self.per_vote
        bounds = [(1 + step) * (now + added) for step in (-_STEP, 0, _STEP)]
        before, at, after = (math.sqrt(i) * float(standard_errors_needed(np.array(i), errors, mixing)) for i in bounds)
        slope = (after - before) / (bounds[2] - bounds[0])
        far = at - slope * added - distance * now + _OVERSHOOT * math.sqrt(self.per_vote)
        drift = distance - slope
        if far <= 0:
            return 1.0, 0.0
        straight = _NORMAL.cdf((drift * added - far) / math.sqrt(added))
        reflected = _NORMAL.cdf((-drift * added - far) / math.sqrt(added))
        return straight, math.exp(min(2 * drift * far, 700.0)) * reflected if reflected else 0.0


def _fewest(chance_after: Callable[[int], float], power: float) -> int | None:
    """The smallest number of votes with that chance, which grows with votes."""
    low, high = 0, 1
    while chance_after(high) < power:
        low, high = high, 2 * high
        if high > MOST_VOTES:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if chance_after(middle) >= power else (middle, high)
    return high
