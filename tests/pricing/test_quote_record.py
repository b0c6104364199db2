"""A quote that lay in a row charges to the digit what it would have charged at once."""

import json
from decimal import Decimal

import pytest

from providers.pricing import Delivery, PriceQuote, PricingInput, Size, quote_from_record, quote_to_record, usage_from
from providers.sheet import PriceSheet
from tests.pricing import test_schemes as schemes

TARIFFS = {name: tuple(value) for name, value in vars(schemes).items() if name.isupper() and isinstance(value, list)}
SQUARE = Size(width_px=1024, height_px=1024)
ORDERS = (
    PricingInput(size=SQUARE, images=3, parameters={"quality": "high", "prompt_extend": True, "batch": True}),
    PricingInput(size=SQUARE, inputs=(Size(width_px=1500, height_px=1000),), text_tokens=12, leaves_size=True),
)
CAME = (
    Delivery(pictures=2, sizes=(SQUARE, Size(width_px=1999, height_px=777))),
    Delivery(pictures=1, sizes=(), quality="low", stated_size=SQUARE, usage=usage_from({"output_tokens": 4161})),
)


@pytest.mark.parametrize("tariff", sorted(TARIFFS))
def test_what_came_costs_the_same_by_a_stored_quote(tariff: str) -> None:
    assert all(isinstance(price, PriceSheet) for price in TARIFFS[tariff])
    for order in ORDERS:
        quote = PriceQuote(TARIFFS[tariff], order)
        stored = quote_from_record(json.loads(json.dumps(quote_to_record(quote))))
        assert stored is not None
        assert stored.cost() == quote.cost()
        assert [stored.charge(came) for came in CAME] == [quote.charge(came) for came in CAME]


def test_every_field_that_decides_a_price_is_stored() -> None:
    price = PriceSheet(
        metric="token",
        amount_usd=Decimal("0.000000001"),
        direction="input",
        unit_size=Decimal("1.10"),
        rounding="up",
        minimum=Decimal("0.30"),
        pixels_per_megapixel=1,
        units_per_image=Decimal("20.70"),
        conditions={"style": ["a", "b"], "batch": False},
        condition_stated=False,
    )
    stored = quote_from_record(json.loads(json.dumps(quote_to_record(PriceQuote((price,), ORDERS[1])))))
    assert stored == PriceQuote((price,), ORDERS[1])


def test_a_row_of_before_has_none() -> None:
    assert quote_from_record(None) is None
