"""Ticks of logarithmic axes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.boards.charts.chart import log_ticks


def test_one_two_and_five_of_each_decade_are_written_out() -> None:
    assert log_ticks(0.0015, 0.06, prefix="$") == {
        "tickvals": pytest.approx([0.002, 0.005, 0.01, 0.02, 0.05]),
        "ticktext": ["$0.002", "$0.005", "$0.01", "$0.02", "$0.05"],
    }
    assert log_ticks(0.4, 2100, suffix=" s")["ticktext"] == ["1 s", "10 s", "100 s", "1,000 s"]


@given(st.floats(1e-6, 1e6), st.floats(2.5, 1e9))
def test_ticks_lie_within_and_there_is_always_one(low: float, ratio: float) -> None:
    ticks = log_ticks(low, low * ratio)
    assert all(low <= value <= low * ratio for value in ticks["tickvals"])
    assert 1 <= len(ticks["tickvals"]) == len(set(ticks["ticktext"])) <= 16


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-1, 1), (2, 1)])
def test_what_has_no_logarithm_is_refused(low: float, high: float) -> None:
    with pytest.raises(ValueError, match="from above 0 upwards"):
        log_ticks(low, high)
