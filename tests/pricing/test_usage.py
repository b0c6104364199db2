"""Counts of providers under their several names."""

from decimal import Decimal
from typing import Any

import pytest

from providers.adapters.openai_images import _usage
from providers.pricing import Cost, PricingInput, Size, compute_cost, usage_from
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
