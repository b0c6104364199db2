"""How many more prompts decide: the number foreseen is the smallest that decides with the chance asked for."""

import numpy as np
import pytest

from arena.rating.contrasts import MOST_PROMPTS, OUTSIDE_OF_VERDICTS, prompts_until_decided
from arena.rating.student import student_quantile


def half_width(scatter: float, competitions: int) -> float:
    return student_quantile(competitions - 1, OUTSIDE_OF_VERDICTS) * scatter / competitions**0.5


@pytest.mark.parametrize(("distance", "competitions"), [(40.0, 6), (25.0, 12), (60.0, 5)])
def test_with_so_many_more_prompts_the_interval_leaves_the_bound_as_often_as_asked(
    distance: float, competitions: int
) -> None:
    scatter, runs = 104.0, 20_000
    more = prompts_until_decided(distance, half_width(scatter, competitions), competitions, 0.8)
    assert more
    rng = np.random.default_rng(17)
    k = competitions + more
    means = (competitions * distance + rng.normal(distance, scatter, (runs, more)).sum(axis=1)) / k
    assert np.mean(means > half_width(scatter, k)) == pytest.approx(0.8, abs=0.02)


def test_what_is_decided_takes_none_and_what_never_is_has_no_number() -> None:
    assert prompts_until_decided(60.0, 50.0, 9, 0.8) == 0
    assert prompts_until_decided(0.0, 50.0, 9, 0.8) is None
    assert prompts_until_decided(-3.0, 50.0, 9, 0.8) is None
    assert prompts_until_decided(0.1, 500.0, 9, 0.8) is None
    assert prompts_until_decided(10.0, 50.0, 1, 0.8) is None
    assert MOST_PROMPTS == 1_000


def test_more_power_takes_more_prompts() -> None:
    found = [prompts_until_decided(30.0, 60.0, 8, power) for power in (0.5, 0.8, 0.95)]
    assert found == sorted(found)
    assert found[0] < found[-1]
