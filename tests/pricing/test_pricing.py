"""Costs and starting prices, case by case."""

from decimal import Decimal

import pytest

from providers.pricing import Cost, PricingInput, Size, UnknownCost, compute_cost, price_tier, starting_price
from providers.sheet import EndpointSheet, Named, PriceSheet

FAL = PriceSheet(metric="megapixel", amount_usd=Decimal("0.005"))
ALIBABA = (
    PriceSheet(metric="image", amount_usd=Decimal("0.015"), condition_stated=False),
    PriceSheet(metric="image", amount_usd=Decimal("0.030"), condition_stated=False),
)
BY_QUALITY = tuple(
    PriceSheet(metric="image", amount_usd=Decimal(amount), conditions={"quality": quality})
    for quality, amount in (("low", "0.009"), ("medium", "0.034"), ("high", "0.133"))
)
FLUX = tuple(
    PriceSheet(
        metric="megapixel",
        amount_usd=Decimal("0.011"),
        direction=direction,
        rounding="up",
        pixels_per_megapixel=1024 * 1024,
    )
    for direction in ("output", "input")
)


def make_order(width=1024, height=1024, **changes):
    return PricingInput(size=Size(width_px=width, height_px=height), **changes)


def make_endpoint(key, *prices, modes=("text-to-image",), is_enabled=True):
    provider = Named(slug=key.split("/")[0], name=key.split("/")[0])
    return EndpointSheet(
        key=key, provider=provider, provider_model_id="m", modes=modes, prices=prices, is_enabled=is_enabled
    )


def total(prices, order):
    cost = compute_cost(prices, order)
    assert isinstance(cost, Cost), cost
    return cost.total_usd


@pytest.mark.parametrize(
    ("prices", "order", "expected"),
    [
        ([FAL], make_order(), "0.00524288"),
        ([FAL], make_order(2048, 2048), "0.02097152"),
        ([FAL], make_order(2000, 1500), "0.015"),
        ([FAL], make_order(images=3), "0.01572864"),
        ([PriceSheet(metric="image", amount_usd=Decimal("0.04"))], make_order(images=2), "0.08"),
        ([PriceSheet(metric="request", amount_usd=Decimal("0.04"))], make_order(images=2), "0.04"),
        ([PriceSheet(metric="image", amount_usd=Decimal(40), unit_size=Decimal(1000))], make_order(), "0.04"),
        ([PriceSheet(metric="megapixel", amount_usd=Decimal("0.01"), rounding="up")], make_order(), "0.02"),
        ([PriceSheet(metric="megapixel", amount_usd=Decimal("0.01"), rounding="nearest")], make_order(), "0.01"),
        (
            [PriceSheet(metric="megapixel", amount_usd=Decimal("0.01"), minimum=Decimal(1))],
            make_order(512, 512),
            "0.01",
        ),
        (FLUX, make_order(), "0.011"),
        (FLUX, make_order(1025, 1024, inputs=(Size(width_px=64, height_px=64),)), "0.033"),
        (BY_QUALITY, make_order(parameters={"quality": "medium"}), "0.034"),
    ],
)
def test_a_cost_is_exact(prices, order, expected):
    assert total(prices, order) == Decimal(expected)


@pytest.mark.parametrize(
    ("prices", "order", "reason"),
    [
        ([], make_order(), "no price is known"),
        (ALIBABA, make_order(), "without saying when"),
        (BY_QUALITY, make_order(), "depends on quality"),
        (BY_QUALITY, make_order(parameters={"quality": "ultra"}), "no price is stated for quality ultra"),
        ([PriceSheet(metric="token", amount_usd=Decimal(1))], make_order(), "by token"),
        ([PriceSheet(metric="second", amount_usd=Decimal(1))], make_order(), "by second"),
        (
            [FAL, PriceSheet(metric="token", amount_usd=Decimal(1), conditions={"modality": "text"})],
            make_order(),
            "by token",
        ),
        (
            [PriceSheet(metric="image", amount_usd=Decimal(1), conditions={"size": "512x512"})],
            make_order(),
            "size 1024x1024",
        ),
    ],
)
def test_what_cannot_be_known_is_unknown_with_its_reason(prices, order, reason):
    cost = compute_cost(prices, order)
    assert isinstance(cost, UnknownCost)
    assert reason in cost.reason


def test_a_price_for_a_size_comes_before_the_price_for_any_size():
    prices = [
        PriceSheet(metric="image", amount_usd=Decimal("0.06")),
        PriceSheet(metric="image", amount_usd=Decimal("0.04"), conditions={"size": "1024x1024"}),
    ]
    assert total(prices, make_order()) == Decimal("0.04")
    assert total(prices, make_order(1536, 1024)) == Decimal("0.06")


def test_a_surcharge_is_added_only_where_its_parameter_is_set():
    surcharge = PriceSheet(metric="request", amount_usd=Decimal("0.0025"), conditions={"expand": True})
    assert total([FAL, surcharge], make_order()) == Decimal("0.00524288")
    assert total([FAL, surcharge], make_order(parameters={"expand": True})) == Decimal("0.00774288")
    assert total([FAL, surcharge], make_order(parameters={"expand": 1})) == Decimal("0.00524288")


def test_the_breakdown_adds_up_and_shows_what_was_billed():
    cost = compute_cost(FLUX, make_order(1025, 1024, inputs=(Size(width_px=64, height_px=64),)))
    assert sum(part.total_usd for part in cost.parts) == cost.total_usd
    assert [(part.direction, part.billed) for part in cost.parts] == [("output", 2), ("input", 1)]


def test_megapixel_and_image_prices_cross_at_three_megapixels():
    image = [PriceSheet(metric="image", amount_usd=Decimal("0.015"))]
    assert total([FAL], make_order(1999, 1500)) < total(image, make_order(1999, 1500))
    assert total([FAL], make_order(2000, 1500)) == total(image, make_order(2000, 1500))
    assert total([FAL], make_order(2001, 1500)) > total(image, make_order(2001, 1500))
    assert total([FAL], make_order(2048, 2048)) < Decimal("0.030")


def test_the_starting_price_names_its_size_and_every_endpoint_that_charges_it():
    endpoints = [make_endpoint("fal/z", FAL), make_endpoint("alibaba/z", *ALIBABA), make_endpoint("replicate/z", FAL)]
    price = starting_price(endpoints)
    assert (price.amount_usd, str(price.size)) == (Decimal("0.00524288"), "1024x1024")
    assert price.endpoint_keys == ("fal/z", "replicate/z")


def test_which_endpoint_is_cheapest_depends_on_the_size():
    endpoints = [
        make_endpoint("fal/z", FAL),
        make_endpoint("b/z", PriceSheet(metric="image", amount_usd=Decimal("0.015"))),
    ]
    assert starting_price(endpoints).endpoint_keys == ("fal/z",)
    assert starting_price(endpoints, 2048, 2048).endpoint_keys == ("b/z",)


def test_a_starting_price_says_which_parameters_it_needs_and_is_never_a_batch_discount():
    batch = PriceSheet(metric="image", amount_usd=Decimal("0.004"), conditions={"batch": True})
    price = starting_price([make_endpoint("a/m", *BY_QUALITY, batch)])
    assert (price.amount_usd, price.parameters) == (Decimal("0.009"), (("quality", "low"),))


def test_an_edit_is_priced_with_the_picture_that_is_sent_along():
    endpoint = make_endpoint("a/m", *FLUX, modes=("image-edit",))
    assert starting_price([endpoint]) is None
    assert starting_price([endpoint], mode="image-edit").amount_usd == Decimal("0.022")


def test_a_disabled_endpoint_sets_no_price():
    assert starting_price([make_endpoint("fal/z", FAL, is_enabled=False)]) is None


@pytest.mark.parametrize(
    ("amount", "tier"),
    [("0.01", "$"), ("0.015", "$$"), ("0.03", "$$"), ("0.065", "$$$"), ("0.08", "$$$"), ("0.084", "$$$$")],
)
def test_price_tiers(amount, tier):
    assert price_tier(Decimal(amount)) == tier
