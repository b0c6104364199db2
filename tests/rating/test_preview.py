"""The one-step estimate goes where the next fit goes, and says nothing it cannot know."""

import pytest

from arena.rating.board import rank_board
from arena.rating.preview import Rated, preview
from arena.rating.tallies import Tallies

VOTES = (("a", "b", 40, 20, 5, 0), ("b", "c", 30, 30, 4, 1), ("a", "c", 33, 21, 0, 2))


def rated(*rows: tuple[str, str, int, int, int, int]) -> dict[str, Rated]:
    board = rank_board(Tallies.from_rows(rows))
    return {row.model: Rated(row.rating, row.lower, row.upper) for row in board.rows}


@pytest.mark.parametrize(("score", "vote"), [(1.0, (1, 0, 0, 0)), (0.0, (0, 1, 0, 0)), (0.5, (0, 0, 1, 0))])
def test_the_estimate_is_close_to_the_fit_with_the_vote(score: float, vote: tuple[int, int, int, int]) -> None:
    before, after = rated(*VOTES), rated(*VOTES, ("a", "b", *vote))
    left, right = preview(before["a"], before["b"], score)
    assert left - before["a"].rating == pytest.approx(after["a"].rating - before["a"].rating, abs=1.5)
    assert right - before["b"].rating == pytest.approx(after["b"].rating - before["b"].rating, abs=1.5)


def test_a_tie_of_equals_moves_nobody_and_a_surprise_moves_more_than_a_confirmation() -> None:
    strong, weak = Rated(1200, 1150, 1250), Rated(1000, 950, 1050)
    assert preview(strong, strong, 0.5) == (1200, 1200)
    confirmed, surprised = preview(strong, weak, 1.0), preview(strong, weak, 0.0)
    assert 0 < confirmed[0] - 1200 < 1200 - surprised[0]
    assert confirmed[1] < 1000 < surprised[1]


def test_a_well_known_model_moves_less() -> None:
    known, unknown = Rated(1000, 990, 1010), Rated(1000, 800, 1200)
    left, right = preview(known, unknown, 1.0)
    assert left - 1000 < 1000 - right
