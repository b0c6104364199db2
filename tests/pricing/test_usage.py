"""Counts of providers under their several names."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from providers.adapters.openai_images import _usage
from providers.pricing import Cost, PricingInput, Size, UnknownCost, compute_cost, usage_from
from providers.sheet import PriceSheet

MILLION = Decimal(1_000_000)
ENTERED = {"text_tokens": 50, "image_tokens": 1024}


def token(amount: str, direction: str, modality: str, **conditions: Any) -> PriceSheet:
    return PriceSheet(
        metric="token",
        amount_usd=Decimal(amount),
        unit_size=MILLION,
        direction=direction,
        conditions={"modality": modality, **conditions},
    )


TARIFF = (
    token("5", "input", "text"),
    token("1.25", "input", "text", cached=True),
    token("8", "input", "image"),
    token("2", "input", "image", cached=True),
    token("32", "output", "image"),
)
ASKED = PricingInput(size=Size(width_px=1024, height_px=1024), inputs=(Size(width_px=1024, height_px=1024),))
# 50 text and 1024 image tokens in, 4160 out
WHOLE = Decimal("0.00025") + Decimal("0.008192") + Decimal("0.13312")


def cost(usage: dict[str, Any]) -> Decimal:
    found = compute_cost(TARIFF, ASKED, usage_from(_usage(usage)))
    assert isinstance(found, Cost), found
    return found.total_usd


@pytest.mark.parametrize(
    "usage",
    [
        {"input_tokens": 1074, "output_tokens": 4160, "input_tokens_details": ENTERED},
        {"prompt_tokens": 1074, "completion_tokens": 4160, "prompt_tokens_details": ENTERED},
        {"prompt_tokens": 1074, "completion_tokens": 4160, "prompt_tokens_details": {"image_tokens": 1024}},
        {"input_tokens": 1074, "output_tokens": 4160, "input_token_details": {"text_tokens": 50}},
        {
            "input_tokens": 1074,
            "output_tokens": 4160,
            "input_tokens_details": ENTERED,
            "output_tokens_details": {"image_tokens": 4160, "text_tokens": 0},
        },
        {
            "prompt_tokens": 1074,
            "prompt_tokens_details": ENTERED,
            "completion_tokens": 4200,
            "completion_tokens_details": {"image_tokens": 4160},
        },
    ],
)
def test_every_spelling_costs_the_same(usage: dict[str, Any]) -> None:
    assert cost(usage) == WHOLE


@pytest.mark.parametrize(
    ("cached", "saved"),
    [
        ({"cached_tokens": 1000, "cached_tokens_details": {"image_tokens": 1000, "text_tokens": 0}}, "0.006"),
        ({"cached_tokens": 1000, "cached_tokens_details": {"image_tokens": 1000}}, "0.006"),
        ({"cached_tokens": 1000, "cached_image_tokens": 1000}, "0.006"),
        # nobody says of what: of text first, the rest can only be of the image
        ({"cached_tokens": 1000}, "0.0058875"),
        ({"cached_tokens": 20}, "0.000075"),
        ({"cached_tokens": 9999}, "0.0063315"),
    ],
)
def test_cached_tokens_are_those_of_the_image_where_they_are(cached: dict[str, Any], saved: str) -> None:
    usage = {"input_tokens": 1074, "output_tokens": 4160, "input_tokens_details": ENTERED | cached}
    assert cost(usage) == WHOLE - Decimal(saved)


@pytest.mark.parametrize("usage", [{}, {"total_tokens": 4210}, {"input_tokens": 50}, {"input_tokens": "x"}])
def test_what_was_not_counted_is_not_free(usage: dict[str, Any]) -> None:
    assert not isinstance(compute_cost(TARIFF, ASKED, usage_from(_usage(usage))), Cost)


TABLE = tuple(
    PriceSheet(metric="image", amount_usd=Decimal(amount), conditions={"quality": quality, "size": "1024x1024"})
    for quality, amount in (("low", "0.009"), ("medium", "0.034"), ("high", "0.133"))
)
BOTH = (*TARIFF, *TABLE)


def drawn(quality: str | None = "medium", prices: tuple[PriceSheet, ...] = BOTH, **usage: int) -> Cost | UnknownCost:
    request = PricingInput(
        size=Size(width_px=1024, height_px=1024), text_tokens=0, parameters={"quality": quality} if quality else {}
    )
    return compute_cost(prices, request, usage_from(_usage(usage)) if usage else None)


def test_a_price_published_by_tokens_and_as_a_table_counts_once() -> None:
    before, after = drawn(), drawn(input_tokens=50, output_tokens=1056)
    assert isinstance(before, Cost)
    assert isinstance(after, Cost)
    # the table beforehand; what was counted, in and out, once it is over
    assert before.total_usd == Decimal("0.034")
    assert after.total_usd == Decimal("0.00025") + Decimal("0.033792")
    assert {part.metric for part in after.parts} == {"token"}


def test_a_count_of_what_went_in_alone_leaves_the_table() -> None:
    found = drawn(input_tokens=50)
    assert isinstance(found, Cost)
    assert found.total_usd == Decimal("0.00025") + Decimal("0.034")


def test_where_the_table_leaves_the_price_open_its_dearest_is_the_bound() -> None:
    found = drawn(quality=None)
    assert isinstance(found, UnknownCost)
    assert found.at_most_usd == Decimal("0.133")


def test_tokens_of_a_picture_that_the_source_states_stand_in_for_a_table_that_has_no_row() -> None:
    stated = tuple(
        replace(price, units_per_image=Decimal(1056)) if price.direction == "output" else price for price in TARIFF
    )
    found = drawn("max", (*stated, *TABLE))
    assert isinstance(found, Cost)
    assert found.total_usd == Decimal("0.033792")


def test_pictures_and_megapixels_and_tokens_of_text_still_add_up() -> None:
    text = token("10", "output", "text")
    further = PriceSheet(metric="megapixel", amount_usd=Decimal("0.01"), pixels_per_megapixel=1048576)
    found = drawn("medium", (*TABLE, further, text), input_tokens=50, output_tokens=10)
    assert isinstance(found, Cost)
    assert {part.metric for part in found.parts} == {"image", "megapixel", "token"}
