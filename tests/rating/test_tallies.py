"""Counting: what goes into tallies, what is refused, what can be read off them."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.rating.errors import BadCount, BadSlug, BadTally, NegativeCount, SameModel
from arena.rating.tallies import Record, Tallies
from tests.rating.factories import make_row, make_tallies, rows, steady


def test_models_stand_in_slug_order_and_counts_keep_their_side():
    tallies = make_tallies(make_row("cedar", "amber", won=3, lost=1, tie=2, both_bad=4))
    assert tallies.models == ("amber", "cedar")
    assert [int(side[1, 0]) for side in (tallies.left, tallies.right, tallies.tie, tallies.both_bad)] == [3, 1, 2, 4]
    assert tallies.battles == 10


def test_records_count_both_sides_and_both_bad_as_a_tie():
    tallies = make_tallies(make_row(won=3, lost=1, tie=2, both_bad=4), make_row("birch", "amber", won=5))
    assert tallies.records == (Record(3, 6, 6, 4), Record(6, 3, 6, 4))
    assert tallies.records[0].battles == 15


def test_win_rate_is_wins_over_battles_with_ties_worth_nothing():
    assert Record(wins=10, losses=20, ties=4, both_bad=1).win_rate == 10 / 34
    assert Record(0, 0, 0, 0).win_rate is None


def test_scores_are_wins_and_half_of_ties():
    scores = make_tallies(make_row(won=3, lost=1, tie=2, both_bad=1), make_row("birch", "amber", lost=2)).scores
    assert scores.tolist() == [[0, 6.5], [2.5, 0]]


def test_a_row_of_zeros_leaves_no_trace():
    assert make_tallies(make_row(won=1), make_row("cedar", "dune")).models == ("amber", "birch")


def test_a_model_without_battles_can_be_listed():
    tallies = Tallies.from_rows([make_row(won=1)], models=["zinc", "amber"])
    assert tallies.models == ("amber", "birch", "zinc")
    assert tallies.records[2] == Record(0, 0, 0, 0)


def test_tallies_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        make_tallies(make_row(won=1)).left[0, 1] = 2


def test_a_negative_count_is_refused_with_its_place():
    with pytest.raises(NegativeCount, match="row 2: right is -1; it must be 0 or more"):
        make_tallies(make_row(won=1), make_row(lost=-1))


@pytest.mark.parametrize("count", [1.5, "3", None, 2**63])
def test_a_count_that_is_no_whole_number_is_refused_with_its_place(count):
    with pytest.raises(BadCount, match="row 1: tie is"):
        make_tallies(make_row(tie=count))


def test_a_model_against_itself_is_refused_with_its_place():
    with pytest.raises(SameModel, match="row 1: left and right are both 'amber'"):
        make_tallies(make_row("amber", "amber", won=1))


@pytest.mark.parametrize("slug", ["", "two\tparts", "two\nlines"])
def test_a_slug_that_would_break_a_canonical_line_is_refused(slug):
    with pytest.raises(BadSlug, match="must not be empty"):
        make_tallies(make_row(slug, "birch", won=1))


def test_arrays_that_do_not_belong_together_are_refused():
    zeros = np.zeros((2, 2), dtype=np.int64)
    with pytest.raises(BadTally, match="right: must be int64 of shape 2 × 2"):
        Tallies(("amber", "birch"), zeros, np.zeros((3, 3), dtype=np.int64), zeros, zeros)
    with pytest.raises(BadTally, match="ascending order"):
        Tallies(("birch", "amber"), zeros, zeros, zeros, zeros)


def test_canonical_lines_have_the_documented_form():
    tallies = make_tallies(make_row("birch", "amber", tie=7), make_row(won=12, both_bad=3))
    assert tallies.canonical_lines == ("amber\tbirch\t12\t0\t0\t3", "birch\tamber\t0\t0\t7\t0")
    text = "amber\tbirch\t12\t0\t0\t3\nbirch\tamber\t0\t0\t7\t0\n"
    assert tallies.digest == hashlib.sha256(text.encode()).hexdigest()


def test_no_votes_have_the_digest_of_nothing():
    assert make_tallies().digest == hashlib.sha256(b"").hexdigest()


@steady
@given(rows(), st.randoms(use_true_random=False))
def test_the_digest_does_not_depend_on_the_order_or_the_cutting_of_rows(listed, random):
    halves = [(*row[:2], *(count // 2 for count in row[2:])) for row in listed]
    rest = [(*row[:2], *(count - count // 2 for count in row[2:])) for row in listed]
    cut = halves + rest
    random.shuffle(cut)
    assert make_tallies(*cut).digest == make_tallies(*listed).digest


@steady
@given(rows())
def test_the_digest_changes_with_every_further_vote(listed):
    assert make_tallies(*listed, make_row(won=1)).digest != make_tallies(*listed).digest


@steady
@given(rows(), rows(), rows())
def test_merged_boards_are_the_board_of_all_their_rows(first, second, third):
    merged = Tallies.merge(make_tallies(*part) for part in (first, second, third))
    together = make_tallies(*first, *second, *third)
    assert merged.models == together.models
    assert merged.canonical_lines == together.canonical_lines


def test_merging_nothing_gives_an_empty_board():
    assert Tallies.merge([]).models == ()
