"""The simulations of intervals and verdicts run. Their figures are held to goals in full length alone."""

import numpy as np
import pytest

from bench.honesty.__main__ import PARTS, figures, main
from bench.honesty.decisions import over_prompts, votes_to_decide
from bench.honesty.figures import Figure, mean_of, median_of


@pytest.mark.parametrize("part", PARTS)
def test_a_few_repeats_give_every_figure(part: str) -> None:
    found = list(figures(part, 0.001))
    assert len({figure.what for figure in found}) == len(found)
    assert any(figure.goal for figure in found)


def test_two_boards_tell_what_holds_other_prompts_from_what_holds_these() -> None:
    found = list(figures("coverage", 0.001))
    held = [figure.value for figure in found if figure.what.endswith("prompts like these")]
    sandwich = [one.value for one in found if "(the sandwich)" in one.what and "SD 104" in one.what]
    wider = [figure.value for figure in found if figure.what.endswith("by that of the sandwich")]
    assert len(held) > len(wider) > len(sandwich) > 3
    assert min(held) > 0.85 > max(sandwich)
    assert min(wider) > 1


def test_equals_over_prompts_are_told_apart_on_these_and_seldom_beyond() -> None:
    these, last, ever = over_prompts(40, 1_000)
    assert these.value > 0.6
    assert last.value <= 0.1
    assert ever.value <= 0.15


def test_the_planned_votes_decide_about_as_often_as_they_say() -> None:
    found = [figure for figure in votes_to_decide(120) if figure.what.startswith("70 Elo apart")]
    assert len(found) == 2
    assert all(0.65 < figure.value < 0.95 for figure in found)


def test_a_dozen_crowds_tell_careless_raters_from_careful_ones() -> None:
    found = {figure.what: figure for figure in figures("raters", 0.03)}
    assert [what for what, figure in found.items() if not figure.is_met] == []
    assert min(figure.value for what, figure in found.items() if what.endswith("gap closed")) > 0.7


def test_groups_that_differ_are_told_from_equal_ones() -> None:
    equal, equal_three, _, moved, _ = figures("segments", 0.04)
    assert max(equal.value, equal_three.value) < 0.2 < 0.7 < moved.value


def test_a_figure_says_its_error_and_whether_it_is_where_it_should_be(capsys: pytest.CaptureFixture[str]) -> None:
    half = mean_of("a coin", [True, False] * 50, 0.4, 0.6)
    assert (half.value, half.error, half.goal, half.is_met) == (0.5, 0.05, "0.4 to 0.6", True)
    assert "NOT MET" in mean_of("a coin", [True, True], None, 0.05).line
    assert not Figure("free", 1.0, 0.1).goal
    assert median_of("middle", np.arange(5.0), 2.5).is_met
    assert main(["scenes"]) == 0
    assert "all met" in capsys.readouterr().out
