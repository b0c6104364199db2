"""The simulations of intervals run. Their figures are held to goals in full length alone."""

import pytest

from bench.honesty.__main__ import PARTS, figures, main
from bench.honesty.figures import Figure, mean_of


@pytest.mark.parametrize("part", PARTS)
def test_a_few_repeats_give_every_figure(part: str) -> None:
    found = list(figures(part, 0.001))
    assert found
    assert any(figure.goal for figure in found)
    assert all(figure.value >= 0 and figure.what in figure.line for figure in found)


def test_a_figure_says_its_error_and_whether_it_is_where_it_should_be(capsys: pytest.CaptureFixture[str]) -> None:
    half = mean_of("a coin", [True, False] * 50, 0.4, 0.6)
    assert (half.value, half.error, half.goal, half.is_met) == (0.5, 0.05, "0.4 to 0.6", True)
    assert "NOT MET" in mean_of("a coin", [True, True], None, 0.05).line
    assert not Figure("free", 1.0, 0.1).goal
    assert main(["scenes"]) == 0
    assert "all met" in capsys.readouterr().out
