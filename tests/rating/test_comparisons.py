"""Questions about pairs and about opponents, answered from a fit."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.rating.bradley_terry import (
    after_one_vote,
    by_curvature,
    fit_bradley_terry,
    fit_every_model,
    probability_better,
    votes_needed,
)
from arena.rating.chances import to_elo
from arena.rating.davidson import fit_davidson
from arena.rating.errors import BadPrior, UnknownModel
from arena.rating.fit import Estimate
from arena.rating.oppositions import oppositions
from arena.rating.tallies import Tallies
from tests.rating.factories import SLUGS, make_ring, make_row, make_tallies, rows, steady, strong_rows
from tests.rating.lightfield import board_tallies


def make_estimate(ahead: float, variance: float) -> Estimate:
    """Two models whose difference has this variance."""
    covariance = variance / 4 * np.array([[1.0, -1.0], [-1.0, 1.0]])
    return Estimate(("amber", "birch"), np.array([ahead, 0.0]), covariance)


def test_the_chance_to_be_better_is_the_normal_one_of_the_difference():
    fit = make_estimate(ahead=1.96, variance=1)
    assert probability_better(fit, "amber", "birch") == pytest.approx(0.975, abs=1e-4)
    assert probability_better(fit, "birch", "amber") == pytest.approx(0.025, abs=1e-4)


def test_overlapping_bars_may_hide_a_sure_difference():
    # both errors come from the same few votes on everyone else, which say nothing of these two
    fit = Estimate(("amber", "birch"), np.array([0.5, 0.0]), np.array([[0.25, 0.24], [0.24, 0.25]]))
    assert probability_better(fit, "amber", "birch") > 0.999


def test_where_nothing_is_known_the_chance_is_even():
    assert probability_better(make_estimate(0, 0), "amber", "birch") == 0.5
    assert probability_better(make_estimate(1, 0), "amber", "birch") == 1


@steady
@given(strong_rows())
def test_one_of_two_is_the_better_one(listed):
    fit = fit_bradley_terry(make_tallies(*listed))
    first, second = fit.models[:2]
    chance = probability_better(fit, first, second)
    assert chance + probability_better(fit, second, first) == pytest.approx(1)
    assert (chance > 0.5) == (fit.strengths[0] > fit.strengths[1]) or chance == pytest.approx(0.5)


def test_a_model_that_was_not_fitted_is_named():
    fit = make_estimate(1, 1)
    for question in (probability_better, votes_needed):
        with pytest.raises(UnknownModel, match="'zinc': has no rating"):
            question(fit, "amber", "zinc")
    with pytest.raises(UnknownModel):
        after_one_vote(fit, "zinc", "amber", "left")
    with pytest.raises(UnknownModel):
        by_curvature(make_tallies(), (), np.zeros(0))


def test_told_apart_already_takes_no_votes_and_equals_are_never_told_apart():
    assert votes_needed(make_estimate(2, 1), "amber", "birch") == 0
    assert votes_needed(make_estimate(0, 1), "amber", "birch") is None
    assert votes_needed(make_estimate(0, 0), "amber", "birch") is None


def test_the_planned_votes_are_just_enough():
    fit = fit_bradley_terry(make_tallies(*make_ring(SLUGS, won=12, lost=9), make_row("amber", "dune", won=6, lost=2)))
    planned = votes_needed(fit, "amber", "cedar")
    ahead, variance = fit.ahead("amber", "cedar")
    p = 1 / (1 + math.exp(-ahead))
    errors = [abs(ahead) * math.sqrt(1 / variance + votes * p * (1 - p)) for votes in (planned - 1, planned)]
    assert errors[0] < 1.96 <= errors[1]


def test_the_planned_votes_tell_two_apart_when_they_fall_as_foreseen():
    listed = [*make_ring(SLUGS, won=40, lost=30), make_row("amber", "dune", won=20, lost=8)]
    fit = fit_bradley_terry(make_tallies(*listed))
    planned = votes_needed(fit, "amber", "birch")
    won = planned / (1 + math.exp(-fit.ahead("amber", "birch")[0]))
    after = fit_bradley_terry(make_tallies(*listed, make_row(won=round(won), lost=planned - round(won))))
    ahead, variance = after.ahead("amber", "birch")
    assert ahead / math.sqrt(variance) == pytest.approx(1.96, rel=0.03)


@pytest.mark.parametrize("outcome", ["left", "right", "tie", "both_bad"])
def test_one_step_foresees_what_a_refit_gives(outcome):
    tallies = board_tallies("Bikes")
    fit = fit_bradley_terry(tallies)
    vote = {"left": {"won": 1}, "right": {"lost": 1}}.get(outcome, {"tie": 1})
    for left, right in (("OPT-4", "NN-1"), ("HEVC-24", "Reference-0"), ("Gaussian-1", "HEVC-4")):
        refitted = fit_bradley_terry(Tallies.merge([tallies, make_tallies(make_row(left, right, **vote))]))
        ratings = dict(zip(refitted.models, to_elo(refitted.strengths), strict=True))
        for estimate, share in ((by_curvature(tallies, fit.models, fit.strengths), 0.05), (fit, 0.5)):
            for change in after_one_vote(estimate, left, right, outcome):
                moved = ratings[change.model] - change.before
                assert change.after - change.before == pytest.approx(moved, rel=share, abs=0.05)


def test_one_step_on_a_young_board_goes_the_right_way():
    tallies = make_tallies(make_row(won=2, lost=1))
    fit = fit_bradley_terry(tallies)
    left, right = after_one_vote(by_curvature(tallies, fit.models, fit.strengths), "amber", "birch", "left")
    assert left.after > left.before > right.before > right.after
    assert left.after + right.after == pytest.approx(2000)


@steady
@given(rows())
def test_a_fit_over_every_model_is_that_of_the_board_where_all_are_connected(listed):
    tallies = make_tallies(*listed, *make_ring(SLUGS))
    assert fit_every_model(tallies).strengths.tolist() == fit_bradley_terry(tallies).strengths.tolist()
    assert fit_every_model(tallies).covariance.tolist() == fit_bradley_terry(tallies).covariance.tolist()


def test_a_fit_over_every_model_knows_a_newcomer_by_the_prior_alone():
    fit = fit_every_model(Tallies.from_rows(make_ring(SLUGS[:3]), models=["zinc"]))
    assert fit.strengths[fit.place("zinc")] == 0
    assert fit.covariance[3, 3] > 5 * fit.covariance[0, 0]
    assert fit_every_model(make_tallies()).models == ()
    with pytest.raises(BadPrior, match="above 0"):
        fit_every_model(make_tallies(), prior=0)


def test_opponents_are_weighed_by_battles():
    tallies = make_tallies(
        make_row(won=30, lost=10), make_row("amber", "cedar", won=5, lost=5), make_row("birch", "cedar", won=2, lost=3)
    )
    fit = fit_bradley_terry(tallies)
    ratings = dict(zip(fit.models, to_elo(fit.strengths), strict=True))
    amber = oppositions(tallies, fit)[0]
    assert (amber.model, amber.battles) == ("amber", 50)
    assert amber.mean_opponent == pytest.approx((40 * ratings["birch"] + 10 * ratings["cedar"]) / 50)


@steady
@given(strong_rows())
def test_without_a_prior_the_ratings_expect_exactly_the_points_there_are(listed):
    tallies = make_tallies(*listed)
    fit = fit_bradley_terry(tallies, prior=0)
    records = dict(zip(tallies.models, tallies.records, strict=True))
    for own in oppositions(tallies, fit):
        record = records[own.model]
        assert own.expected_wins == pytest.approx(record.wins + record.ties / 2, abs=1e-6)
        assert own.battles == record.battles


def test_a_hard_draw_shows_in_what_an_average_model_would_have_won():
    strong = make_ring(SLUGS[1:4], won=20, lost=20)
    weak = [make_row(winner, loser, won=30, lost=2) for winner in SLUGS[1:4] for loser in SLUGS[4:]]
    tallies = make_tallies(*strong, *weak, make_row("amber", "birch", won=12, lost=28))
    amber = oppositions(tallies, fit_bradley_terry(tallies))[0]
    assert amber.mean_opponent > 1100
    assert amber.average_wins < amber.expected_wins < 20


def test_under_davidson_wins_alone_are_expected():
    tallies = make_tallies(make_row(won=300, lost=100, tie=200))
    own = oppositions(tallies, fit_davidson(tallies))[0]
    assert own.expected_wins == pytest.approx(300, abs=1)
    assert oppositions(make_tallies(), fit_davidson(make_tallies())) == ()


@steady
@given(rows(), st.integers(0, 5))
def test_a_further_vote_never_makes_the_planner_fail(listed, ties):
    fit = fit_bradley_terry(make_tallies(*listed, make_row(tie=ties)))
    for first in fit.models:
        for second in fit.models:
            if first != second:
                planned = votes_needed(fit, first, second)
                assert planned is None or planned >= 0
