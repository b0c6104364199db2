"""How much wider a board's intervals are where a voter's votes are not independent: its sandwich with scores by voter.

Not here: which votes are whose, or how they are read.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from arena.rating.bradley_terry import curvature_and_score_variance
from arena.rating.chances import chances
from arena.rating.components import places_of
from arena.rating.fit import STANDARD_ERRORS, RatingFit, centred_sandwich
from arena.rating.raters.segments import LEAST_VOTERS as LEAST_SHOWN
from arena.rating.student import student_quantile
from arena.rating.tallies import Counts, Floats, Tallies

LEAST_VOTERS: Final = 5
MOST_FREEDOM: Final = 10_000  # from there on t is that of a normal distribution to three decimals
MOST_LEVERAGE: Final = 0.9  # beyond it a model is of one voter, and nothing is known of it
ELEMENTS_AT_ONCE: Final = 2_000_000


def shown_finding(finding: dict[str, Any], slugs: Set[str]) -> dict[str, Any]:
    """What everybody may read of a board's finding by voter: of these models, and no count of fewer than 20 voters."""
    shown = finding | {"models": {slug: factor for slug, factor in finding["models"].items() if slug in slugs}}
    return shown if finding["voters"] >= LEAST_SHOWN else shown | {"voters": None, "votes": None}


# voter, places of left and right, left wins, right wins, ties
VoterRow = tuple[int, int, int, int, int, int]


@dataclass(frozen=True, eq=False)
class VoterWidths:
    """`factors` (n, of the fitted models): width by voter by width of the sandwich; not a number where unknown.

    `voters` cast `votes` of the board's; each of the others counts as a voter's only one.
    """

    factors: Floats
    voters: int
    votes: int


class ScoresByVoter:
    """Sums over voters of what the widths need: n² numbers, however many voters there are."""

    def __init__(self, tallies: Tallies, fit: RatingFit) -> None:
        """`fit` is the fit of `tallies`."""
        square = np.ix_(places := places_of(tallies, fit.models), places)
        self.fit, self.size = fit, len(fit.models)
        self.wins, self.ties = tallies.wins[square].copy(), tallies.ties[square].copy()
        self.battles = (self.wins + self.wins.T + self.ties).sum(axis=1)
        self.centred = fit.strengths - fit.strengths.mean()
        self.likely = chances(self.centred)
        self.parts = curvature_and_score_variance(self.wins, self.ties, fit.prior, self.centred)
        self.outer, self.squares = np.zeros((self.size, self.size)), np.zeros(self.size)
        self.voters = self.votes = 0

    def add(self, voter: Counts, left: Counts, right: Counts, outcomes: Counts) -> None:
        """Whole voters, none of them twice: `voter` (k), `left` and `right` (k) places among the fitted models,
        `outcomes` (k × 3) counts of left wins, right wins and ties."""
        known, place = np.unique(voter, return_inverse=True)
        step = max(1, ELEMENTS_AT_ONCE // max(self.size, 1))
        for low in range(0, len(known), step):
            chosen = (place >= low) & (place < low + step)
            several = min(step, len(known) - low)
            self._add(place[chosen] - low, left[chosen], right[chosen], outcomes[chosen], several)
        self.voters += len(known)
        self.votes += int(outcomes.sum())

    def add_rows(self, rows: Sequence[VoterRow]) -> None:
        """The same as rows."""
        columns = np.array(rows, dtype=np.int64).reshape(-1, 6)
        self.add(columns[:, 0], columns[:, 1], columns[:, 2], columns[:, 3:])

    def _add(self, voter: Counts, left: Counts, right: Counts, outcomes: Counts, voters: int) -> None:
        won, lost, tied = outcomes.T
        battles = outcomes.sum(axis=1)
        gained = won + tied / 2 - battles * self.likely[left, right]
        scores, own = np.zeros((voters, self.size)), np.zeros((voters, self.size))
        for side, sign in ((left, 1), (right, -1)):
            np.add.at(scores, (voter, side), sign * gained)
            np.add.at(own, (voter, side), battles)
        # who cast a large part of a model's votes has drawn the fit to himself, and his score is too small by that part
        scores /= 1 - np.minimum(own / np.maximum(self.battles, 1), MOST_LEVERAGE)
        self.outer += scores.T @ scores
        self.squares += (own**2).sum(axis=0)
        for one, other, counts in ((left, right, won), (right, left, lost)):
            np.subtract.at(self.wins, (one, other), counts)
            np.subtract.at(self.ties, (one, other), tied)

    def widths(self) -> VoterWidths:
        """Of rating ∓ t √(C H⁻¹ B H⁻¹ C)ᵢᵢ, beside 1.96 and each vote by itself (see the methodology).

        B = Σ sᵥ sᵥᵀ, sᵥ the score of voter v (K.-Y. Liang and S. L. Zeger, 1986) over 1 less the voter's leverage, as
        the jackknife has it (R. M. Bell and D. F. McCaffrey, 2002), here the share of a model's battles; t of the
        effective number of voters less 1 (A. V. Carter, K. T. Schnepel and D. G. Steigerwald, 2017), (Σ b)² / Σ b² of
        battles b.
        """
        if self.voters < LEAST_VOTERS or self.size < 2:
            return VoterWidths(np.full(self.size, np.nan), self.voters, self.votes)
        curvature, plain = self.parts
        _, others = curvature_and_score_variance(self.wins, self.ties, self.fit.prior, self.centred)
        by_voter = np.diagonal(centred_sandwich(curvature, others + self.outer))
        by_vote = np.diagonal(centred_sandwich(curvature, plain))
        alone = (self.wins + self.wins.T + self.ties).sum(axis=1)
        effective = (self.battles**2 // np.maximum(self.squares + alone, 1)).astype(int)
        freedoms = np.clip(effective - 1, 1, MOST_FREEDOM).tolist()
        t = np.array([student_quantile(freedom) for freedom in freedoms])
        wider = t / STANDARD_ERRORS * np.sqrt(np.maximum(by_voter, 0.0) / np.maximum(by_vote, np.finfo(float).tiny))
        return VoterWidths(np.where(effective > 1, wider, np.nan), self.voters, self.votes)
