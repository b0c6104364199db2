from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from lumenboard.formatting import interval_axis


@dataclass(frozen=True)
class Row:
    rating: float
    lower: float | None = None
    upper: float | None = None


def make_row(rating: float = 1000.0, margin: float = 20.0) -> Row:
    return Row(rating, rating - margin, rating + margin)


rows = st.lists(st.builds(make_row, st.floats(-2000, 4000), st.floats(0, 3000)), max_size=30)


@given(rows)
def test_every_dot_and_the_reference_lie_on_the_axis(rows: list[Row]):
    axis = interval_axis(rows)

    assert 0 <= axis.reference <= 100
    assert all(0 <= mark.dot <= 100 for mark in axis.marks)


@given(rows)
def test_a_whisker_never_leaves_the_axis_and_holds_its_dot(rows: list[Row]):
    for mark in interval_axis(rows).marks:
        assert mark.start >= 0
        assert mark.start + mark.width <= 100.01
        assert mark.start - 0.01 <= mark.dot <= mark.start + mark.width + 0.01


@given(rows)
def test_a_higher_rating_stands_further_right(rows: list[Row]):
    marks = interval_axis(rows).marks
    by_rating = [mark.dot for _, mark in sorted(zip(rows, marks, strict=True), key=lambda pair: pair[0].rating)]

    assert by_rating == sorted(by_rating)


@given(rows)
def test_labels_are_few_and_in_order(rows: list[Row]):
    ticks = interval_axis(rows).ticks

    assert 1 <= len(ticks) <= 6
    assert [tick.at for tick in ticks] == sorted(tick.at for tick in ticks)


def test_one_wide_interval_is_cut_and_says_so():
    wide, narrow = make_row(1100, 900), make_row(1200, 10)

    axis = interval_axis([wide, narrow])

    assert (axis.marks[0].cut_left, axis.marks[0].cut_right) == (True, True)
    assert (axis.marks[1].cut_left, axis.marks[1].cut_right) == (False, False)
    assert axis.marks[1].dot - axis.reference > 30


def test_an_empty_board_still_has_an_axis():
    axis = interval_axis([])

    assert axis.reference == 50
    assert axis.marks == ()


def test_a_rating_without_interval_is_a_bare_dot():
    assert interval_axis([Row(1100.0)]).marks[0].width == 0
