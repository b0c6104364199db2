"""Who beats whom, and how often they met: two square maps over the models in board order."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from arena.boards.charts.chart import Chart
from arena.rating.tallies import Counts, Tallies

CELL_PX = 22
FRAME_PX = 190
ENOUGH_BATTLES = 10


def win_rate_chart(tallies: Tallies, order: Sequence[str], names: Mapping[str, str]) -> Chart | None:
    """The row model's share of points against the column's, ties half; None before any battle."""
    met, points = _met(tallies, order), _points(tallies, order)
    if not met.any():
        return None
    shares = [
        [round(float(points[i, j] / met[i, j]), 4) if met[i, j] else None for j in range(len(order))]
        for i in range(len(order))
    ]
    labels = [names[slug] for slug in order]
    figure = _map(labels, shares, "balance", "%{y} against %{x}: %{z:.0%} of points<extra></extra>")
    figure["data"][0] |= {"zmin": 0, "zmax": 1, "colorbar": {"tickformat": ".0%", "thickness": 10}}
    return Chart(
        name="win-rates",
        title=_widest(met, points, labels),
        note="The row model's share of points against the column model; a tie is half a point to each.",
        figure=figure,
        columns=("Model", "Against", "Share of points", "Battles"),
        rows=tuple(
            (labels[i], labels[j], shares[i][j], int(met[i, j]))
            for i in range(len(order))
            for j in range(len(order))
            if met[i, j]
        ),
    )


def battles_chart(tallies: Tallies, order: Sequence[str], names: Mapping[str, str]) -> Chart | None:
    """How often each pair met; None before any battle."""
    met = _met(tallies, order)
    if not met.any():
        return None
    labels = [names[slug] for slug in order]
    counts = [[int(met[i, j]) if i != j else None for j in range(len(order))] for i in range(len(order))]
    figure = _map(labels, counts, "rising", "%{y} and %{x}: %{z} battles<extra></extra>")
    figure["data"][0] |= {"zmin": 0, "colorbar": {"thickness": 10}}
    pairs = [(i, j) for i in range(len(order)) for j in range(i + 1, len(order))]
    return Chart(
        name="battles",
        title=_coverage(met),
        note="Battles of each pair, either side first. An empty cell is a pair that never met.",
        figure=figure,
        columns=("Model", "Model", "Battles"),
        rows=tuple((labels[i], labels[j], int(met[i, j])) for i, j in pairs),
    )


def _places(tallies: Tallies, order: Sequence[str]) -> tuple[np.ndarray, ...]:
    place = {slug: index for index, slug in enumerate(tallies.models)}
    chosen = [place[slug] for slug in order]
    return np.ix_(chosen, chosen)


def _met(tallies: Tallies, order: Sequence[str]) -> Counts:
    counts: Counts = (tallies.wins + tallies.wins.T + tallies.ties)[_places(tallies, order)]
    return counts


def _points(tallies: Tallies, order: Sequence[str]) -> np.ndarray:
    points: np.ndarray = tallies.scores[_places(tallies, order)]
    return points


def _map(labels: list[str], cells: Sequence[Sequence[float | None]], role: str, hover: str) -> dict[str, Any]:
    trace = {
        "type": "heatmap",
        "x": labels,
        "y": labels,
        "z": [list(row) for row in cells],
        "hoverongaps": False,
        "hovertemplate": hover,
        "xgap": 1,
        "ygap": 1,
        "meta": {"role": role},
    }
    side = FRAME_PX + CELL_PX * len(labels)
    layout = {
        "height": side,
        "xaxis": {"side": "bottom", "tickangle": -60, "showgrid": False},
        "yaxis": {"autorange": "reversed", "showgrid": False},
    }
    return {"data": [trace], "layout": layout}


def _widest(met: Counts, points: np.ndarray, labels: Sequence[str]) -> str:
    shares = np.where(met >= ENOUGH_BATTLES, points / np.maximum(met, 1), 0.0)
    i, j = divmod(int(np.argmax(shares)), len(labels))
    if not shares[i, j]:
        return f"No pair has {ENOUGH_BATTLES} battles yet"
    return f"The clearest pair: {labels[i]} took {shares[i, j]:.0%} of {met[i, j]} battles with {labels[j]}"


def _coverage(met: Counts) -> str:
    upper = met[np.triu_indices(len(met), k=1)]
    if (upper > 0).all():
        return f"All {len(upper)} pairs have met, each at least {upper.min()} times"
    return f"{int((upper > 0).sum())} of {len(upper)} pairs have met"
