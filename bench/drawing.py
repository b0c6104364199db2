"""Drawing a pair: a battle opened for a voter, its row written."""

from __future__ import annotations

from uuid import UUID

from arena.actions.ensure_boards import ensure_boards
from arena.actions.open_battle import open_battle
from arena.actions.recompute import recompute_boards
from arena.models import Battle, Competition, Voter
from bench.report import Line, within
from bench.timing import take_turns, timed

NETWORK = "f" * 64
LIMIT_MS = 5.0


def measure_drawing(competition: Competition, rounds: int) -> list[Line]:
    """For a voter who has more and more battles behind them, on a board with votes."""
    recompute_boards(ensure_boards([competition.pk]))
    voter = Voter.objects.create()
    opened: list[UUID] = []
    drawing = timed(lambda: opened.append(open_battle(voter.pk, NETWORK)))

    def turn() -> float:
        seconds = drawing()
        # settled outside the clock: a battle that waits would be shown again
        Battle.objects.filter(public_id=opened[-1]).update(void_reason="bench")
        return seconds

    taken = take_turns({"draw": turn}, rounds)
    if len(set(opened)) != len(opened):
        raise RuntimeError("a battle was handed out twice, so drawing was not what was measured")
    return [within("drawing a pair and opening its battle", taken["draw"], LIMIT_MS)]
