"""The published board: the scale, who is ranked, ranks and their ranges, what is kept beside them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given

from arena.rating.board import Board, BoardRow, PublishedRating, board_rows, rank_board
from arena.rating.errors import FitDoesNotExist
from arena.rating.fit import rank_ranges, ranks
from arena.rating.tallies import Tallies
from tests.rating.factories import SLUGS, make_ring, make_row, make_tallies, rows, steady


def row_of(board: Board, model: str) -> BoardRow:
    return next(row for row in board.rows if row.model == model)


def test_ratings_stand_on_the_elo_scale_about_1000():
    board = rank_board(make_tallies(make_row(won=30, lost=10)), prior=0)
    half = 200 * math.log10(3)
    assert [row.rating for row in board.rows] == [round(1000 + half, 2), round(1000 - half, 2)]


def test_intervals_are_1_96_standard_errors_of_the_distance_from_the_mean():
    row = row_of(rank_board(make_tallies(make_row(won=30, lost=10)), prior=0), "amber")
    error = math.sqrt(1 / (40 * 0.75 * 0.25)) / 2
    assert row.upper - row.rating == pytest.approx(1.96 * 400 / math.log(10) * error, abs=0.011)
    assert row.rating - row.lower == pytest.approx(row.upper - row.rating, abs=0.011)


def test_equal_records_share_a_rank_and_the_next_rank_is_skipped():
    twins = [make_row(twin, rival, won=8, lost=2) for twin in ("amber", "birch") for rival in ("cedar", "dune")]
    board = rank_board(make_tallies(*twins, make_row("cedar", "dune", won=3, lost=2)))
    assert [(row.model, row.rank) for row in board.rows] == [("amber", 1), ("birch", 1), ("cedar", 3), ("dune", 4)]


def test_under_four_battles_a_model_is_rated_but_not_ranked_and_takes_no_rank_from_others():
    board = rank_board(make_tallies(*make_ring(SLUGS[:3]), make_row("dune", "amber", won=3)))
    newcomer = row_of(board, "dune")
    assert newcomer.rating == max(row.rating for row in board.rows)
    assert (newcomer.rank, newcomer.rank_best, newcomer.rank_worst) == (None, None, None)
    assert newcomer.comparable
    assert [row.rank for row in board.rows] == [1, 1, 3, None]
    assert max(row.rank_worst for row in board.rows[:3]) == 3
    assert board.rows[3] is newcomer


def test_four_battles_are_enough_for_a_rank():
    board = rank_board(make_tallies(*make_ring(SLUGS[:3]), make_row("dune", "amber", won=3, both_bad=1)))
    assert row_of(board, "dune").rank == 1


def test_rank_ranges_follow_from_the_bounds():
    lower, upper = np.array([10.0, 5.0, 0.0, 11.0]), np.array([12.0, 9.0, 5.0, 11.5])
    best, worst = rank_ranges(lower, upper)
    # a bound that only touches decides nothing: the second and the third stay open
    assert best.tolist() == [1, 3, 3, 1]
    assert worst.tolist() == [2, 4, 4, 2]
    assert ranks(np.array([3.0, 1.0, 3.0, 2.0])).tolist() == [1, 4, 1, 3]


def test_models_of_another_component_are_listed_without_a_rating():
    board = rank_board(make_tallies(*make_ring(SLUGS[:3]), make_row("dune", "ember", won=9, lost=8)))
    assert [row.comparable for row in board.rows] == [True, True, True, False, False]
    assert board.rows[3] == BoardRow(model="dune", wins=9, losses=8, ties=0, both_bad=0)
    assert board.rows[3].wins == 9
    assert {row.rank_worst for row in board.rows[:3]} == {3}


def test_an_empty_board_has_no_rows_and_still_its_method_and_digest():
    board = rank_board(make_tallies())
    assert (board.rows, board.battles, board.prior_decides_ends) == ((), 0, False)
    assert board.method.name == "bradley-terry"
    assert len(board.digest) == 64


@pytest.mark.parametrize("prior", [0, 1])
def test_a_board_of_one_model_lists_it_without_a_rating(prior):
    board = rank_board(Tallies.from_rows([], models=["amber"]), prior=prior)
    assert [(row.model, row.rating, row.rank, row.comparable) for row in board.rows] == [("amber", None, None, False)]


def test_the_board_says_when_the_prior_decides_the_ends():
    assert rank_board(make_tallies(make_row(won=28))).prior_decides_ends
    assert not rank_board(make_tallies(make_row(won=28, tie=1))).prior_decides_ends
    assert not rank_board(make_tallies(make_row(won=28, tie=1)), prior=0).prior_decides_ends


def test_a_board_without_a_fit_is_refused():
    with pytest.raises(FitDoesNotExist):
        rank_board(make_tallies(make_row(won=28)), prior=0)


def test_a_board_carries_what_is_needed_to_compute_it_again():
    tallies = make_tallies(*make_ring(SLUGS))
    board = rank_board(tallies, prior=1)
    assert (board.method.version, board.method.parameters) == ("4", (("prior", 1.0), ("minimum_battles", 4.0)))
    assert board.digest == tallies.digest
    assert board.battles == 48
    assert board.fit.covariance.shape == (6, 6)


def test_a_method_without_intervals_claims_no_range_of_ranks():
    tallies = make_tallies(*make_ring(SLUGS[:2]))
    listed = board_rows(
        tallies, [PublishedRating("amber", 990.9, None, None), PublishedRating("birch", 1000, None, None)]
    )
    assert [(row.model, row.rank, row.rank_best, row.rank_worst) for row in listed] == [
        ("birch", 1, None, None),
        ("amber", 2, None, None),
    ]


@steady
@given(rows())
def test_ranks_follow_the_published_figures_and_lie_in_their_ranges(listed):
    board = rank_board(make_tallies(*listed))
    ranked = [row for row in board.rows if row.rank is not None]
    for row in ranked:
        assert row.rank == 1 + sum(other.rating > row.rating for other in ranked)
        assert row.rank_best == 1 + sum(other.lower > row.upper for other in ranked)
        assert row.rank_worst == len(ranked) - sum(other.upper < row.lower for other in ranked)
        assert 1 <= row.rank_best <= row.rank <= row.rank_worst <= len(ranked)


@steady
@given(rows())
def test_every_model_has_one_row_and_its_whole_record(listed):
    tallies = make_tallies(*listed)
    board = rank_board(tallies)
    assert sorted(row.model for row in board.rows) == list(tallies.models)
    assert sum(row.wins + row.losses + row.ties for row in board.rows) == 2 * board.battles
    assert sum(row.wins - row.losses for row in board.rows) == 0
