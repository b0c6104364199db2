"""One request in unified words, laid out for every protocol: calls, what goes native, what is converted here."""

from decimal import Decimal

import pytest

from providers.adapters.registry import ADAPTERS
from providers.adapters.wire import InputImage
from providers.planning.call_plan import CallPlan, ImageRequest, Limits, plan_calls
from providers.planning.reading import foreign_names
from providers.pricing import Size, compute_cost
from providers.sheet import EndpointSheet, Named, ParameterSheet, PriceSheet

BOTH = ("text-to-image", "image-edit")
SOURCE = InputImage(content=b"x", media_type="image/png", size=Size(width_px=800, height_px=600))


def native(name: str, *values, **more) -> ParameterSheet:
    return ParameterSheet(name=name, group="additional", type="string", values=values, **more)


def endpoint(protocol: str, *rows: ParameterSheet, model: str = "m", style: str = "", prices=()) -> EndpointSheet:
    return EndpointSheet(
        key=f"{protocol}/m",
        provider=Named(slug=protocol, name=protocol),
        provider_model_id=model,
        modes=BOTH,
        call_style=style,
        parameters=rows,
        prices=prices,
    )


def plan(protocol: str, request: ImageRequest | None = None, *rows: ParameterSheet, **more) -> CallPlan:
    at = endpoint(protocol, *rows, model=more.pop("model", "m"), style=more.pop("style", ""))
    return plan_calls(request or wish(), at, ADAPTERS[protocol], **more)


def wish(**changes) -> ImageRequest:
    return ImageRequest(**{"mode": "text-to-image", "prompt": "a boat", **changes})


@pytest.mark.parametrize(
    ("protocol", "style", "images", "calls"),
    [
        ("fal", "", 3, [3]),
        ("fal", "", 10, [4, 4, 2]),
        ("replicate", "", 3, [1, 1, 1]),
        ("dashscope", "", 2, [1, 1]),
        ("dashscope", "task", 6, [4, 2]),
        ("openai", "", 10, [10]),
    ],
)
def test_several_pictures_are_as_few_calls_as_can_be(protocol, style, images, calls) -> None:
    made = plan(protocol, wish(images=images, parameters={"seed": 7}), style=style)
    assert [order.images for order in made.orders] == calls
    assert [order.seed for order in made.orders] == list(range(7, 7 + len(calls)))
    assert made.price_order.images == images


@pytest.mark.parametrize("protocol", sorted(ADAPTERS))
@pytest.mark.parametrize("wanted", [None, "png", "jpeg", "gif", "webp", "avif"])
@pytest.mark.parametrize("quality", [None, 70])
def test_every_format_comes_out_of_every_protocol(protocol, wanted, quality) -> None:
    made = plan(protocol, wish(output_format=wanted, output_quality=quality))
    drawn = made.orders[0].output_format
    delivered = made.convert_to or (wanted if drawn == wanted else drawn)
    assert delivered == (wanted or "png")
    if quality is not None and wanted in {"jpeg", "webp", "avif"}:
        is_native = made.orders[0].output_quality == quality
        assert is_native != (made.convert_to == wanted and made.quality == quality)
    if made.convert_to:
        assert drawn == "png"


@pytest.mark.parametrize(("said", "notices"), [(80, 1), (70, 0)])
def test_a_providers_own_number_for_quality_goes_before_the_unified_one_and_says_so(said, notices) -> None:
    asked = wish(output_format="jpeg", output_quality=70, parameters={"output_quality": said})
    row = ParameterSheet(name="output_quality", group="output", type="integer")
    made = plan("replicate", asked, row)
    assert made.orders[0].parameters == {"output_quality": said}
    told = [notice.message for notice in made.notices]
    assert told == ["output_compression: 70 was asked for, left out: output_quality says 80 in its place"][:notices]


def test_a_picture_without_a_size_has_the_standard_one() -> None:
    assert str(plan("fal").orders[0].size) == "1024x1024"


def test_an_edit_without_a_size_leaves_it_to_the_provider_and_is_priced_by_its_source() -> None:
    made = plan("fal", wish(mode="image-edit", inputs=(SOURCE,)))
    assert made.orders[0].size is None
    assert str(made.price_order.size) == "800x600"
    assert made.price_order.inputs == (SOURCE.size,)


def test_sizes_an_endpoint_lists_are_the_only_ones_it_gets() -> None:
    rows = native("size", "1024x1024", "1536x1024", "auto")
    assert str(plan("openai", wish(parameters={"size": "16:9"}), rows).orders[0].size) == "1536x1024"


def test_an_endpoint_with_ratios_and_tiers_is_asked_in_its_own_words() -> None:
    rows = (native("aspect_ratio", "1:1", "16:9"), native("resolution", "1K", "2K"))
    order = plan("replicate", wish(parameters={"size": "2000x1100"}), *rows).orders[0]
    assert order.size is None
    assert dict(order.parameters) == {"aspect_ratio": "16:9", "resolution": "2K"}


def test_no_picture_is_larger_than_the_model_draws() -> None:
    limits = Limits(width_px=1440, height_px=1440)
    assert str(plan("fal", wish(parameters={"size": "2880x1440"}), limits=limits).orders[0].size) == "1440x720"


def test_unknown_words_pass_and_those_of_other_providers_do_not() -> None:
    declared = [
        native("go_fast", only_through="replicate"),
        native("acceleration", only_through="fal"),
        native("steps"),
    ]
    ends = [endpoint("fal"), endpoint("replicate")]
    foreign = foreign_names(ends[0], ends, declared)
    assert foreign == {"go_fast"}
    given = {"go_fast": True, "acceleration": "high", "steps": 8, "brand_new": 1, "quality": "hd", "user": "u"}
    made = plan("fal", wish(parameters=given), declared=declared, foreign=foreign)
    assert set(made.orders[0].parameters) == {"acceleration", "steps", "brand_new", "user"}


def test_old_names_of_quality_become_today_s() -> None:
    made = plan("openai", wish(parameters={"quality": "hd"}), native("quality"), model="gpt-image-1.5")
    assert made.orders[0].parameters["quality"] == "high"


def test_gpt_image_draws_jpeg_by_itself() -> None:
    made = plan("openai", wish(output_format="jpeg"), model="gpt-image-1")
    assert (made.orders[0].output_format, made.convert_to) == ("jpeg", None)


def test_a_price_by_parameter_is_known_from_the_endpoint_s_default() -> None:
    rows = ParameterSheet(name="prompt_extend", group="additional", type="boolean", default=False)
    prices = (
        PriceSheet(metric="image", amount_usd=Decimal("0.015"), conditions={"prompt_extend": False}),
        PriceSheet(metric="image", amount_usd=Decimal("0.030"), conditions={"prompt_extend": True}),
    )
    for given, total in (({}, "0.015"), ({"prompt_extend": True}, "0.03")):
        made = plan("dashscope", wish(parameters=given), rows)
        assert str(compute_cost(prices, made.price_order).total_usd) == total
    assert plan("dashscope", wish(), rows).orders[0].parameters == {}
