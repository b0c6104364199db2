"""What else would change a first place: the fewest votes cast besides, and the fewest turned round.

Like the fewest removed (`fragility.py`) these are upper bounds: that many do suffice, which a refit proves.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from arena.rating.board import Board, rank_board
from arena.rating.bradley_terry import check_prior, refit
from arena.rating.fit import MINIMUM_BATTLES
from arena.rating.tallies import Counts, Floats, Tallies

CHALLENGERS: Final = 4  # models tried for the first place, those closest to it
MOST_STEPS: Final = 60  # refits by challenger and kind of change


@dataclass(frozen=True)
class ChangedVotes:
    """With so many votes changed `successor` is first and `leader` is not."""

    leader: str
    successor: str
    votes: int


def fewest_added(tallies: Tallies, prior: float = 1.0) -> ChangedVotes | None:
    """Votes besides, each a win of the successor over the leader; None where fewer than two models are ranked, or
    twice the board's votes are not enough.

    A win over the strongest model by a weaker one moves the gap of the two most. The gap falls with each, so the
    fewest is found by halving. Raises BadPrior (the prior must be above 0) and NotConverged.
    """
    found = None
    for leader, rival in _pairs(tallies, prior):
        most = found.votes - 1 if found else 2 * tallies.battles
        votes = _added(tallies, prior, leader, rival, most)
        if votes:
            found = ChangedVotes(tallies.models[leader], tallies.models[rival], votes)
    return found


def _added(tallies: Tallies, prior: float, leader: int, rival: int, most: int) -> int:
    """The fewest, at most `most`, after which the leader is first no more; 0 where there are none."""
    strengths = np.zeros(len(tallies.models))

    def overtakes(votes: int) -> bool:
        nonlocal strengths
        scores = tallies.scores.copy()
        scores[rival, leader] += votes
        strengths, _ = refit(scores, prior, strengths)
        return bool(strengths[leader] <= strengths[rival])

    low, high = 0, 1
    while high <= most and not overtakes(high):
        low, high = high, min(2 * high, most) if high < most else most + 1
    while high <= most and high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if overtakes(middle) else (middle, high)
    # level, or still under the battles that a rank needs, is not enough
    for votes in range(high, min(most, high + MINIMUM_BATTLES) + 1):
        wins = tallies.wins.copy()
        wins[rival, leader] += votes
        if _is_changed(_board(tallies, wins, np.triu(tallies.ties), prior), tallies.models[leader]):
            return votes
    return 0


def fewest_flipped(tallies: Tallies, prior: float = 1.0) -> ChangedVotes | None:
    """Votes turned round: a win becomes the other's, a tie a win; None where fewer than two models are ranked, or no
    such change was found.

    Votes go one after another, always those that by one Newton step narrow the gap most, with refits in between.
    Raises BadPrior (the prior must be above 0) and NotConverged.
    """
    found = None
    for leader, rival in _pairs(tallies, prior):
        votes = _Flips.of(tallies, prior, leader, rival).fewest(found.votes if found else tallies.battles + 1)
        if votes:
            found = ChangedVotes(tallies.models[leader], tallies.models[rival], votes)
    return found


@dataclass(eq=False)
class _Flips:
    """Votes not turned round yet, what those turned round have become, and who is to overtake whom."""

    tallies: Tallies
    prior: float
    leader: int
    rival: int
    wins: Counts
    ties: Counts
    turned: Counts

    @classmethod
    def of(cls, tallies: Tallies, prior: float, leader: int, rival: int) -> _Flips:
        wins = tallies.wins.copy()
        return cls(tallies, prior, leader, rival, wins, np.triu(tallies.ties), np.zeros_like(wins))

    def fewest(self, below: int) -> int:
        """How many were turned round; 0 where it takes `below` or more, or there are none left that help."""
        strengths, taken = np.zeros(len(self.wins)), 0
        for _ in range(MOST_STEPS):
            wins = self.wins + self.turned
            strengths, curvature = refit(wins + (self.ties + self.ties.T) / 2, self.prior, strengths)
            gap = float(strengths[self.leader] - strengths[self.rival])
            if gap <= 0 and taken:
                after = _board(self.tallies, wins, self.ties, self.prior)
                if _is_changed(after, self.tallies.models[self.leader]):
                    return taken
            inverse: Floats = np.asarray(np.linalg.inv(curvature), dtype=np.float64)
            step = self._turn(inverse, max(gap, 0.0), below - 1 - taken)
            taken += step
            if not step:
                return 0
        return 0

    def _turn(self, inverse: Floats, gap: float, most: int) -> int:
        """Half of what one step ahead foresees, so that refits may correct it; how many."""
        pull = inverse[self.rival] - inverse[self.leader]
        won = np.maximum(pull[None, :] - pull[:, None], 0.0)
        gains = np.concatenate((won.ravel(), np.abs(pull[:, None] - pull[None, :]).ravel() / 2))
        counts = np.concatenate((self.wins.ravel(), self.ties.ravel()))
        gains[counts == 0] = 0.0
        order = np.argsort(-gains, kind="stable")
        reached = np.cumsum(gains[order] * counts[order])
        used_up = int(np.searchsorted(reached, gap, side="right"))
        foreseen = float(counts[order[:used_up]].sum())
        if used_up < len(order) and gains[order[used_up]] > 0:
            before = reached[used_up - 1] if used_up else 0.0
            foreseen += math.ceil((gap - before) / gains[order[used_up]])
        wanted = min(most, max(1, int(foreseen) // 2))
        return self._apply(order, gains, counts, wanted, pull)

    def _apply(self, order: Counts, gains: Floats, counts: Counts, wanted: int, pull: Floats) -> int:
        size, taken = len(pull), 0
        for place in order.tolist():
            if taken >= wanted or gains[place] <= 0:
                break
            several = min(wanted - taken, int(counts[place]))
            tied, cell = divmod(place, size * size)
            i, j = divmod(cell, size)
            (self.ties if tied else self.wins)[i, j] -= several
            winner, loser = (i, j) if pull[i] > pull[j] else (j, i)
            self.turned[winner, loser] += several
            taken += several
        return taken


def _pairs(tallies: Tallies, prior: float) -> list[tuple[int, int]]:
    """The leader and each of its closest challengers, ranked or about to be."""
    check_prior(prior, above_zero=True)
    rows = [row for row in rank_board(tallies, prior=prior).rows if row.comparable]
    ranked = [row for row in rows if row.rank is not None]
    if len(ranked) < 2:
        return []
    near = [row for row in rows if row is not ranked[0] and row.wins + row.losses + row.ties >= MINIMUM_BATTLES - 1]
    near.sort(key=lambda row: (-(row.rating or 0.0), row.model))
    place = {slug: number for number, slug in enumerate(tallies.models)}
    return [(place[ranked[0].model], place[row.model]) for row in near[:CHALLENGERS]]


def _board(tallies: Tallies, wins: Counts, ties: Counts, prior: float) -> Board:
    none = np.zeros_like(wins)
    return rank_board(Tallies(tallies.models, wins, none, ties, none), prior=prior)


def _is_changed(board: Board, leader: str) -> bool:
    """Someone is ranked first, and it is not the leader, not even with others."""
    firsts = {row.model for row in board.rows if row.rank == 1}
    return bool(firsts) and leader not in firsts
