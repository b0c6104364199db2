"""What holds of every cost, whatever the tariff."""

from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from providers.pricing import Cost, PricingInput, Size, compute_cost
from providers.sheet import DIRECTIONS, ROUNDINGS, PriceSheet

amounts = st.decimals(min_value=0, max_value=100, places=6)
sides = st.integers(min_value=1, max_value=8192)
sizes = st.builds(Size, width_px=sides, height_px=sides)
orders = st.builds(
    PricingInput,
    size=sizes,
    images=st.integers(min_value=1, max_value=10),
    inputs=st.lists(sizes, max_size=3).map(tuple),
)
prices = st.builds(
    PriceSheet,
    metric=st.sampled_from(["image", "request", "megapixel"]),
    amount_usd=amounts,
    direction=st.sampled_from(DIRECTIONS),
    unit_size=st.sampled_from([Decimal(1), Decimal(1000)]),
    rounding=st.sampled_from(ROUNDINGS),
    minimum=st.sampled_from([Decimal(0), Decimal(1)]),
    pixels_per_megapixel=st.sampled_from([1_000_000, 1024 * 1024]),
)
tariffs = st.lists(prices, min_size=1, max_size=4, unique_by=lambda price: (price.metric, price.direction))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tariffs, orders)
def test_the_parts_add_up_and_nothing_costs_less_than_nothing(tariff, order):
    cost = compute_cost(tariff, order)
    if isinstance(cost, Cost):
        assert cost.total_usd == sum(part.total_usd for part in cost.parts)
        assert all(part.total_usd >= 0 for part in cost.parts)


@given(amounts, sizes, st.integers(min_value=1, max_value=10))
def test_a_megapixel_price_is_exactly_proportional_to_pixels(amount, size, images):
    cost = compute_cost([PriceSheet(metric="megapixel", amount_usd=amount)], PricingInput(size=size, images=images))
    assert cost.total_usd * 1_000_000 == amount * size.pixels * images


@given(prices, orders)
def test_rounding_up_never_costs_less(price, order):
    def total(rounding):
        sheet = PriceSheet(
            metric="megapixel",
            amount_usd=price.amount_usd,
            rounding=rounding,
            pixels_per_megapixel=price.pixels_per_megapixel,
        )
        return compute_cost([sheet], order).total_usd

    assert total("up") >= total("none")
