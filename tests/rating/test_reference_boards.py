"""The 15 boards of real votes against what other engines give on them."""

from __future__ import annotations

import pytest

from arena.rating.board import Board, rank_board
from tests.rating.lightfield import board_tallies, references

BOARDS = sorted(references())
WITHOUT_PRIOR = [board for board in BOARDS if "bt_mle" in references()[board]]


def assert_figures_agree(board: Board, reference: dict, key: str) -> None:
    rows = {row.model: row for row in board.rows}
    expected = reference[key]
    figures = zip(reference["models"], expected["ratings"], expected["lower"], expected["upper"], strict=True)
    for model, rating, lower, upper in figures:
        assert abs(rows[model].rating - rating) <= 0.01
        assert abs(rows[model].lower - lower) <= 0.005 * (upper - lower)
        assert abs(rows[model].upper - upper) <= 0.005 * (upper - lower)
        assert rows[model].upper - rows[model].lower == pytest.approx(upper - lower, rel=0.005)


def test_the_reference_has_fifteen_boards_and_all_without_a_prior():
    assert len(BOARDS) == len(WITHOUT_PRIOR) == 15


@pytest.mark.parametrize("board", BOARDS)
def test_ratings_and_intervals_with_prior_1_agree(board):
    assert_figures_agree(rank_board(board_tallies(board), prior=1), references()[board], "bt_virtual_eps1")


@pytest.mark.parametrize("board", WITHOUT_PRIOR)
def test_ratings_and_intervals_with_prior_0_agree(board):
    assert_figures_agree(rank_board(board_tallies(board), prior=0), references()[board], "bt_mle")


@pytest.mark.parametrize("board", WITHOUT_PRIOR)
def test_ranks_and_best_ranks_are_exact(board):
    reference = references()[board]
    rows = {row.model: row for row in rank_board(board_tallies(board), prior=0).rows}
    assert [rows[model].rank for model in reference["models"]] == reference["bt_mle"]["rank"]
    assert [rows[model].rank_best for model in reference["models"]] == reference["bt_mle"]["rank_ub"]


@pytest.mark.parametrize("board", BOARDS)
def test_records_and_votes_are_exact(board):
    reference, ranked = references()[board], rank_board(board_tallies(board))
    assert ranked.battles == reference["votes"]
    records = {row.model: [row.wins, row.losses, row.ties] for row in ranked.rows}
    assert records == reference["record"]
