"""What a first place rests on: the fewest votes whose removal changes it, and the advantage of the left side.

The first (T. Broderick et al., 2020: most influential sets) is an upper bound: that many do suffice, which a refit
proves; that fewer cannot is not proved.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

import numpy as np

from arena.rating.board import Board, rank_board
from arena.rating.bradley_terry import check_prior, climb, refit
from arena.rating.chances import (
    POINTS_PER_LOG_ODDS,
    chance,
    chances,
    laplacian,
    prior_curvature,
    prior_slope,
    prior_variance,
)
from arena.rating.fit import MINIMUM_BATTLES, STANDARD_ERRORS, sandwich
from arena.rating.tallies import Counts, Floats, Tallies

CHALLENGERS = 4  # how many models are tried for the first place, the most promising ones

# "won" is a win of the first over the second, "tied" a tie of both; the two are positions
Kind = tuple[str, int, int]


@dataclass(frozen=True)
class RemovedVotes:
    """Votes of one kind: `second` lost to `first`, or with `tied` neither won."""

    first: str
    second: str
    tied: bool
    votes: int


@dataclass(frozen=True)
class Fragility:
    """Without `removed` (`votes` in all, of the board's `battles`) `successor` is first and `leader` is not."""

    leader: str
    successor: str
    votes: int
    battles: int
    removed: tuple[RemovedVotes, ...]

    @property
    def share(self) -> float:
        """Of all votes of the board, as a share of 1."""
        return self.votes / self.battles


def fragility(tallies: Tallies, prior: float = 1.0) -> Fragility | None:
    """None where fewer than two models are ranked or no removal was found.

    For each of the likeliest challengers votes go one after another, always those that by one Newton step
    narrow the gap most, with refits in between; the shortest such list is kept. Taking the leader under the
    battles that a rank needs counts too. Raises BadPrior (the prior must be above 0) and NotConverged.
    """
    check_prior(prior, above_zero=True)
    board = rank_board(tallies, prior=prior)
    ranked = [row.model for row in board.rows if row.rank is not None]
    if len(ranked) < 2:
        return None
    leader = tallies.models.index(ranked[0])
    found = [_unranked(tallies, leader)]
    search = _Search.of(tallies, prior, leader)
    rivals = sorted((search.votes_foreseen(tallies.models.index(rival)), rival) for rival in ranked[1:])
    for _, rival in rivals[:CHALLENGERS]:
        shortest = min(len(removal) for removal in found)
        found.append(_overtaking(tallies, prior, leader, tallies.models.index(rival), shortest))
    for removal in sorted(found, key=len):
        after = _board_without(tallies, removal, prior)
        if removal and _is_changed(after, ranked[0]):
            return _to_fragility(tallies, ranked[0], after.rows[0].model, removal)
    return None


@dataclass(eq=False)
class _Search:
    """What is left of the votes, fitted over every model, and which of them hold the leader up."""

    wins: Counts
    ties: Counts
    prior: float
    leader: int
    strengths: Floats
    curvature: Floats

    @classmethod
    def of(cls, tallies: Tallies, prior: float, leader: int) -> _Search:
        strengths, curvature = refit(tallies.scores, prior, np.zeros(len(tallies.models)))
        return cls(tallies.wins.copy(), np.triu(tallies.ties), prior, leader, strengths, curvature)

    def gap(self, rival: int) -> float:
        return float(self.strengths[self.leader] - self.strengths[rival])

    def votes_foreseen(self, rival: int) -> float:
        """How many removals one step ahead foresees; infinite if all that help are not enough."""
        gains, counts = self._gains(rival)
        order = np.argsort(-gains, kind="stable")
        reached = np.cumsum(np.maximum(gains[order], 0) * counts[order])
        if not len(reached) or reached[-1] <= self.gap(rival):
            return np.inf
        last = int(np.searchsorted(reached, self.gap(rival), side="right"))
        before = reached[last - 1] if last else 0.0
        within = np.ceil((self.gap(rival) - before) / gains[order[last]])
        return float(counts[order[:last]].sum() + max(1.0, within))

    def remove(self, rival: int, votes: int) -> list[Kind]:
        """Take that many of the votes that help the rival most, and refit."""
        gains, counts = self._gains(rival)
        taken: list[Kind] = []
        size = len(self.strengths)
        for place in np.argsort(-gains, kind="stable").tolist():
            if len(taken) == votes or gains[place] <= 0:
                break
            tied, cell = divmod(place, size * size)
            i, j = divmod(cell, size)
            several = min(votes - len(taken), int(counts[place]))
            (self.ties if tied else self.wins)[i, j] -= several
            taken += [("tied" if tied else "won", i, j)] * several
        scores = self.wins + (self.ties + self.ties.T) / 2
        self.strengths, self.curvature = refit(scores, self.prior, self.strengths)
        return taken

    def _gains(self, rival: int) -> tuple[Floats, Counts]:
        """By how much the rival gains on the leader without one vote of each kind, all wins and then all ties."""
        inverse = np.linalg.inv(self.curvature)
        pull = inverse[rival] - inverse[self.leader]
        p = chances(self.strengths)
        own = np.diagonal(inverse)
        leverage = p * p.T * (own[:, None] + own[None, :] - 2 * inverse)
        # a battle that alone links two parts has a leverage near 1
        weight = (pull[None, :] - pull[:, None]) / np.maximum(1 - leverage, 0.05)
        gains = np.concatenate(((p.T * weight).ravel(), ((0.5 - p) * weight).ravel()))
        counts = np.concatenate((self.wins.ravel(), self.ties.ravel()))
        gains[counts == 0] = 0.0
        return gains, counts


def _overtaking(tallies: Tallies, prior: float, leader: int, rival: int, shortest: int) -> list[Kind]:
    """Removals after which the rival is ahead on the published board; [] if none under `shortest` is found."""
    search = _Search.of(tallies, prior, leader)
    name = tallies.models[leader]
    taken: list[Kind] = []
    while True:
        foreseen = search.votes_foreseen(rival) if search.gap(rival) > 0 else 1.0
        if not np.isfinite(foreseen) or len(taken) + 1 >= (shortest or np.inf):
            return []
        # half of what is foreseen, then look again: far steps are not straight
        step = search.remove(rival, max(1, int(foreseen) // 2))
        taken += step
        if not step:
            return []
        if search.gap(rival) <= 0 and _is_changed(_board_without(tallies, taken, prior), name):
            return taken


def _unranked(tallies: Tallies, leader: int) -> list[Kind]:
    """As many of the leader's battles as it has too many to be unranked."""
    kinds: list[Kind] = []
    for other in range(len(tallies.models)):
        low, high = sorted((leader, other))
        kinds += [("won", leader, other)] * int(tallies.wins[leader, other])
        kinds += [("won", other, leader)] * int(tallies.wins[other, leader])
        kinds += [("tied", low, high)] * int(tallies.ties[leader, other])
    return kinds[: max(0, len(kinds) - MINIMUM_BATTLES + 1)]


def _board_without(tallies: Tallies, removal: list[Kind], prior: float) -> Board:
    wins, ties = tallies.wins.copy(), np.triu(tallies.ties)
    for (kind, i, j), votes in Counter(removal).items():
        (wins if kind == "won" else ties)[i, j] -= votes
    none = np.zeros_like(wins)
    return rank_board(Tallies(tallies.models, wins, none, ties, none), prior=prior)


def _is_changed(board: Board, leader: str) -> bool:
    """Someone is ranked first, and it is not the leader, not even with others."""
    firsts = {row.model for row in board.rows if row.rank == 1}
    return bool(firsts) and leader not in firsts


def _to_fragility(tallies: Tallies, leader: str, successor: str, removal: list[Kind]) -> Fragility:
    counted = sorted(Counter(removal).items(), key=lambda item: (-item[1], item[0]))
    removed = tuple(
        RemovedVotes(tallies.models[i], tallies.models[j], kind == "tied", votes) for (kind, i, j), votes in counted
    )
    return Fragility(leader, successor, len(removal), tallies.battles, removed)


@dataclass(frozen=True)
class SideBias:
    """The left side's advantage in log odds, its standard error, and the battles behind it."""

    log_odds: float
    error: float
    battles: int

    @property
    def points(self) -> float:
        """The advantage on the Elo scale."""
        return POINTS_PER_LOG_ODDS * self.log_odds

    @property
    def left_wins(self) -> float:
        """The share of points that the left of two equals takes."""
        return 1 / (1 + math.exp(-self.log_odds))

    @property
    def lower(self) -> float:
        """Lower 95% bound in log odds."""
        return self.log_odds - STANDARD_ERRORS * self.error

    @property
    def upper(self) -> float:
        """Upper 95% bound in log odds."""
        return self.log_odds + STANDARD_ERRORS * self.error

    @property
    def shows(self) -> bool:
        """Whether the interval leaves 0 out."""
        return self.lower > 0 or self.upper < 0


def side_bias(tallies: Tallies, prior: float = 1.0) -> SideBias | None:
    """logit P(left wins) = x_left - x_right + b, ties half a win to each; None without a battle.

    Strengths have the prior of the ratings; b has `prior` games between equals, half won by either side.
    The standard error is the sandwich's. Raises BadPrior (the prior must be above 0) and NotConverged.
    """
    check_prior(prior, above_zero=True)
    if not tallies.battles:
        return None
    solved, _ = climb(lambda at: _system(tallies, prior, at), np.zeros(len(tallies.models) + 1))
    full = sandwich(_system(tallies, prior, solved)[1], _score_variance(tallies, prior, solved))
    return SideBias(float(solved[-1]), math.sqrt(full[-1, -1]), tallies.battles)


def _left_chances(at: Floats) -> Floats:
    return chance(at[:-1, None] - at[None, :-1] + at[-1])


def _bordered(by_pair: Floats) -> Floats:
    """Weights per ordered pair as the matrix of strengths and b: each battle is (e_left - e_right, 1)."""
    matrix = np.empty((len(by_pair) + 1, len(by_pair) + 1))
    matrix[:-1, :-1] = laplacian(by_pair + by_pair.T)
    matrix[-1, :-1] = matrix[:-1, -1] = by_pair.sum(axis=1) - by_pair.sum(axis=0)
    matrix[-1, -1] = by_pair.sum()
    return matrix


def _system(tallies: Tallies, prior: float, at: Floats) -> tuple[Floats, Floats]:
    p = _left_chances(at)
    undecided = tallies.undecided
    met = tallies.left + tallies.right + undecided
    gained = (tallies.left + undecided / 2) * (1 - p) - (tallies.right + undecided / 2) * p
    gradient = np.append(gained.sum(axis=1) - gained.sum(axis=0), gained.sum()) + prior_slope(prior, at)
    curvature = _bordered(met * p * (1 - p))
    np.einsum("ii->i", curvature)[:] += prior_curvature(prior, at)
    return gradient, curvature


def _score_variance(tallies: Tallies, prior: float, at: Floats) -> Floats:
    p = _left_chances(at)
    undecided = tallies.undecided
    squares = tallies.left * (1 - p) ** 2 + tallies.right * p**2 + undecided * (0.5 - p) ** 2
    variance = _bordered(squares)
    np.einsum("ii->i", variance)[:] += prior_variance(prior, at)
    return variance
