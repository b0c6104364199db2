from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from lumenboard import formatting


@dataclass(frozen=True)
class Row:
    wins: int = 10
    losses: int = 20
    ties: int = 4


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0.005", "$0.005"),
        ("0.0050", "$0.005"),
        ("0.00524288", "$0.005243"),
        ("0.03", "$0.03"),
        ("0.5", "$0.50"),
        ("1.5", "$1.50"),
        ("1.23456", "$1.235"),
        ("0.99996", "$1.00"),
        ("1234.5", "$1,234.50"),
        ("120000", "$120,000.00"),
        ("0", "$0.00"),
        ("-0.0025", "-$0.0025"),
    ],
)
def test_dollars_keep_two_decimals_and_four_significant_digits(amount: str, text: str):
    assert formatting.usd(Decimal(amount)) == text


def test_exact_dollars_keep_every_digit():
    assert formatting.usd_exact(Decimal("0.00524288")) == "$0.00524288"
    assert formatting.usd_exact(Decimal("1E+3")) == "$1,000.00"


def test_short_dollars_keep_two_significant_digits():
    assert formatting.usd_short(Decimal("0.00524288")) == "$0.0052"
    assert formatting.usd_short(Decimal("12.3456")) == "$12.35"


def test_money_as_float_is_refused():
    with pytest.raises(TypeError, match="never float"):
        formatting.usd(0.005)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "write",
    [
        *(formatting.usd, formatting.usd_short, formatting.usd_exact, formatting.rating, formatting.rating_exact),
        *(formatting.percent, formatting.ms, formatting.seconds, formatting.count, formatting.compact),
    ],
)
def test_what_is_absent_is_a_dash_and_never_zero(write):
    assert write(None) == "–"


def test_margin_is_half_the_interval_and_empty_without_one():
    assert formatting.margin(1207.0, 1257.0) == "±25"
    assert formatting.margin(None, 1257.0) == ""


@pytest.mark.parametrize(
    ("duration_ms", "text"),
    [(850, "0.85 s"), (994.9, "0.99 s"), (995, "1.0 s"), (2169, "2.2 s"), (99_949, "99.9 s"), (99_951, "100 s")],
)
def test_seconds_are_as_precise_as_one_can_use(duration_ms: float, text: str):
    assert formatting.seconds(duration_ms) == text


def test_milliseconds_are_whole_and_grouped():
    assert formatting.ms(54449.4) == "54,449 ms"


def test_percent_takes_a_fraction_and_gives_one_decimal():
    assert formatting.percent(11 / 18) == "61.1%"


def test_differences_of_shares_are_points():
    assert formatting.points(-0.021) == "−2.1 points"


def test_values_are_written_as_json_writes_them():
    assert [formatting.literal(value) for value in (False, 3, "1K")] == ["false", "3", "1K"]


@pytest.mark.parametrize(
    ("number", "text"),
    [(999, "999"), (1_000, "1k"), (1_284, "1.3k"), (26_580, "26.6k"), (999_960, "1M"), (1_200_000, "1.2M")],
)
def test_compact_counts_have_at_most_one_decimal(number: int, text: str):
    assert formatting.compact(number) == text


def test_record_stands_in_one_line():
    assert formatting.record(Row()) == "10W / 20L / 4T"


def test_rank_range_collapses_when_both_ends_agree():
    assert formatting.rank_range(1, 3) == "1–3"
    assert formatting.rank_range(2, 2) == "2"
    assert formatting.rank_range(None, 3) == ""


def test_modes_read_as_words():
    assert formatting.mode_label("text-to-image") == "Text to image"
    assert formatting.mode_label("image-edit") == "Image edit"


def test_a_time_without_scripts_is_given_in_utc():
    assert formatting.full_time(datetime(2026, 11, 2, 14, 3, tzinfo=UTC)) == "2 Nov 2026, 14:03 UTC"
