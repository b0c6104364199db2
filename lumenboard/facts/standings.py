"""Joins measured and reported standings: a report yields to its own measured counterpart and to nothing else. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from lumenboard.facts.types import PerformanceFacts, StandingFacts

KIND_ORDER = {"mode": 0, "category": 1, "competition": 2}


def join_standings(measured: Sequence[StandingFacts], reported: Sequence[StandingFacts]) -> tuple[StandingFacts, ...]:
    """Measured ones, best first, then the reports that have no counterpart, in their own order.

    Titles may repeat, so the k-th largest reported board of a title pairs with the k-th largest measured one.
    """
    rest = list(reported)
    joined = []
    for standing in sorted(measured, key=lambda row: -row.ranked_models):
        counterpart = _counterpart(standing, rest)
        if counterpart is not None:
            rest.remove(counterpart)
        picture = standing.image_url or (counterpart.image_url if counterpart else "")
        joined.append(replace(standing, image_url=picture))
    joined.sort(key=_measured_order)
    return tuple(sorted([*joined, *rest], key=lambda row: KIND_ORDER[row.kind]))


def join_performance(
    measured: Sequence[PerformanceFacts], reported: Sequence[PerformanceFacts]
) -> tuple[PerformanceFacts, ...]:
    """Measured rows, then reported rows of providers that were not measured, then simulated rows.

    A simulated figure is no counterpart: it says nothing of the provider, so the report stays beside it.
    """
    real = [row for row in measured if not row.simulated]
    known = {row.provider.slug for row in real}
    rest = [row for row in reported if row.provider.slug not in known]
    return (*real, *rest, *(row for row in measured if row.simulated))


def _counterpart(standing: StandingFacts, reported: Sequence[StandingFacts]) -> StandingFacts | None:
    # A card does not state the mode of a competition; there the title alone must do.
    same = [
        row
        for row in reported
        if (row.kind, row.title) == (standing.kind, standing.title) and row.mode in {"", standing.mode}
    ]
    return max(same, key=lambda row: row.ranked_models, default=None)


def _measured_order(row: StandingFacts) -> tuple[bool, int, float, str]:
    rating = -float(row.rating) if row.rating is not None else 0.0
    if row.kind == "category":
        return row.rank is None, row.rank or 0, rating, row.title
    return row.rating is None, 0, rating, row.title
