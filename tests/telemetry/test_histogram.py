"""Histograms against exact nearest ranks, and merging."""

import hashlib
from math import ceil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.telemetry.histogram import (
    BIN_STARTS,
    BIN_VALUES,
    BINS,
    EMPTY,
    LONGEST_MS,
    Histogram,
    HistogramError,
    histogram_bytes,
)

PERCENTS = (1, 5, 25, 50, 75, 90, 95, 99, 100)
MILLION = 1_000_000
durations = st.lists(st.integers(0, LONGEST_MS), max_size=60)


def made(shape: str) -> np.ndarray:
    random = np.random.default_rng(20261125)
    values = {
        "log-normal": lambda: random.lognormal(8, 0.8, MILLION),
        "bimodal": lambda: np.where(
            random.random(MILLION) < 0.6, random.normal(900, 60, MILLION), random.normal(21_000, 900, MILLION)
        ),
        "heavy-tailed": lambda: 50 * (1 + random.pareto(1.1, MILLION)),
        "short": lambda: random.integers(0, 120, MILLION),
    }[shape]()
    return np.clip(np.rint(values), 0, LONGEST_MS).astype(np.int64)


def exact(sorted_values: np.ndarray, percent: int) -> int:
    return int(sorted_values[ceil(len(sorted_values) * percent / 100) - 1])


@pytest.mark.parametrize("shape", ["log-normal", "bimodal", "heavy-tailed", "short"])
def test_every_percentile_of_a_million_is_within_one_percent_of_the_nearest_rank(shape: str) -> None:
    values = made(shape)
    histogram, ordered = Histogram.of(values), np.sort(values)
    assert histogram.count == MILLION
    for percent in PERCENTS:
        true = exact(ordered, percent)
        assert abs(histogram.percentile(percent) - true) <= 0.01 * true, percent


def test_merging_any_split_gives_the_same_bytes() -> None:
    values = made("heavy-tailed")
    whole = Histogram.of(values).to_bytes()
    for cuts in ([1], [500_000], [3, 70_000, 999_999], list(range(0, MILLION, 37_003))):
        parts = [Histogram.of(part).to_bytes() for part in np.split(values, cuts)]
        assert Histogram.merged(parts).to_bytes() == whole
        assert Histogram.merged([b"".join(parts)]).to_bytes() == whole


@given(durations, durations)
def test_adding_and_merging_agree_with_counting_at_once(some: list[int], others: list[int]) -> None:
    whole = Histogram.of(some + others)
    assert np.array_equal((Histogram.of(some) + Histogram.of(others)).counts, whole.counts)
    assert np.array_equal(
        Histogram.merged([Histogram.of(others).to_bytes(), Histogram.of(some).to_bytes()]).counts, whole.counts
    )


@given(st.lists(st.integers(0, LONGEST_MS), min_size=1, max_size=60), st.integers(1, 100))
def test_percentiles_of_few_are_within_one_percent(values: list[int], percent: int) -> None:
    true = sorted(values)[-(-len(values) * percent // 100) - 1]
    assert abs(Histogram.of(values).percentile(percent) - true) <= 0.01 * true


def test_no_bin_strays_more_than_one_percent_from_any_of_its_members() -> None:
    last = np.append(BIN_STARTS[1:] - 1, LONGEST_MS)
    assert (BIN_VALUES[1:] - BIN_STARTS[1:] <= 0.01 * BIN_STARTS[1:]).all()
    assert (last[1:] - BIN_VALUES[1:] <= 0.01 * last[1:]).all()
    assert BINS < 2**15
    assert np.array_equal(BIN_VALUES[:100], np.arange(100))


def test_the_bins_stay_as_stored_sketches_have_them() -> None:
    assert hashlib.sha256(BIN_STARTS.astype("<i8").tobytes()).hexdigest()[:16] == "e70411c460e01b90"


def test_a_count_beyond_one_record_comes_back_whole() -> None:
    counts = EMPTY.counts.copy()
    counts[[3, 700]] = [65_535, 200_001]
    again = Histogram.merged([Histogram(counts).to_bytes()])
    assert np.array_equal(again.counts, counts)
    assert len(Histogram(counts).to_bytes()) == 4 * (1 + 4)


@given(durations)
def test_the_quick_way_to_the_stored_form_gives_the_same_bytes(values: list[int]) -> None:
    assert histogram_bytes(values) == Histogram.of(values).to_bytes()


def test_an_empty_sketch_has_no_percentile_and_no_bytes() -> None:
    assert EMPTY.percentile(50) is None
    assert EMPTY.to_bytes() == b""
    assert Histogram.merged([]).count == 0


def test_longer_than_a_day_counts_as_a_day() -> None:
    assert Histogram.of([LONGEST_MS * 3]).percentile(50) == BIN_VALUES[-1]


def test_spread_counts_between_edges() -> None:
    histogram = Histogram.of([1, 5, 5, 40, 99])
    assert histogram.spread([0, 5, 50, 100]) == (1, 3, 1)


@pytest.mark.parametrize("wrong", [b"abc", b"\xff\xff\x00\x01"])
def test_bytes_that_are_no_sketch_are_refused(wrong: bytes) -> None:
    with pytest.raises(HistogramError):
        Histogram.merged([wrong])


def test_negative_durations_and_odd_percentiles_are_refused() -> None:
    with pytest.raises(HistogramError):
        Histogram.of([5, -1])
    with pytest.raises(HistogramError):
        EMPTY.percentile(0)
