"""The fit: where it exists, what it gives, what it must not depend on."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arena.rating.bradley_terry import climb, fit_bradley_terry
from arena.rating.errors import BadPrior, FitDoesNotExist, NotConverged
from arena.rating.fit import RatingFit
from tests.rating.factories import SLUGS, make_ring, make_row, make_tallies, rows, steady, strong_rows
from tests.rating.second_opinion import battles_of, centred, covariance_of, strengths_of

PRIORS = st.sampled_from([0.0, 1.0])


def difference(fit: RatingFit, first: str, second: str) -> float:
    return float(fit.strengths[fit.models.index(first)] - fit.strengths[fit.models.index(second)])


def variance(fit: RatingFit, first: str, second: str) -> float:
    i, j = fit.models.index(first), fit.models.index(second)
    return float(fit.covariance[i, i] + fit.covariance[j, j] - 2 * fit.covariance[i, j])


def test_two_models_without_a_prior_differ_by_the_log_of_their_odds():
    fit = fit_bradley_terry(make_tallies(make_row(won=30, lost=10)), prior=0)
    assert difference(fit, "amber", "birch") == pytest.approx(math.log(3), abs=1e-12)
    # of a share p of n battles the log odds have the variance 1/(np(1-p))
    assert variance(fit, "amber", "birch") == pytest.approx(1 / (40 * 0.75 * 0.25), rel=1e-12)


def test_both_bad_is_a_tie_and_a_tie_is_half_a_win_to_each():
    ties, bad, split = make_row(tie=4, won=3), make_row(both_bad=4, won=3), make_row(won=5, lost=2)
    strengths = [fit_bradley_terry(make_tallies(row)).strengths.tolist() for row in (ties, bad, split)]
    assert strengths[0] == strengths[1] == strengths[2]


def test_a_winless_and_an_undefeated_model_stay_finite_with_the_prior():
    listed = [*make_ring(SLUGS[1:5]), make_row("birch", "amber", won=28), make_row("fjord", "cedar", won=28)]
    fit = fit_bradley_terry(make_tallies(*listed), prior=1)
    assert np.isfinite(fit.covariance).all()
    assert fit.strengths.argmin() == 0
    assert fit.strengths.argmax() == 5
    assert not fit.strongly_connected
    assert min(np.diagonal(fit.covariance)) > 0.05


def test_without_a_prior_a_fit_that_does_not_exist_names_the_models():
    listed = [*make_ring(SLUGS[1:5]), make_row("birch", "amber", won=28), make_row("fjord", "cedar", won=28)]
    with pytest.raises(FitDoesNotExist, match="because of these models: amber, fjord") as refused:
        fit_bradley_terry(make_tallies(*listed), prior=0)
    assert refused.value.models == ("amber", "fjord")
    assert refused.value.undefeated == ("fjord",)
    assert refused.value.winless == ("amber",)


def test_a_model_outside_the_largest_component_does_not_forbid_the_fit():
    fit = fit_bradley_terry(make_tallies(*make_ring(SLUGS[:3]), make_row("dune", "ember", won=7)), prior=0)
    assert fit.models == ("amber", "birch", "cedar")
    assert fit.not_comparable == (("dune", "ember"),)


@pytest.mark.parametrize("prior", [-1.0, math.nan, math.inf])
def test_a_prior_that_is_no_number_of_games_is_refused(prior):
    with pytest.raises(BadPrior, match="0 or more"):
        fit_bradley_terry(make_tallies(make_row(won=1)), prior=prior)


def test_an_ascent_without_a_summit_is_an_error_not_an_answer():
    with pytest.raises(NotConverged, match="no convergence within"):
        climb(lambda x: (np.ones(1), np.eye(1)), np.zeros(1))
    with pytest.raises(NotConverged, match="not finite"):
        climb(lambda x: (np.array([math.nan]), np.eye(1)), np.zeros(1))
    with pytest.raises(NotConverged, match="singular"):
        climb(lambda x: (np.ones(1), np.zeros((1, 1))), np.zeros(1))


def test_the_prior_moves_a_model_by_less_than_5_points_at_80_votes_each():
    ring = make_ring(SLUGS, won=26, lost=14)
    plain, weighed = (fit_bradley_terry(make_tallies(*ring, make_row(won=3)), prior) for prior in (0, 1))
    assert np.abs(centred(plain.strengths) - np.array(centred(weighed.strengths))).max() * 400 / math.log(10) < 5


def test_ten_million_votes_joined_by_one_tie_converge():
    heavy = [
        make_row("amber", "birch", won=4_000_000, lost=1_000_000),
        make_row("cedar", "dune", won=5_000_000, lost=7),
    ]
    for prior in (0, 1):
        fit = fit_bradley_terry(make_tallies(*heavy, make_row("birch", "cedar", tie=1)), prior)
        assert difference(fit, "amber", "birch") == pytest.approx(math.log(4), abs=1e-5)


@settings(steady, max_examples=40)
@given(strong_rows(), PRIORS)
def test_a_second_implementation_agrees(listed, prior):
    fit = fit_bradley_terry(make_tallies(*listed), prior)
    battles = battles_of(listed, list(fit.models))
    strengths = strengths_of(battles, len(fit.models), prior)
    assert fit.strengths == pytest.approx(strengths, abs=1e-8)
    assert fit.covariance == pytest.approx(np.array(covariance_of(battles, strengths, prior)), rel=1e-6, abs=1e-9)


@settings(steady, max_examples=40)
@given(rows())
def test_a_second_implementation_agrees_where_only_the_prior_makes_the_fit_exist(listed):
    fit = fit_bradley_terry(make_tallies(*listed), prior=1)
    kept = [row for row in listed if row[0] in fit.models and any(row[2:])]
    battles = battles_of(kept, list(fit.models))
    strengths = strengths_of(battles, len(fit.models), 1)
    assert fit.strengths == pytest.approx(strengths, abs=1e-8)
    if fit.models:
        assert fit.covariance == pytest.approx(np.array(covariance_of(battles, strengths, 1)), rel=1e-6, abs=1e-9)


@steady
@given(strong_rows(), PRIORS, st.permutations(SLUGS))
def test_relabelled_models_keep_their_strengths(listed, prior, names):
    new_name = dict(zip(SLUGS, names, strict=True))
    before = fit_bradley_terry(make_tallies(*listed), prior)
    after = fit_bradley_terry(make_tallies(*((new_name[a], new_name[b], *counts) for a, b, *counts in listed)), prior)
    places = [after.models.index(new_name[model]) for model in before.models]
    assert after.strengths[places] == pytest.approx(before.strengths, abs=1e-9)
    assert after.covariance[np.ix_(places, places)] == pytest.approx(before.covariance, rel=1e-6, abs=1e-9)


@steady
@given(strong_rows(), PRIORS)
def test_swapped_sides_change_no_digit(listed, prior):
    swapped = [(b, a, lost, won, tie, both_bad) for a, b, won, lost, tie, both_bad in listed]
    before, after = (fit_bradley_terry(make_tallies(*r), prior) for r in (listed, swapped))
    assert before.strengths.tolist() == after.strengths.tolist()
    assert before.covariance.tolist() == after.covariance.tolist()


@steady
@given(strong_rows(), PRIORS, st.integers(2, 50))
def test_the_same_votes_many_times_keep_ratings_and_shrink_intervals(listed, prior, times):
    many = [(*row[:2], *(times * count for count in row[2:])) for row in listed]
    once = fit_bradley_terry(make_tallies(*listed), prior)
    often = fit_bradley_terry(make_tallies(*many), prior * times)
    assert often.strengths == pytest.approx(once.strengths, abs=1e-9)
    assert often.covariance * times == pytest.approx(once.covariance, rel=1e-6, abs=1e-9)


@steady
@given(strong_rows(), PRIORS, st.integers(1, 9))
def test_a_tie_between_equals_moves_nobody_and_brings_them_closer(listed, prior, ties):
    # the twins have met everyone equally often with equal success
    others = [row for row in listed if not {"amber", "birch"} & set(row[:2])]
    twins = [make_row(twin, rival, won=3, lost=2, tie=1) for twin in ("amber", "birch") for rival in SLUGS[2:]]
    before = fit_bradley_terry(make_tallies(*others, *twins), prior)
    after = fit_bradley_terry(make_tallies(*others, *twins, make_row(tie=ties)), prior)
    assert after.strengths == pytest.approx(before.strengths, abs=1e-9)
    assert variance(after, "amber", "birch") < variance(before, "amber", "birch")


@steady
@given(strong_rows(), PRIORS)
def test_another_component_changes_no_digit_of_the_largest(listed, prior):
    alone = fit_bradley_terry(make_tallies(*listed), prior)
    beside = fit_bradley_terry(make_tallies(*listed, make_row("Ash", "zinc", won=3, lost=1)), prior)
    assert alone.strengths.tolist() == beside.strengths.tolist()
    assert alone.covariance.tolist() == beside.covariance.tolist()
    assert beside.not_comparable == (("Ash", "zinc"),)


@steady
@given(strong_rows(), PRIORS)
def test_one_more_win_raises_the_winner_against_everyone(listed, prior):
    before = fit_bradley_terry(make_tallies(*listed), prior)
    after = fit_bradley_terry(make_tallies(*listed, make_row(won=1)), prior)
    assert all(difference(after, "amber", other) > difference(before, "amber", other) for other in SLUGS[1:])


@steady
@given(rows(highest=10_000))
def test_with_the_prior_every_board_has_finite_figures(listed):
    fit = fit_bradley_terry(make_tallies(*listed), prior=1)
    assert np.isfinite(fit.strengths).all()
    assert np.isfinite(fit.covariance).all()
    assert (np.diagonal(fit.covariance) > 0).all()
