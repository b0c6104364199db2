"""What is said of a whole board beside its ratings: fragility, side bias, tie policies, and one person's own board."""

from __future__ import annotations

from itertools import product
from math import log

import numpy as np
import pytest
from hypothesis import given, settings

from arena.rating.board import rank_board
from arena.rating.errors import BadPrior
from arena.rating.fragility import Fragility, fragility, side_bias
from arena.rating.tallies import Tallies, TallyRow
from arena.rating.tie_policies import tie_policies
from tests.rating.factories import SLUGS, make_ring, make_row, make_tallies, rows, steady
from tests.rating.lightfield import board_tallies, references


def board_after(tallies: Tallies, found: Fragility) -> Tallies:
    """The board without the votes that the answer names, taken from either side."""
    counts = {name: getattr(tallies, name).copy() for name in ("left", "right", "tie", "both_bad")}
    for kind in found.removed:
        i, j = tallies.models.index(kind.first), tallies.models.index(kind.second)
        won = [("left", i, j), ("right", j, i)]
        tied = [(name, *pair) for name in ("tie", "both_bad") for pair in ((i, j), (j, i))]
        left = kind.votes
        for name, *cell in tied if kind.tied else won:
            several = min(left, int(counts[name][tuple(cell)]))
            counts[name][tuple(cell)] -= several
            left -= several
        assert left == 0
    return Tallies(tallies.models, **counts)


def rank_of(tallies: Tallies, model: str) -> int | None:
    return next(row.rank for row in rank_board(tallies).rows if row.model == model)


def fewest_by_trying_all(listed: list[TallyRow]) -> int | None:
    """Every way to remove votes, as long as it takes."""
    leader = rank_board(make_tallies(*listed)).rows[0].model
    kinds = [(row, place) for row in range(len(listed)) for place in range(2, 6) if listed[row][place]]
    best = None
    for removed in product(*(range(listed[row][place] + 1) for row, place in kinds)):
        votes = sum(removed)
        if votes and (best is None or votes < best):
            rest = [list(row) for row in listed]
            for (row, place), several in zip(kinds, removed, strict=True):
                rest[row][place] -= several
            after = Tallies.from_rows([tuple(row) for row in rest], models=SLUGS[:3])
            firsts = [row.model for row in rank_board(after).rows if row.rank == 1]
            if firsts and leader not in firsts:
                best = votes
    return best


@pytest.mark.parametrize("board", sorted(references()))
def test_without_the_named_votes_another_model_is_first(board):
    tallies = board_tallies(board)
    found = fragility(tallies)
    after = board_after(tallies, found)
    assert rank_of(tallies, found.leader) == 1
    assert rank_of(after, found.leader) != 1
    assert rank_board(after).rows[0].model == found.successor
    assert after.battles == tallies.battles - found.votes
    assert 0 < found.share < 0.02


def test_a_lead_of_two_points_hangs_on_one_vote_of_1800():
    assert fragility(board_tallies("Car")).votes == 1


SMALL = [
    [make_row(won=4, lost=2), make_row("birch", "cedar", won=3, lost=2), make_row("amber", "cedar", won=3, lost=3)],
    [make_row(won=3, lost=2, tie=1), make_row("birch", "cedar", won=3, lost=1), make_row("amber", "cedar", won=4)],
    [make_row(won=5, lost=1), make_row("birch", "cedar", tie=4), make_row("amber", "cedar", won=2, lost=2)],
]


@pytest.mark.parametrize("listed", SMALL)
def test_on_small_boards_no_shorter_removal_exists(listed):
    assert fragility(make_tallies(*listed)).votes == fewest_by_trying_all(listed)


def test_more_lead_takes_more_votes():
    votes = []
    for won in (22, 30, 60):
        listed = [*make_ring(SLUGS, 20, 20), make_row("amber", "cedar", won=won, lost=20)]
        votes.append(fragility(make_tallies(*listed)).votes)
    assert votes == sorted(votes)
    assert votes[0] < votes[2]


def test_a_board_on_which_nobody_else_is_ranked_has_no_fragility():
    assert fragility(make_tallies()) is None
    assert fragility(make_tallies(make_row(won=2))) is None


@settings(steady, max_examples=30)
@given(rows())
def test_whatever_is_answered_is_true(listed):
    tallies = make_tallies(*listed)
    found = fragility(tallies)
    if found is not None:
        assert rank_of(board_after(tallies, found), found.leader) != 1
        assert sum(kind.votes for kind in found.removed) == found.votes


def test_the_left_side_of_two_equals_gets_the_odds_it_was_voted():
    bias = side_bias(make_tallies(make_row(won=3000, lost=1000), make_row("birch", "amber", won=3000, lost=1000)))
    assert bias.log_odds == pytest.approx(log(3), abs=0.001)
    # of a share p of n battles the log odds have the variance 1/(np(1-p))
    assert bias.error == pytest.approx((1 / (8000 * 0.75 * 0.25)) ** 0.5, rel=0.001)
    assert bias.left_wins == pytest.approx(0.75, abs=0.001)
    assert bias.points == pytest.approx(400 / log(10) * log(3), abs=0.2)
    assert bias.shows


def test_a_strong_model_that_mostly_stands_left_is_no_bias():
    listed = [make_row(won=900, lost=100), make_row("birch", "amber", won=10, lost=90)]
    bias = side_bias(make_tallies(*listed))
    assert abs(bias.log_odds) < 2 * bias.error
    assert not bias.shows
    assert bias.battles == 1100


@steady
@given(rows())
def test_swapped_sides_turn_the_bias_round(listed):
    before = side_bias(make_tallies(*listed))
    after = side_bias(make_tallies(*((b, a, *counts) for a, b, *counts in listed)))
    turned = side_bias(make_tallies(*((b, a, lost, won, *ties) for a, b, won, lost, *ties in listed)))
    if before is None:
        assert after is turned is None
        return
    assert np.isfinite([before.log_odds, before.error]).all()
    assert turned.log_odds == pytest.approx(-before.log_odds, abs=1e-8)
    assert turned.error == pytest.approx(before.error, rel=1e-6)


def test_a_side_that_always_wins_stays_finite_and_no_prior_is_refused():
    bias = side_bias(make_tallies(make_row(won=50), make_row("birch", "amber", won=50)))
    assert 3 < bias.log_odds < 7
    with pytest.raises(BadPrior, match="above 0"):
        side_bias(make_tallies(make_row(won=5)), prior=0)


def test_without_ties_every_policy_ranks_alike():
    policies = tie_policies(board_tallies("Bikes"))
    assert {policy.moves for policy in policies} == {0}
    assert [policy.half for policy in policies] == list(range(1, 26))


def test_dropping_ties_lifts_a_model_that_tied_with_the_weak():
    listed = [
        make_row("amber", "cedar", won=10, tie=30),
        make_row("birch", "cedar", won=30, lost=5),
        make_row("amber", "birch", won=3, lost=3),
    ]
    by_model = {policy.model: policy for policy in tie_policies(make_tallies(*listed))}
    assert (by_model["amber"].half, by_model["amber"].dropped) == (2, 1)
    assert by_model["amber"].moves == 1


def test_a_model_that_only_tied_has_no_rank_once_ties_are_dropped():
    policies = tie_policies(make_tallies(*make_ring(SLUGS[:3]), make_row("dune", "amber", tie=9)))
    dune = next(policy for policy in policies if policy.model == "dune")
    assert dune.dropped is None
    assert dune.half is not None
    assert dune.davidson is not None
