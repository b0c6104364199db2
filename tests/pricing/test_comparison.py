"""Which endpoint is the cheapest for a size, and where that changes."""

from decimal import Decimal

import pytest

from providers.pricing import Size
from providers.pricing.starting import CostCurve, PricedEndpoint, cheapest_at, cheapest_spans, cost_curves
from tests.pricing.test_schemes import ALIBABA_IMPORTED, ALIBABA_Z, BANANA_FAL, DALL_E_3, FAL_Z, FLUX_EDIT

SIZES = [Size(width_px=side, height_px=side) for side in range(512, 2049, 64)]


def offers(**prices) -> list[PricedEndpoint]:
    return [PricedEndpoint(key=key, mode="text-to-image", prices=tuple(listed)) for key, listed in prices.items()]


def names(tariffs: tuple[CostCurve, ...]) -> list[str]:
    return [" ".join([one.key, *(f"{key}={value}" for key, value in one.parameters)]) for one in tariffs]


def test_every_tariff_of_an_endpoint_is_compared() -> None:
    found = cost_curves(offers(fal=FAL_Z, alibaba=ALIBABA_Z), SIZES)
    assert names(found) == [
        "fal",
        "fal enable_prompt_expansion=True",
        "alibaba prompt_extend=False",
        "alibaba prompt_extend=True",
    ]


def test_a_price_by_megapixel_crosses_a_flat_one_at_three_megapixels() -> None:
    found = cost_curves(offers(fal=FAL_Z, alibaba=ALIBABA_Z), SIZES)
    assert [(names(span.curves), span.crosses_at) for span in cheapest_spans(found, SIZES)] == [
        (["fal"], 0),
        (["alibaba prompt_extend=False"], 3_000_000),
    ]


def test_with_the_surcharge_it_crosses_at_two_and_a_half() -> None:
    found = cost_curves(offers(fal=FAL_Z, alibaba=ALIBABA_Z), SIZES)
    pair = (found[1], found[2])
    assert [span.crosses_at for span in cheapest_spans(pair, SIZES)] == [0, 2_500_000]


def test_within_the_largest_picture_the_dearer_flat_price_is_never_reached() -> None:
    found = cost_curves(offers(fal=FAL_Z, alibaba=ALIBABA_Z), SIZES)
    assert [len(cheapest_spans((one, found[3]), SIZES)) for one in found[:2]] == [1, 1]
    assert max(found[1].costs_usd) == Decimal("0.02347152")


def test_prices_without_stated_conditions_are_no_tariff() -> None:
    assert cost_curves(offers(alibaba=ALIBABA_IMPORTED), SIZES) == ()


@pytest.mark.parametrize(("place", "expected"), [(0, []), (8, ["dalle quality=standard"])])
def test_where_no_cost_is_known_nothing_is_the_cheapest(place, expected) -> None:
    found = cost_curves(offers(dalle=DALL_E_3), SIZES)
    assert names(cheapest_at(found, place)) == expected


def test_equal_costs_are_all_the_cheapest() -> None:
    found = cost_curves(offers(a=BANANA_FAL[:4], b=BANANA_FAL[:4]), SIZES)
    assert [names(span.curves) for span in cheapest_spans(found, SIZES)] == [["a", "b"]]


def test_an_edit_is_compared_with_one_picture_sent_along() -> None:
    edit = PricedEndpoint(key="flux", mode="image-edit", prices=tuple(FLUX_EDIT))
    (found,) = cost_curves([edit], [Size(width_px=1024, height_px=1024)])
    assert found.costs_usd == (Decimal("0.022"),)
