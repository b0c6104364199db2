"""Sets of ranks that hold for all models at once."""

import math

import numpy as np
import pytest

from arena.rating.bradley_terry import fit_bradley_terry
from arena.rating.rank_sets import rank_sets, simultaneous_margins
from tests.rating.lightfield import WHOLE, board_tallies, scene_tallies


def test_models_apart_by_more_than_the_margin_are_above_and_below():
    ahead = np.array([[0, 1, 3], [-1, 0, 2], [-3, -2, 0]], dtype=float)
    best, worst = rank_sets(ahead, np.full((3, 3), 1.5))
    assert list(zip(best.tolist(), worst.tolist(), strict=True)) == [(1, 2), (1, 2), (3, 3)]


def test_a_pair_left_open_puts_nobody_above():
    best, worst = rank_sets(np.array([[0.0, 9.0], [-9.0, 0.0]]), np.full((2, 2), np.inf))
    assert (best.tolist(), worst.tolist()) == ([1, 1], [2, 2])


def test_two_models_have_the_margin_of_one_difference():
    covariance = np.array([[0.25, -0.25], [-0.25, 0.25]])
    assert simultaneous_margins(covariance, "ab" * 32)[0, 1] == pytest.approx(1.96, abs=0.12)


def test_many_models_have_wider_margins_as_the_range_of_equals_has():
    # the 95% point of the studentized range of 12, over √2
    margins = simultaneous_margins(np.eye(12) - 1 / 12, "0f" * 32)
    assert margins[0, 1] / math.sqrt(2) == pytest.approx(4.62 / math.sqrt(2), rel=0.03)


def test_the_digest_decides_the_draws():
    tallies = board_tallies(WHOLE)
    covariance = fit_bradley_terry(tallies).covariance
    once, again = (simultaneous_margins(covariance, tallies.digest) for _ in range(2))
    other = simultaneous_margins(covariance, next(iter(scene_tallies().values())).digest)
    assert (once == again).all()
    assert (once != other).any()
    assert other == pytest.approx(once, rel=0.05)


def test_a_set_lies_around_the_rank():
    tallies = board_tallies(WHOLE)
    fit = fit_bradley_terry(tallies)
    ahead = fit.strengths[:, None] - fit.strengths[None, :]
    best, worst = rank_sets(ahead, simultaneous_margins(fit.covariance, tallies.digest))
    ranks = 1 + (ahead < 0).sum(axis=1)
    assert ((best <= ranks) & (ranks <= worst)).all()
    assert (worst - best).mean() < 15


@pytest.mark.parametrize("size", [0, 1])
def test_nobody_to_be_compared_with(size):
    margins = simultaneous_margins(np.zeros((size, size)), "00")
    best, worst = rank_sets(np.zeros((size, size)), margins)
    assert (best.tolist(), worst.tolist()) == ([1] * size, [1] * size)
