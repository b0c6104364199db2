"""Where another source's prices disagree with ours. Pure.

Silence is no disagreement: an endpoint or a price the other source leaves out is not reported, and a price it states
without a condition agrees with any of ours of that metric and direction, since most sources do not state conditions.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from providers.pricing.choice import conditions_overlap, in_force
from providers.sheet import EndpointSheet, PriceSheet


@dataclass(frozen=True, kw_only=True)
class Drift:
    """`theirs` is a price that none of `ours`, those it could mean, agrees with; no `ours`: we state none."""

    endpoint_key: str
    theirs: PriceSheet
    ours: tuple[PriceSheet, ...]


@dataclass(frozen=True, kw_only=True)
class PriceComparison:
    """`compared` counts their prices at endpoints both know; `unknown` are endpoints only they know."""

    drifts: tuple[Drift, ...]
    compared: int
    unknown: tuple[str, ...]


def compare_prices(theirs: Iterable[EndpointSheet], ours: Mapping[str, EndpointSheet], at: datetime) -> PriceComparison:
    """Prices in force at a moment, endpoint by endpoint; `ours` by key."""
    drifts: list[Drift] = []
    unknown: list[str] = []
    compared = 0
    for endpoint in theirs:
        if endpoint.key not in ours:
            unknown.append(endpoint.key)
            continue
        known = in_force(ours[endpoint.key].prices, at)
        stated = in_force(endpoint.prices, at)
        compared += len(stated)
        found = (_drift(endpoint.key, price, known) for price in stated)
        drifts.extend(drift for drift in found if drift)
    return PriceComparison(drifts=tuple(drifts), compared=compared, unknown=tuple(unknown))


def _drift(key: str, price: PriceSheet, known: Sequence[PriceSheet]) -> Drift | None:
    meant = tuple(one for one in known if _may_mean(price, one))
    return (
        None if any(_rate(one) == _rate(price) for one in meant) else Drift(endpoint_key=key, theirs=price, ours=meant)
    )


def _may_mean(price: PriceSheet, ours: PriceSheet) -> bool:
    is_kind = (price.metric, price.direction) == (ours.metric, ours.direction)
    return is_kind and (not price.conditions or conditions_overlap(price, ours))


def _rate(price: PriceSheet) -> Fraction:
    return Fraction(price.amount_usd) / Fraction(price.unit_size)
