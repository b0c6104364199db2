"""Davidson's model: what ties do to the fit, and what it must not depend on."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arena.rating.board import rank_board, rank_davidson_board
from arena.rating.davidson import DavidsonFit, fit_davidson, outcome_chances
from arena.rating.errors import BadPrior
from tests.rating.factories import SLUGS, make_ring, make_row, make_tallies, rows, steady
from tests.rating.lightfield import board_tallies, references
from tests.rating.second_methods import davidson_covariance, davidson_of


def kept_rows(listed: list, fit: DavidsonFit) -> list:
    return [row for row in listed if row[0] in fit.models and any(row[2:])]


def test_two_models_get_the_odds_of_their_wins_and_the_tie_parameter_of_their_ties():
    fit = fit_davidson(make_tallies(make_row(won=30_000, lost=10_000, tie=10_000, both_bad=10_000)), prior=1e-6)
    assert fit.strengths[0] - fit.strengths[1] == pytest.approx(math.log(3), abs=1e-6)
    # v is ties over the geometric mean of wins and losses
    assert fit.tie == pytest.approx(2 / math.sqrt(3), rel=1e-6)


def test_both_bad_is_a_tie():
    ties, bad = (fit_davidson(make_tallies(make_row(won=3, **{kind: 4}))) for kind in ("tie", "both_bad"))
    assert (ties.strengths.tolist(), ties.tie) == (bad.strengths.tolist(), bad.tie)


def test_chances_are_those_of_the_three_weights_and_never_overflow():
    win, loss, tie = outcome_chances(np.array([0.0, math.log(4), -5000.0]), 1.0)
    assert win.tolist() == pytest.approx([1 / 3, 4 / 7, 0])
    assert tie.tolist() == pytest.approx([1 / 3, 2 / 7, 0])
    assert loss.tolist() == pytest.approx([1 / 3, 1 / 7, 1])


def test_a_fit_without_a_prior_is_refused():
    with pytest.raises(BadPrior, match="above 0"):
        fit_davidson(make_tallies(make_row(won=3)), prior=0)


@pytest.mark.parametrize(
    "listed",
    [
        [make_row(won=28)],
        [make_row(tie=28)],
        [make_row(won=5_000_000)],
        [make_row(tie=5_000_000)],
        # strongly connected, and yet the likelihood alone has no maximum
        [make_row(won=28), make_row("birch", "cedar", tie=9), make_row("cedar", "amber", both_bad=4)],
    ],
)
def test_boards_at_the_edge_stay_finite(listed):
    fit = fit_davidson(make_tallies(*listed))
    assert np.isfinite(fit.strengths).all()
    assert np.isfinite(fit.joint).all()
    assert (np.diagonal(fit.covariance) > 0).all()
    assert (fit.tie > 0) == any(row[4] for row in listed)


def test_without_a_decided_battle_all_are_equal_and_only_ties_are_foreseen():
    fit = fit_davidson(make_tallies(make_row(tie=5), make_row("birch", "cedar", both_bad=9)))
    assert (fit.strengths.tolist(), fit.tie) == ([0, 0, 0], math.inf)
    assert [chance.tolist() for chance in outcome_chances(np.zeros(1), fit.tie)] == [[0], [0], [1]]
    assert [row.rating for row in rank_davidson_board(make_tallies(make_row(tie=5))).rows] == [1000, 1000]


def test_an_empty_board_has_no_fit():
    fit = fit_davidson(make_tallies())
    assert (fit.models, fit.tie) == ((), 0)


@settings(steady, max_examples=40)
@given(rows())
def test_a_second_implementation_agrees(listed):
    fit = fit_davidson(make_tallies(*listed))
    if not 0 < fit.tie < math.inf:
        return
    kept = kept_rows(listed, fit)
    strengths, tie = davidson_of(kept, list(fit.models))
    assert fit.strengths == pytest.approx(strengths, abs=1e-7)
    assert fit.tie == pytest.approx(tie, rel=1e-7)
    joint = davidson_covariance(kept, list(fit.models), strengths, tie)
    assert fit.joint == pytest.approx(joint, rel=1e-5, abs=1e-7)


@pytest.mark.parametrize("board", sorted(references()))
def test_a_second_implementation_agrees_on_real_votes_with_ties_among_them(board):
    tallies = board_tallies(board)
    # every tenth win becomes a tie, since the votes have none
    turned = [(tallies.models[i], tallies.models[j], int(n - n // 10), 0, int(n // 10), 0)
              for (i, j), n in np.ndenumerate(tallies.wins) if n]  # fmt: skip
    fit = fit_davidson(make_tallies(*turned))
    strengths, tie = davidson_of(turned, list(fit.models))
    assert fit.strengths == pytest.approx(strengths, abs=1e-7)
    assert fit.tie == pytest.approx(tie, rel=1e-7)
    joint = davidson_covariance(turned, list(fit.models), strengths, tie)
    assert fit.joint == pytest.approx(joint, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("board", sorted(references()))
def test_without_ties_it_is_the_bradley_terry_board_to_the_digit(board):
    tallies = board_tallies(board)
    assert rank_davidson_board(tallies).rows == rank_board(tallies).rows


@steady
@given(rows(), st.permutations(SLUGS))
def test_relabelled_models_keep_their_strengths(listed, names):
    new_name = dict(zip(SLUGS, names, strict=True))
    # a ring keeps the largest component from hanging on names
    before_rows = [*listed, *make_ring(SLUGS)]
    before = fit_davidson(make_tallies(*before_rows))
    after = fit_davidson(make_tallies(*((new_name[a], new_name[b], *counts) for a, b, *counts in before_rows)))
    places = [after.models.index(new_name[model]) for model in before.models]
    assert after.strengths[places] == pytest.approx(before.strengths, abs=1e-9)
    assert after.covariance[np.ix_(places, places)] == pytest.approx(before.covariance, rel=1e-6, abs=1e-9)
    assert after.tie == pytest.approx(before.tie, rel=1e-9)


@steady
@given(rows())
def test_swapped_sides_change_no_digit(listed):
    swapped = [(b, a, lost, won, tie, both_bad) for a, b, won, lost, tie, both_bad in listed]
    before, after = (fit_davidson(make_tallies(*r)) for r in (listed, swapped))
    assert before.strengths.tolist() == after.strengths.tolist()
    assert (before.tie, before.joint.tolist()) == (after.tie, after.joint.tolist())


@steady
@given(rows(), st.integers(2, 50))
def test_the_same_votes_many_times_keep_ratings_and_shrink_intervals(listed, times):
    many = [(*row[:2], *(times * count for count in row[2:])) for row in listed]
    once, often = fit_davidson(make_tallies(*listed)), fit_davidson(make_tallies(*many), prior=times)
    assert often.strengths == pytest.approx(once.strengths, abs=1e-8)
    assert often.covariance * times == pytest.approx(once.covariance, rel=1e-6, abs=1e-8)


@steady
@given(rows(), st.integers(1, 9))
def test_a_further_tie_between_equals_leaves_them_equal_and_ties_likelier(listed, ties):
    others = [row for row in listed if not {"amber", "birch"} & set(row[:2])]
    twins = [make_row(twin, rival, won=3, lost=2, tie=1) for twin in ("amber", "birch") for rival in SLUGS[2:]]
    before = fit_davidson(make_tallies(*others, *twins))
    after = fit_davidson(make_tallies(*others, *twins, make_row(tie=ties)))
    assert before.strengths[0] == pytest.approx(before.strengths[1], abs=1e-9)
    assert after.strengths[0] == pytest.approx(after.strengths[1], abs=1e-9)
    assert after.tie > before.tie


@steady
@given(rows())
def test_another_component_changes_no_digit_of_the_largest(listed):
    base = [*listed, *make_ring(SLUGS[:4])]
    alone = fit_davidson(make_tallies(*base))
    beside = fit_davidson(make_tallies(*base, make_row("Ash", "zinc", won=3, tie=1)))
    assert (alone.strengths.tolist(), alone.tie) == (beside.strengths.tolist(), beside.tie)
    assert ("Ash", "zinc") in beside.not_comparable


def test_a_winless_and_an_undefeated_model_stand_at_the_ends():
    listed = [*make_ring(SLUGS[1:5]), make_row("birch", "amber", won=28), make_row("fjord", "cedar", won=28, tie=2)]
    board = rank_davidson_board(make_tallies(*listed, make_row("birch", "dune", tie=6)))
    assert (board.rows[0].model, board.rows[-1].model) == ("fjord", "amber")
    assert board.prior_decides_ends
    assert (board.method.name, board.method.version) == ("davidson", "2")
