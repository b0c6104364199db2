"""How the prices a card lists meet an endpoint's price rows, whose details a card cannot say."""

from collections import Counter
from dataclasses import replace
from decimal import Decimal

from providers.sheet import PriceSheet


def merge_prices(listed: tuple[PriceSheet, ...], current: tuple[PriceSheet, ...]) -> tuple[PriceSheet, ...]:
    """The prices to store.

    A listed price keeps the row of the same metric, unit and amount. Otherwise it changes the plain row of its metric,
    whose check date is then void, or becomes a row. Rows a card could not have stated (closed, dated, input, with
    conditions) stay; other rows it does not list go. No price listed at all says nothing.
    """
    if not listed:
        return current
    left = [price for price in current if price.valid_to is None]
    merged: list[PriceSheet | None] = [_take(left, price, _offer(price)) for price in listed]
    for index, price in enumerate(listed):
        if merged[index] is None:
            row = next((row for row in left if _is_plain(row) and row.metric == price.metric), None)
            merged[index] = _changed(row, price) if row else price
            left = [other for other in left if other is not row]
    taken = [price for price in merged if price is not None]
    unlisted = [price for price in current if price.valid_to is not None or (price in left and not _is_plain(price))]
    result = _with_unstated_conditions((*taken, *unlisted))
    return current if _same_prices(result, current) else result


def _offer(price: PriceSheet) -> tuple[str, Decimal, Decimal]:
    return price.metric, price.unit_size, price.amount_usd


def _take(left: list[PriceSheet], price: PriceSheet, offer: tuple[str, Decimal, Decimal]) -> PriceSheet | None:
    """Remove and return the row of an offer, the one in the listed direction first."""
    rows = [row for row in left if _offer(row) == offer]
    rows.sort(key=lambda row: row.direction != price.direction)
    if not rows:
        return None
    left[:] = [row for row in left if row is not rows[0]]
    return rows[0]


def _is_plain(price: PriceSheet) -> bool:
    return price.direction == "output" and not price.conditions and price.valid_from is None


def _changed(row: PriceSheet, price: PriceSheet) -> PriceSheet:
    return replace(row, amount_usd=price.amount_usd, unit_size=price.unit_size, verified_on=None)


def _kind(price: PriceSheet) -> tuple[str, str, str]:
    return price.metric, price.direction, repr(sorted(price.conditions.items()))


def _with_unstated_conditions(prices: tuple[PriceSheet, ...]) -> tuple[PriceSheet, ...]:
    """Several open prices of one kind: when each holds is then not stated."""
    times = Counter(_kind(price) for price in prices if price.valid_to is None)
    return tuple(
        replace(price, condition_stated=False) if price.valid_to is None and times[_kind(price)] > 1 else price
        for price in prices
    )


def _same_prices(one: tuple[PriceSheet, ...], other: tuple[PriceSheet, ...]) -> bool:
    return len(one) == len(other) and all(price in other for price in one) and all(price in one for price in other)
