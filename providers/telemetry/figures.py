"""Performance figures of one set of calls, from its rollup rows. Formulas: docs/methodology.md, "Performance"."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import sqrt
from typing import Final

from providers.telemetry.histogram import Histogram
from providers.telemetry.rollup_sql import RollupRow

PERCENTS: Final = (50, 75, 90, 95, 99)
FEWEST_FOR_PERCENTILES: Final = 10
# the 97.5th percentile of the normal distribution
Z: Final = 1.959963984540054
# what speaks for or against the provider; the other classes say something of the caller or of us
COUNTED_FOR_SUCCESS: Final = ("ok", "rate_limit", "upstream", "timeout")


@dataclass(frozen=True, kw_only=True)
class Percentiles:
    """Nearest ranks in milliseconds, within 1 %."""

    p50_ms: int
    p75_ms: int
    p90_ms: int
    p95_ms: int
    p99_ms: int


@dataclass(frozen=True, kw_only=True)
class Durations:
    """Of successful calls: how many have this duration, their exact average, percentiles or why there are none."""

    calls: int
    average_ms: int | None
    percentiles: Percentiles | None
    withheld: str

    def at(self, percent: int) -> int | None:
        """The percentile of that name, None while withheld."""
        return getattr(self.percentiles, f"p{percent}_ms", None)


@dataclass(frozen=True, kw_only=True)
class Success:
    """`rate` = ok / counted as a fraction, with its 95% Wilson interval."""

    ok: int
    counted: int
    rate: Decimal
    lower: Decimal
    upper: Decimal


@dataclass(frozen=True, kw_only=True)
class Money:
    """What the calls cost, failed ones too. `per_image_usd` is None while a successful call's cost is unknown."""

    spend_usd: Decimal
    priced_calls: int
    unpriced_calls: int
    images: int
    per_image_usd: Decimal | None


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Everything measured of one set of calls; `by_status` holds the classes that occurred."""

    calls: int
    by_status: tuple[tuple[str, int], ...]
    total: Durations
    ttfb: Durations
    success: Success | None
    money: Money
    calls_per_hour: float
    megapixels: Decimal


def summarize(rows: Sequence[RollupRow], hours: float) -> Figures:
    """Of all calls in the rows, over so many hours. Histograms may be concatenations."""
    ok = [row for row in rows if row.status == "ok"]
    by_status: Counter[str] = Counter()
    for row in rows:
        by_status[row.status] += int(row.calls)
    calls = by_status.total()
    return Figures(
        calls=calls,
        by_status=tuple(sorted(by_status.items(), key=lambda item: (item[0] != "ok", -item[1], item[0]))),
        total=_durations(
            _total(ok, "calls"), _total(ok, "total_ms_sum"), Histogram.merged(row.total_sketch for row in ok)
        ),
        ttfb=_durations(
            _total(ok, "ttfb_calls"), _total(ok, "ttfb_ms_sum"), Histogram.merged(row.ttfb_sketch for row in ok)
        ),
        success=success_from(by_status),
        money=_money(rows, ok),
        calls_per_hour=calls / hours if hours else 0.0,
        megapixels=sum((row.megapixels_sum for row in rows), Decimal(0)),
    )


def _total(rows: list[RollupRow], field: str) -> int:
    return sum(int(getattr(row, field)) for row in rows)


def _durations(calls: int, total_ms: int, histogram: Histogram) -> Durations:
    enough = calls >= FEWEST_FOR_PERCENTILES
    return Durations(
        calls=calls,
        average_ms=round(Decimal(total_ms) / calls) if calls else None,
        percentiles=percentiles_from(histogram) if enough else None,
        withheld="" if enough else withheld_reason(calls),
    )


def percentiles_from(histogram: Histogram) -> Percentiles:
    """Of at least one duration."""
    return Percentiles(**{f"p{percent}_ms": histogram.percentile(percent) or 0 for percent in PERCENTS})


def withheld_reason(calls: int) -> str:
    """Why so few calls show no percentile."""
    counted = {0: "no successful call", 1: "1 successful call"}.get(calls, f"{calls} successful calls")
    return f"{counted}; percentiles need {FEWEST_FOR_PERCENTILES}"


def success_from(by_status: Counter[str]) -> Success | None:
    """None where no call was the provider's to win or lose."""
    ok = by_status["ok"]
    counted = sum(by_status[status] for status in COUNTED_FOR_SUCCESS)
    return _success(ok, counted)


def success_together(parts: Iterable[Success | None]) -> Success | None:
    """Of several sets of calls as one."""
    known = [part for part in parts if part]
    return _success(sum(part.ok for part in known), sum(part.counted for part in known))


def _success(ok: int, counted: int) -> Success | None:
    if not counted:
        return None
    lower, upper = wilson(ok, counted)
    return Success(ok=ok, counted=counted, rate=Decimal(ok) / counted, lower=lower, upper=upper)


def wilson(hits: int, tries: int) -> tuple[Decimal, Decimal]:
    """95% interval of a proportion after Wilson (1927), to 6 places."""
    share, spread = hits / tries, Z * Z / tries
    middle = (share + spread / 2) / (1 + spread)
    half = Z * sqrt(share * (1 - share) / tries + spread / (4 * tries)) / (1 + spread)
    low, high = max(middle - half, 0.0), min(middle + half, 1.0)
    return Decimal(str(round(low, 6))), Decimal(str(round(high, 6)))


def _money(rows: Sequence[RollupRow], ok: list[RollupRow]) -> Money:
    spend = sum((Decimal(row.cost_usd_sum) for row in rows), Decimal(0))
    calls, priced = sum(int(row.calls) for row in rows), sum(int(row.priced_calls) for row in rows)
    images = _total(ok, "images")
    known = images > 0 and _total(ok, "priced_calls") == _total(ok, "calls")
    return Money(
        spend_usd=spend,
        priced_calls=priced,
        unpriced_calls=calls - priced,
        images=images,
        per_image_usd=spend / images if known else None,
    )
