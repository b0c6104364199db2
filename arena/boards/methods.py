"""The methods every board is computed by; a board answers for these and no others. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from arena.rating import method_boards as boards
from arena.rating.board import BRADLEY_TERRY, BRADLEY_TERRY_VERSION, Board, rank_board
from arena.rating.elo import K_FACTORS, EloState, replay_elo
from arena.rating.ranks import MINIMUM_BATTLES
from arena.rating.tallies import Tallies
from arena.rating.trueskill import TrueSkillState, replay_trueskill
from arena.rating.votes import VoteSequence


@dataclass(frozen=True)
class BoardMethod:
    """`variant` is the method's own parameter in short; it tells the snapshots of one method apart."""

    name: str
    variant: str
    version: str
    parameters: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class FittedMethod(BoardMethod):
    """Needs the tallies alone."""

    compute: Callable[[Tallies], Board]


@dataclass(frozen=True)
class ReplayedMethod(BoardMethod):
    """Replays votes in their order; its state goes on from the votes it has seen."""

    start: Any
    load: Callable[[dict[str, Any]], Any]
    replay: Callable[[Any, VoteSequence], Any]
    compute: Callable[[Tallies, Any], Board]


def _bradley_terry(prior: int) -> FittedMethod:
    parameters = (("prior", float(prior)), ("minimum_battles", float(MINIMUM_BATTLES)))
    return FittedMethod(
        BRADLEY_TERRY, f"prior={prior}", BRADLEY_TERRY_VERSION, parameters, partial(rank_board, prior=prior)
    )


def _elo(k: int) -> ReplayedMethod:
    return ReplayedMethod(
        name=boards.ELO,
        variant=f"k={k}",
        version=boards.ELO_VERSION,
        parameters=boards.elo_parameters(k),
        start=EloState(k),
        load=EloState.from_json,
        replay=replay_elo,
        compute=boards.rank_elo_board,
    )


HEADLINE: Final = _bradley_terry(1)
DAVIDSON: Final = FittedMethod(
    boards.DAVIDSON,
    "",
    boards.DAVIDSON_VERSION,
    boards.davidson_parameters(1),
    partial(boards.rank_davidson_board, prior=1),
)
TRUESKILL: Final = ReplayedMethod(
    name=boards.TRUESKILL,
    variant="",
    version=boards.TRUESKILL_VERSION,
    parameters=boards.trueskill_parameters(),
    start=TrueSkillState(),
    load=TrueSkillState.from_json,
    replay=replay_trueskill,
    compute=boards.rank_trueskill_board,
)
FITTED: Final = (HEADLINE, _bradley_terry(0), DAVIDSON)
REPLAYED: Final = (*(_elo(k) for k in K_FACTORS), TRUESKILL)
METHODS: Final[tuple[BoardMethod, ...]] = (*FITTED, *REPLAYED)
