"""What the treatment of ties does to the ranks of one board: half a win to each, dropped, or Davidson's own outcome."""

from dataclasses import dataclass

import numpy as np

from arena.rating.board import rank_board, rank_davidson_board
from arena.rating.tallies import Tallies


@dataclass(frozen=True)
class PolicyRanks:
    """One model's rank under each policy; None where it is not ranked."""

    model: str
    half: int | None
    dropped: int | None
    davidson: int | None

    @property
    def moves(self) -> int:
        """The number of ranks between the best and the worst that a policy gives; 0 when fewer than two rank it."""
        given = [rank for rank in (self.half, self.dropped, self.davidson) if rank is not None]
        return max(given) - min(given) if given else 0


def tie_policies(tallies: Tallies, prior: float = 1.0) -> tuple[PolicyRanks, ...]:
    """In the order of the board with half wins; raises what the fits raise, and BadPrior for prior 0.

    Without ties a model may lack the battles for a rank, or the company to be compared with.
    """
    half = rank_board(tallies, prior=prior)
    boards = (rank_board(without_ties(tallies), prior=prior), rank_davidson_board(tallies, prior=prior))
    dropped, davidson = ({row.model: row.rank for row in board.rows} for board in boards)
    return tuple(PolicyRanks(row.model, row.rank, dropped[row.model], davidson[row.model]) for row in half.rows)


def without_ties(tallies: Tallies) -> Tallies:
    """The decided battles alone; every model stays listed."""
    none = np.zeros_like(tallies.tie)
    return Tallies(tallies.models, tallies.left, tallies.right, none, none)
