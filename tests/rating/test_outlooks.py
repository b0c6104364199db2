"""Votes that are missing are foreseen whatever the votes so far were: ties alone, one winner alone, a single vote."""

from __future__ import annotations

import numpy as np
import pytest

from arena.rating.outlooks import outlooks
from arena.rating.verdicts import VerdictState, replay_verdicts
from arena.rating.votes import VoteSequence

LEFT, RIGHT, TIE = 0, 1, 2


@pytest.mark.parametrize("power", [0.5, 0.8, 0.99])
@pytest.mark.parametrize("outcomes", [[TIE] * 12, [LEFT] * 12, [RIGHT], [TIE], [LEFT, RIGHT] * 6, [LEFT] + [TIE] * 400])
def test_a_board_of_any_votes_has_an_outlook(outcomes: list[int], power: float) -> None:
    sides = np.zeros(len(outcomes), dtype=np.intp)
    votes = VoteSequence(("alpha", "beta"), sides, sides + 1, np.array(outcomes), len(outcomes))
    state = replay_verdicts(VerdictState(), votes, range(1, len(outcomes) + 1))
    (found,) = outlooks(state, [("alpha", "beta")], power)
    assert found.better is None or found.better >= 0
    assert found.equivalent is None or found.equivalent >= 0
    level = outcomes.count(LEFT) == outcomes.count(RIGHT)
    assert (found.better is None) == level
    assert (found.equivalent is not None) or not level
