"""Votes of careless raters count less, those of few votes as they are, and the rest is the Bradley–Terry fit."""

from dataclasses import replace

import numpy as np
import pytest

from arena.rating.bradley_terry import fit_bradley_terry
from arena.rating.errors import BadPrior
from arena.rating.raters.answers import NOBODY, Answers
from arena.rating.raters.discrimination import CAREFUL_WEIGHTS, CARELESS, GRID, LEAST_VOTES, fit_raters, tallies_of
from bench.honesty.raters import crowd

STRENGTHS = np.linspace(1, -1, 12)


def test_careless_raters_are_found_and_their_votes_count_less() -> None:
    made = crowd(np.random.default_rng(2), STRENGTHS, 2_000, 60, careless=0.2)
    fit = fit_raters(made.answers)
    careless = np.array([made.careless[made.answers.voter == voter].any() for voter in range(made.answers.voters)])
    assert fit.discrimination[careless].mean() < 0.45
    assert fit.discrimination[~careless].mean() > 0.8
    assert fit.careless == pytest.approx(careless.mean(), abs=0.1)
    plain = fit_bradley_terry(tallies_of(made.answers))
    off = [np.mean((one.strengths - one.strengths.mean() - STRENGTHS) ** 2) for one in (plain, fit)]
    assert off[1] < off[0] / 1.5
    assert fit.weighed.all()


def test_the_gradient_of_the_whole_likelihood_is_nothing_there() -> None:
    made = crowd(np.random.default_rng(3), STRENGTHS, 1_200, 40, careless=0.2).answers
    fit = fit_raters(made)

    def likelihood(x: np.ndarray) -> float:
        ahead = x[made.first[made.pair]] - x[made.second[made.pair]]
        total = np.log(1 / (1 + np.exp(-x)) / (1 + np.exp(x))).sum() / 2
        weights = (1 - fit.careless) * CAREFUL_WEIGHTS + fit.careless * CARELESS
        for voter in range(made.voters):
            own = made.voter == voter
            logs = [(made.points[own] * a * ahead[own] - np.log1p(np.exp(a * ahead[own]))).sum() for a in GRID.tolist()]
            total += np.log((weights * np.exp(np.array(logs) - max(logs))).sum()) + max(logs)
        return float(total)

    for place in range(len(STRENGTHS)):
        h = np.eye(len(STRENGTHS))[place] * 1e-4
        slope = (likelihood(fit.strengths + h) - likelihood(fit.strengths - h)) / 2e-4
        assert abs(slope) < 1e-4


def test_intervals_hold_the_truth() -> None:
    inside = []
    for seed in range(60):
        fit = fit_raters(crowd(np.random.default_rng(seed), STRENGTHS, 2_000, 60, careless=0.2).answers)
        off = fit.strengths - fit.strengths.mean() - STRENGTHS
        inside.append(np.mean(np.abs(off) < 1.96 * np.sqrt(np.diagonal(fit.covariance))))
    assert 0.92 < np.mean(inside) < 0.98


def test_few_votes_and_votes_of_nobody_count_as_in_bradley_terry() -> None:
    made = crowd(np.random.default_rng(4), STRENGTHS, 900, LEAST_VOTES - 1).answers
    for answers in (made, replace(made, voter=np.full(len(made), NOBODY))):
        fit, plain = fit_raters(answers), fit_bradley_terry(tallies_of(answers))
        assert fit.strengths.tolist() == plain.strengths.tolist()
        assert fit.covariance.tolist() == plain.covariance.tolist()
        assert (fit.careless, fit.discrimination.tolist()) == (None, [1.0] * answers.voters)
    # one voter more than the rest: the others stay as they are
    mixed = replace(made, voter=np.where(np.arange(len(made)) < 60, 0, made.voter))
    fit = fit_raters(mixed)
    assert fit.weighed.tolist() == [True] + [False] * (mixed.voters - 1)
    assert (fit.discrimination[1:] == 1).all()


def test_names_and_order_of_voters_change_no_figure() -> None:
    made = crowd(np.random.default_rng(5), STRENGTHS, 1_200, 40, careless=0.2).answers
    shuffled = np.random.default_rng(0).permutation(made.voters)
    one, other = fit_raters(made), fit_raters(replace(made, voter=shuffled[made.voter]))
    assert np.abs(one.strengths - other.strengths).max() < 1e-7
    assert np.abs(one.covariance - other.covariance).max() < 1e-7
    assert np.abs(one.discrimination - other.discrimination[shuffled]).max() < 1e-6


def test_models_without_a_link_are_left_out_and_nothing_is_a_fit_of_nothing() -> None:
    rows = [(voter, 1, 2, "a", "b", "left" if voter else "right") for voter in range(3) for _ in range(12)]
    rows += [(7, 3, 4, "c", "d", "left")] * 12
    fit = fit_raters(Answers.from_rows(rows))
    assert (fit.models, fit.not_comparable) == (("a", "b"), (("c", "d"),))
    assert fit.weighed.tolist() == [True, True, True, False]
    nothing = fit_raters(Answers.from_rows([]))
    assert (nothing.models, nothing.careless) == ((), None)
    with pytest.raises(BadPrior):
        fit_raters(Answers.from_rows(rows), 0)
