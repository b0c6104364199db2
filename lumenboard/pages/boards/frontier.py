"""Quality against price and against latency: who is on the frontier, and which others are beaten. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log10
from typing import Any, Final

from arena.boards.charts.chart import Chart, log_ticks
from arena.boards.claims import ON_THIS

HEIGHT_PX: Final = 420
# every model is weighed against every other
MOST_DRAWN: Final = 300
WORDS: Final = {"frontier": "on the frontier", "below": "rated lower, undecided", "beaten": "beaten"}
ROLES: Final = {"frontier": "accent", "below": "series-8", "beaten": "series-2"}
SYMBOLS: Final = {"frontier": "circle", "below": "circle-open", "beaten": "x-thin-open"}
Better = Callable[[str, str], bool]


@dataclass(frozen=True, kw_only=True)
class Offer:
    """One model: its rating with interval, and what one picture costs in the chart's other unit."""

    slug: str
    name: str
    rating: float
    lower: float
    upper: float
    cost: float


@dataclass(frozen=True)
class Placed:
    """An offer with its place: frontier, below or beaten; `by` is the highest rated one that puts it there."""

    offer: Offer
    place: str
    by: str = ""


@dataclass(frozen=True, kw_only=True)
class Axis:
    """What a picture costs: dollars or seconds. `word` ends "for its …"."""

    name: str
    title: str
    word: str
    prefix: str = ""
    suffix: str = ""
    note: str = ""


def placed(offers: Sequence[Offer], better: Better) -> tuple[Placed, ...]:
    """Cheapest first. `better(a, b)`: whether it is decided that a is better than b, whatever their ratings now."""
    return tuple(_placed(offer, offers, better) for offer in sorted(offers, key=lambda one: (one.cost, -one.rating)))


def _placed(offer: Offer, offers: Sequence[Offer], better: Better) -> Placed:
    """A rival costs no more and is not the same offer."""
    rivals = [one for one in offers if one.slug != offer.slug and one.cost <= offer.cost]
    for place, ahead in (
        ("beaten", [one for one in rivals if better(one.slug, offer.slug)]),
        ("below", [one for one in rivals if one.rating > offer.rating]),
    ):
        if ahead:
            return Placed(offer, place, max(ahead, key=lambda one: one.rating).name)
    return Placed(offer, "frontier")


def frontier_chart(
    offers: Sequence[Offer], better: Better, axis: Axis, left_out: int, scope: str = ON_THIS
) -> Chart | None:
    """None with fewer than two offers; `left_out` models of the board have no figure on the axis.

    `scope` is what the board's verdicts are about.
    """
    if len(offers) < 2:
        return None
    drawn = most_telling(offers)
    found = placed(drawn, better)
    front = [one for one in found if one.place == "frontier"]
    return Chart(
        name=axis.name,
        title=_finding(front, axis),
        note="Whiskers are the 95% intervals of the board. A model is beaten where one that costs no more is decided "
        f"to be better {scope}. On the frontier nothing that costs no more is rated higher. {_left_out(left_out)} "
        f"{_not_drawn(len(offers) - len(drawn))}{axis.note}".strip(),
        figure={"data": [*_points(found, axis), _line(front)], "layout": _layout(axis, drawn)},
        columns=("Model", axis.title, "Rating", "Lower", "Upper", "Place", "By"),
        rows=tuple(
            (
                *(one.offer.name, f"{axis.prefix}{one.offer.cost:.5g}", round(one.offer.rating, 2)),
                *(round(one.offer.lower, 2), round(one.offer.upper, 2), WORDS[one.place]),
                one.by or None,
            )
            for one in found
        ),
    )


def most_telling(offers: Sequence[Offer]) -> list[Offer]:
    """The highest rated, and those that are rated above all cheaper ones; who beats a model is among these."""
    highest = {one.slug for one in sorted(offers, key=lambda one: -one.rating)[:MOST_DRAWN]}
    best, found = float("-inf"), []
    for one in sorted(offers, key=lambda one: (one.cost, -one.rating)):
        if one.slug in highest or one.rating > best:
            found.append(one)
        best = max(best, one.rating)
    return found


def _not_drawn(models: int) -> str:
    return f"{models} models are not drawn: of each, one that costs no more is rated as high. " if models else ""


def _left_out(models: int) -> str:
    return (
        f"{models} models are left out because a figure is missing." if models else "Every model of the board is here."
    )


def _points(found: Sequence[Placed], axis: Axis) -> list[dict[str, Any]]:
    groups = ((place, [one.offer for one in found if one.place == place]) for place in WORDS)
    return [_group(place, held, axis) for place, held in groups if held]


def _group(place: str, held: Sequence[Offer], axis: Axis) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers+text" if place == "frontier" else "markers",
        "name": WORDS[place],
        "text": [offer.name for offer in held],
        "textposition": "top center",
        "x": [offer.cost for offer in held],
        "y": [round(offer.rating, 2) for offer in held],
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": [round(offer.upper - offer.rating, 2) for offer in held],
            "arrayminus": [round(offer.rating - offer.lower, 2) for offer in held],
            "thickness": 1,
            "width": 0,
        },
        "marker": {"symbol": SYMBOLS[place]},
        "hovertemplate": f"%{{text}}: {axis.prefix}%{{x}}{axis.suffix}, %{{y:.0f}}<extra>{WORDS[place]}</extra>",
        "meta": {"role": ROLES[place]},
    }


def _line(front: Sequence[Placed]) -> dict[str, Any]:
    """Steps along the frontier: for a price, the highest rating that it buys."""
    best, steps = float("-inf"), []
    for one in front:
        if one.offer.rating > best:
            best = one.offer.rating
            steps.append(one.offer)
    return {
        "type": "scatter",
        "mode": "lines",
        "name": "not beaten",
        "showlegend": False,
        "hoverinfo": "skip",
        "x": [offer.cost for offer in steps],
        "y": [round(offer.rating, 2) for offer in steps],
        "line": {"shape": "hv", "width": 1, "dash": "dot"},
        "meta": {"role": "accent"},
    }


def _layout(axis: Axis, offers: Sequence[Offer]) -> dict[str, Any]:
    low, high = _range_with_names([offer.cost for offer in offers])
    return {
        "height": HEIGHT_PX,
        "xaxis": {
            "title": {"text": f"{axis.title}, log scale"},
            "type": "log",
            **log_ticks(10**low, 10**high, axis.prefix, axis.suffix),
            "range": [low, high],
            "showgrid": False,
        },
        "yaxis": {"title": {"text": "Rating, Elo points"}},
        "showlegend": True,
        "margin": {"r": 16},
    }


def _range_with_names(costs: Sequence[float]) -> tuple[float, float]:
    """The ends of the axis as powers of ten, so far out that names above the outermost points stand within."""
    low, high = log10(min(costs)), log10(max(costs))
    margin = max(0.15 * (high - low), 0.1)
    return round(low - margin, 4), round(high + margin, 4)


def _finding(front: Sequence[Placed], axis: Axis) -> str:
    names = [one.offer.name for one in front]
    listed = names[0] if len(names) == 1 else f"{', '.join(names[:3])}{' and others' if len(names) > 3 else ''}"
    return f"Best value by {axis.word}: {listed}"
