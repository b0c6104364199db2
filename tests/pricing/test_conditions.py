"""A condition with several values holds for any of them, in every place that knows conditions."""

from decimal import Decimal

import pytest

from lumenboard.formatting import price_text
from providers.catalogue.card.offers import _price
from providers.catalogue.checks import problems_in
from providers.pricing import Cost, PricingInput, Size, compute_cost, starting_price
from providers.pricing.choice import overlapping
from providers.sheet import Json, PriceSheet
from tests.catalogue.factories import make_endpoint_sheet

VECTOR: list[Json] = ["vector_illustration", "vector_illustration/bold_stroke"]


def image(amount: str, metric: str = "image", **conditions: Json) -> PriceSheet:
    return PriceSheet(metric=metric, amount_usd=Decimal(amount), conditions=conditions)


RECRAFT = (image("0.04"), image("0.08", style=VECTOR))


def total(prices: tuple[PriceSheet, ...], side: int = 1024, **parameters: Json) -> Decimal:
    cost = compute_cost(prices, PricingInput(size=Size(width_px=side, height_px=side), parameters=parameters))
    assert isinstance(cost, Cost), cost
    return cost.total_usd


@pytest.mark.parametrize(
    ("style", "expected"), [(VECTOR[0], "0.08"), (VECTOR[1], "0.08"), ("realistic_image", "0.04"), (None, "0.04")]
)
def test_a_list_of_values_holds_for_any_of_them(style: Json, expected: str) -> None:
    assert total(RECRAFT, **({} if style is None else {"style": style})) == Decimal(expected)


def test_sizes_and_tiers_may_be_lists_too() -> None:
    tariff = (image("0.04", size=["512x512", "1024×1024"]), image("0.09", size=["2048x2048"]))
    assert (total(tariff), total(tariff, 2048)) == (Decimal("0.04"), Decimal("0.09"))
    tiers = (image("0.08", resolution=["1k", "2K"]), image("0.16", resolution="4K"))
    assert (total(tiers, 2048), total(tiers, 512, resolution="2k"), total(tiers, 4096)) == (
        Decimal("0.08"),
        Decimal("0.08"),
        Decimal("0.16"),
    )
    assert total((image("0.01", fast=[True, 2]), image("0.02")), fast=1) == Decimal("0.02")


def problems(*prices: PriceSheet) -> list[str]:
    return [str(problem) for problem in problems_in(make_endpoint_sheet("fal/heron", prices=prices))]


def test_two_open_prices_that_could_hold_at_once_collide() -> None:
    told = problems(image("0.08", style=VECTOR), image("0.09", style=VECTOR[1]))
    assert len(told) == 1
    assert "image output style vector_illustration/bold_stroke" in told[0]
    assert len(problems(image("0.08", style=["a", "b"]), image("0.09", style=["b", "c"]))) == 1
    assert problems(image("0.08", style=["a", "b"]), image("0.09", style=["c", "d"]), image("0.04")) == []
    both = image("0.08", style=["a", "b"], quality="high"), image("0.09", style=["b"], quality=["low", "medium"])
    assert problems(*both) == []
    assert overlapping(image("0.1", size="1024x1024"), [image("0.2", size=["1024×1024"])])


def test_what_no_list_may_be_is_refused() -> None:
    assert "a list of the values of which any may hold" in problems(image("0.08", style=[]))[0]
    assert "tokens of each kind" in problems(image("5", "token", modality=["text", "image"]))[0]


def test_it_is_written_with_or_and_read_back() -> None:
    text = price_text(RECRAFT[1])
    assert text == "$0.080/image (style=vector_illustration or vector_illustration/bold_stroke)"
    assert _price("fal", text).conditions == {"style": VECTOR}


def test_starting_prices_try_every_value() -> None:
    prices = (image("0.09", style="realistic"), image("0.08", style=VECTOR))
    only = make_endpoint_sheet("fal/heron", modes=("text-to-image",), prices=prices)
    price = starting_price([only])
    assert price is not None
    assert (price.amount_usd, dict(price.parameters)) == (Decimal("0.08"), {"style": VECTOR[0]})
