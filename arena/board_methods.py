"""The methods every board is computed by; a board answers for these and no others. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from arena.rating.board import BRADLEY_TERRY, BRADLEY_TERRY_VERSION, Board, rank_board
from arena.rating.ranks import MINIMUM_BATTLES
from arena.rating.tallies import Tallies


@dataclass(frozen=True)
class BoardMethod:
    """`variant` is the method's own parameter in short; it tells the snapshots of one method apart."""

    name: str
    variant: str
    version: str
    parameters: tuple[tuple[str, float], ...]
    compute: Callable[[Tallies], Board]


def _bradley_terry(prior: int) -> BoardMethod:
    parameters = (("prior", float(prior)), ("minimum_battles", float(MINIMUM_BATTLES)))
    return BoardMethod(
        BRADLEY_TERRY, f"prior={prior}", BRADLEY_TERRY_VERSION, parameters, partial(rank_board, prior=prior)
    )


HEADLINE: Final = _bradley_terry(1)
METHODS: Final = (HEADLINE, _bradley_terry(0))
