"""What one picture costs by size, as table and chart, and how prices changed. No queries."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from arena.boards.charts.chart import Chart, series_role
from lumenboard.facts.figures import PriceEpoch
from lumenboard.facts.types import ModelFacts
from lumenboard.formatting import mode_label, price_text, usd_exact
from providers.pricing import Size
from providers.pricing.starting import (
    CheapestSpan,
    CostCurve,
    PricedEndpoint,
    cheapest_at,
    cheapest_spans,
    cost_curves,
)
from providers.sheet import Json

Piece = dict[str, Any]
SHOWN_SIDES_PX: Final = (512, 1024, 1536, 2048)
STEP_PX: Final = 64
CHART_HEIGHT_PX: Final = 320
MOST_LINES: Final = 8
DASHES: Final = ("solid", "dot", "dash", "dashdot")


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Tariffs of a model in one mode at squares of growing size."""

    model: str
    mode: str
    sizes: tuple[Size, ...]
    tariffs: tuple[CostCurve, ...]
    providers: dict[str, str]

    @property
    def spans(self) -> tuple[CheapestSpan, ...]:
        """The cheapest, from the smallest picture to the largest."""
        return cheapest_spans(self.tariffs, self.sizes)


def compare(facts: ModelFacts, mode: str) -> Comparison:
    """`mode` "" means the first of the model's modes that anyone serves."""
    served = {one for endpoint in facts.endpoints for one in endpoint.modes}
    mode = mode or next((one for one in facts.specs.modes if one in served), "")
    highest = min(facts.specs.max_width_px or SHOWN_SIDES_PX[-1], facts.specs.max_height_px or SHOWN_SIDES_PX[-1])
    sides = range(SHOWN_SIDES_PX[0], min(highest, SHOWN_SIDES_PX[-1]) + 1, STEP_PX)
    sizes = tuple(Size(width_px=side, height_px=side) for side in sides)
    offers = [PricedEndpoint(key=one.key, mode=mode, prices=one.prices) for one in facts.endpoints if mode in one.modes]
    return Comparison(
        model=facts.identity.name,
        mode=mode,
        sizes=sizes,
        tariffs=cost_curves(offers, sizes),
        providers={one.key: one.provider.name for one in facts.endpoints},
    )


def size_table(found: Comparison) -> Piece:
    """Rows per tariff at a few sizes; the least of each size is marked unless all cost the same."""
    places = [place for place, size in enumerate(found.sizes) if size.width_px in SHOWN_SIDES_PX]
    labels = {place: str(found.sizes[place]).replace("x", "×") for place in places}
    least = {place: _marked(found.tariffs, place) for place in places}
    return {
        "mode": mode_label(found.mode) if found.mode else "",
        "sizes": list(labels.values()),
        "finding": finding(found),
        "rows": [
            {
                "key": tariff.key,
                "provider": found.providers[tariff.key],
                "parameters": in_words(tariff.parameters),
                "costs": [
                    {"usd": tariff.costs_usd[place], "least": tariff in least[place], "size": labels[place]}
                    for place in places
                ],
            }
            for tariff in found.tariffs
        ],
    }


def finding(found: Comparison) -> str:
    """Who is the cheapest and up to which size, in a sentence."""
    named = [(span, _names(found, span.curves)) for span in found.spans]
    if not named:
        return ""
    if len(named) == 1:
        return f"{named[0][1]} {_verb(named[0][0])} the cheapest at every size"
    first = f"{named[0][1]} {_verb(named[0][0])} the cheapest up to {_megapixels(named[1][0].crosses_at)} megapixels"
    rest = [f"{names} from {_megapixels(span.crosses_at)}" for span, names in named[1:]]
    return ", ".join([first, *rest])


def cost_chart(found: Comparison) -> Chart | None:
    """Cost against megapixels, one line per tariff; None where one line would say nothing."""
    drawn = found.tariffs[:MOST_LINES]
    if len(drawn) < 2:
        return None
    roles = {key: series_role(place) for place, key in enumerate(dict.fromkeys(one.key for one in drawn))}
    layout = {
        "height": CHART_HEIGHT_PX,
        "xaxis": {"title": {"text": "Megapixels of the picture"}, "rangemode": "tozero", "showgrid": False},
        "yaxis": {"title": {"text": "Dollars for one picture"}, "tickprefix": "$", "rangemode": "tozero"},
        "showlegend": True,
        "margin": {"r": 16},
    }
    return Chart(
        name="cost",
        title=finding(found),
        note=f"One square picture, {mode_label(found.mode).lower()}, by every tariff whose conditions are stated.",
        figure={"data": [_line(found, one, roles) for one in drawn], "layout": layout},
        columns=("Size", "Megapixels", *(_label(one) for one in drawn)),
        rows=tuple(
            (str(size), _millions(size), *(_exact(one.costs_usd[place]) for one in drawn))
            for place, size in enumerate(found.sizes)
        ),
    )


def history_rows(epochs: Iterable[PriceEpoch]) -> list[Piece]:
    """Rows of the table of price changes."""
    return [
        {
            "key": epoch.endpoint_key,
            "price": price_text(epoch.price),
            "valid_from": epoch.price.valid_from,
            "valid_to": epoch.price.valid_to,
            "source_url": epoch.price.source_url or epoch.endpoint_source_url,
            "verified_on": epoch.price.verified_on,
        }
        for epoch in epochs
    ]


def in_words(parameters: Sequence[tuple[str, Json]]) -> str:
    """`prompt_extend false, quality hd`."""
    return ", ".join(f"{key} {str(value).lower() if isinstance(value, bool) else value}" for key, value in parameters)


def _marked(tariffs: Sequence[CostCurve], place: int) -> tuple[CostCurve, ...]:
    known = {one.costs_usd[place] for one in tariffs if one.costs_usd[place] is not None}
    return cheapest_at(tariffs, place) if len(known) > 1 else ()


def _names(found: Comparison, tariffs: Sequence[CostCurve]) -> str:
    names = list(dict.fromkeys(found.providers[one.key] for one in tariffs))
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _verb(span: CheapestSpan) -> str:
    return "is" if len({one.key.partition("/")[0] for one in span.curves}) == 1 else "are"


def _line(found: Comparison, tariff: CostCurve, roles: dict[str, str]) -> dict[str, Any]:
    """Tariffs of one endpoint share its colour and differ in their dashes."""
    own = [one for one in found.tariffs if one.key == tariff.key]
    return {
        "type": "scatter",
        "mode": "lines",
        "name": _label(tariff),
        "x": [_millions(size) for size in found.sizes],
        "y": [None if cost is None else float(cost) for cost in tariff.costs_usd],
        "line": {"dash": DASHES[own.index(tariff) % len(DASHES)]},
        "hovertemplate": f"{_label(tariff)}: $%{{y:.5f}} at %{{x:.2f}} MP<extra></extra>",
        "meta": {"role": roles[tariff.key]},
    }


def _label(tariff: CostCurve) -> str:
    return f"{tariff.key}, {in_words(tariff.parameters)}" if tariff.parameters else tariff.key


def _exact(cost_usd: Decimal | None) -> str | None:
    return None if cost_usd is None else usd_exact(cost_usd)


def _millions(size: Size) -> float:
    return size.pixels / 1_000_000


def _megapixels(pixels: int) -> str:
    return f"{pixels / 1_000_000:.3g}"
