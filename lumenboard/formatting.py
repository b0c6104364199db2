"""How a figure is shown: in words (money, ratings, durations, counts, records) and as a place on an axis. No HTML.

What is absent is shown as a dash, never as zero.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Protocol

from arena.rating.board import Figures
from providers.pricing.choice import condition_text
from providers.sheet import MODE_LABELS, PriceSheet

ABSENT = "–"
WEB_SCHEMES = ("http://", "https://")
SIGNIFICANT_DIGITS = 4
PRICE_DECIMALS = {"megapixel": 4, "token": 2}
COMPACT_STEPS = ((1_000_000_000, "B"), (1_000_000, "M"), (1_000, "k"))
MEAN_RATING = 1000.0
TICK_STEPS = (10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
MOST_TICKS = 5
EDGE = 4.0


class HasRecord(Protocol):
    """Anything that was voted on."""

    @property
    def wins(self) -> int: ...
    @property
    def losses(self) -> int: ...
    @property
    def ties(self) -> int: ...


def usd(amount: Decimal | int | None) -> str:
    """Dollars to four significant digits and at least two decimals: `$0.005`, `$1.50`, `$0.005243`."""
    money = _money(amount)
    if money is None:
        return ABSENT
    return _dollars(_rounded(money, SIGNIFICANT_DIGITS))


def usd_short(amount: Decimal | int | None) -> str:
    """Dollars to two significant digits, for lists where the exact price stands one click away: `$0.0052`."""
    money = _money(amount)
    return ABSENT if money is None else _dollars(_rounded(money, 2))


def usd_exact(amount: Decimal | int | None) -> str:
    """Dollars with every digit the amount holds, at least two decimals."""
    money = _money(amount)
    return ABSENT if money is None else _dollars(money)


def _money(amount: Decimal | int | None) -> Decimal | None:
    if isinstance(amount, float):
        raise TypeError(f"money is Decimal, never float: {amount!r}")
    return None if amount is None else Decimal(amount)


def _rounded(money: Decimal, significant: int) -> Decimal:
    decimals = max(2, significant - 1 - money.adjusted()) if money else 2
    return money.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_EVEN)


def _dollars(money: Decimal) -> str:
    whole, _, fraction = f"{abs(money):,f}".partition(".")
    sign = "-" if money < 0 else ""
    return f"{sign}${whole}.{fraction.rstrip('0').ljust(2, '0')}"


def price_text(price: PriceSheet) -> str:
    """`$0.0050/megapixel`, `$0.015/image (quality=medium)`, `$40.00/1000000 tokens (input)`: as cards write prices."""
    amount = dollars(price.amount_usd, PRICE_DECIMALS.get(price.metric, 3))
    unit = price.metric if price.unit_size == 1 else f"{price.unit_size.normalize():f} {price.metric}s"
    details = ["input"] if price.direction == "input" else []
    details += [f"{key}={condition_text(value)}" for key, value in price.conditions.items()]
    return f"{amount}/{unit}" + (f" ({'; '.join(details)})" if details else "")


def dollars(amount: Decimal, least_decimals: int) -> str:
    """Every digit the amount holds, and at least so many decimals."""
    whole, _, fraction = f"{amount.normalize():f}".partition(".")
    return f"${whole}.{fraction.ljust(least_decimals, '0')}"


def rating(value: float | None) -> str:
    """A rating on the Elo scale, whole."""
    return ABSENT if value is None else f"{value:.0f}"


def rating_exact(value: float | None) -> str:
    """A rating as published: two decimals."""
    return ABSENT if value is None else f"{value:.2f}"


def margin(lower: float | None, upper: float | None) -> str:
    """Half the width of an interval: `±25`. Empty where there is no interval."""
    if lower is None or upper is None:
        return ""
    return f"±{(upper - lower) / 2:.0f}"


def percent(fraction: float | Decimal | None) -> str:
    """A share between 0 and 1 as `64.4%`."""
    return ABSENT if fraction is None else f"{fraction * 100:.1f}%".replace("-", "−")


def points(fraction: float) -> str:
    """A difference of two shares in percentage points: `−2.1 points`."""
    return f"{fraction * 100:.1f} points".replace("-", "−")


def literal(value: object) -> str:
    """A value as JSON writes it, text without quotes: `false`, `1024x1024`."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def ms(duration_ms: float | None) -> str:
    """A duration in whole milliseconds: `2,169 ms`."""
    return ABSENT if duration_ms is None else f"{duration_ms:,.0f} ms"


def seconds(duration_ms: float | None) -> str:
    """The same duration for quick reading: `0.85 s`, `2.2 s`, `104 s`; a difference may be `−10.0 s`."""
    if duration_ms is None:
        return ABSENT
    size = abs(duration_ms)
    decimals = 2 if size < 995 else 1 if size < 99_950 else 0
    return f"{'−' if duration_ms < 0 else ''}{size / 1000:,.{decimals}f} s"


def count(number: int | None) -> str:
    """A count in full, grouped by thousands."""
    return ABSENT if number is None else f"{number:,}"


def counted(number: int, word: str) -> str:
    """A number with its word: `1 vote`, `1,284 votes`."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def compact(number: int | None) -> str:
    """A count to three figures: `999`, `1.3k`, `26.6k`, `1.2M`."""
    if number is None:
        return ABSENT
    for step, suffix in COMPACT_STEPS:
        if number >= step - step / 2000:  # what rounds up to a whole step is written in that step
            return f"{number / step:.1f}".removesuffix(".0") + suffix
    return str(number)


def record(row: HasRecord) -> str:
    """Wins, losses and ties in one line: `10W / 20L / 4T`."""
    return f"{row.wins}W / {row.losses}L / {row.ties}T"


def rank_range(best: int | None, worst: int | None) -> str:
    """The ranks a model may truly hold: `1–3`, or one number when both ends agree."""
    if best is None or worst is None:
        return ""
    return str(best) if best == worst else f"{best}–{worst}"


def mode_label(mode: str) -> str:
    """A mode in words: `text-to-image` is `Text to image`."""
    return MODE_LABELS.get(mode, mode.replace("-", " ")).capitalize()


def full_time(moment: datetime) -> str:
    """A moment as read without scripts: `22 Nov 2026, 14:03 UTC`."""
    return f"{moment.astimezone(UTC):%-d %b %Y, %H:%M} UTC"


def web_address(address: str | None) -> str:
    """The address if following it leads to a web page, else nothing: `javascript:` and the like are no links."""
    return address if address and address.lower().startswith(WEB_SCHEMES) else ""


@dataclass(frozen=True)
class IntervalMark:
    """One row's dot and whisker; an end that runs off the axis is cut there and says so."""

    dot: float
    start: float
    width: float
    cut_left: bool
    cut_right: bool


@dataclass(frozen=True)
class Tick:
    """A labelled place on the axis."""

    value: int
    at: float


@dataclass(frozen=True)
class IntervalAxis:
    """What all rows of one table share."""

    reference: float
    ticks: tuple[Tick, ...]
    marks: tuple[IntervalMark, ...]


def interval_axis(rows: Sequence[Figures], reference: float = MEAN_RATING) -> IntervalAxis:
    """Place every row on one axis that holds all ratings and the reference.

    An interval may widen the axis by at most half the span of the ratings on either side, so that one
    model with few battles does not press all others together.
    """
    low, high = _domain(rows, reference)

    def place(value: float) -> float:
        return round(EDGE + (100 - 2 * EDGE) * (value - low) / (high - low), 2)

    return IntervalAxis(
        reference=place(reference),
        ticks=tuple(Tick(value, place(value)) for value in _tick_values(low, high)),
        marks=tuple(_mark(place(_rating(row)), place(_lower(row)), place(_upper(row))) for row in rows),
    )


def _rating(row: Figures) -> float:
    return row.rating or 0.0


def _lower(row: Figures) -> float:
    return _rating(row) if row.lower is None else row.lower


def _upper(row: Figures) -> float:
    return _rating(row) if row.upper is None else row.upper


def _domain(rows: Iterable[Figures], reference: float) -> tuple[float, float]:
    held = list(rows)
    ratings = [_rating(row) for row in held] + [reference]
    least, most = min(ratings), max(ratings)
    reach = max(50.0, (most - least) / 2)
    low = max(least - reach, min([least, *(_lower(row) for row in held)]))
    high = min(most + reach, max([most, *(_upper(row) for row in held)]))
    return (low, high) if high > low else (low - reach, high + reach)


def _mark(dot: float, start: float, end: float) -> IntervalMark:
    shown_start, shown_end = max(0.0, start), min(100.0, end)
    return IntervalMark(
        dot=dot,
        start=shown_start,
        width=round(shown_end - shown_start, 2),
        cut_left=start < 0,
        cut_right=end > 100,
    )


def _tick_values(low: float, high: float) -> list[int]:
    step = next((size for size in TICK_STEPS if (high - low) / size <= MOST_TICKS), TICK_STEPS[-1])
    return list(range(math.ceil(low / step) * step, math.floor(high) + 1, step))
