"""Every scheme by which providers charge for pictures, with the prices they publish."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from providers.pricing import (
    Cost,
    PricingInput,
    Size,
    TokenCount,
    UnknownCost,
    Usage,
    compute_cost,
    estimate_for,
    in_force,
    usage_from,
)
from providers.sheet import PriceSheet

MIB_PIXEL = 1024 * 1024


def price(metric: str, amount: str, direction: str = "output", **changes) -> PriceSheet:
    conditions = changes.pop("when", {})
    return PriceSheet(metric=metric, amount_usd=Decimal(amount), direction=direction, conditions=conditions, **changes)


def tokens(amount: str, direction: str, modality: str, per_image: str | None = None, **when) -> PriceSheet:
    return price(
        "token",
        amount,
        direction,
        unit_size=Decimal(1_000_000),
        units_per_image=Decimal(per_image) if per_image else None,
        when={"modality": modality, **when},
    )


def tiers(amounts: dict[str, str]) -> list[PriceSheet]:
    return [price("image", amount, when={"resolution": tier}) for tier, amount in amounts.items()]


def matrix(key: str, rows: dict[str, tuple[str, str, str]]) -> list[PriceSheet]:
    sizes = ("1024x1024", "1024x1536", "1536x1024")
    return [
        price("image", amount, when={key: value, "size": size})
        for value, amounts in rows.items()
        for size, amount in zip(sizes, amounts, strict=True)
    ]


def order(side: int | tuple[int, int] = 1024, inputs: tuple[int, ...] = (), **changes) -> PricingInput:
    width, height = side if isinstance(side, tuple) else (side, side)
    sent = tuple(Size(width_px=one, height_px=one) for one in inputs)
    return PricingInput(size=Size(width_px=width, height_px=height), inputs=sent, **changes)


FAL_Z = [
    price("megapixel", "0.005"),
    price("request", "0.0025", when={"enable_prompt_expansion": True}),
]
ALIBABA_Z = [
    price("image", "0.015", when={"prompt_extend": False}),
    price("image", "0.030", when={"prompt_extend": True}),
]
ALIBABA_IMPORTED = [price("image", amount, condition_stated=False) for amount in ("0.015", "0.030")]
BANANA_FAL = [
    *tiers({"0.5K": "0.06", "1K": "0.08", "2K": "0.12", "4K": "0.16"}),
    price("request", "0.015", when={"web_search": True}),
]
BANANA_VERTEX = [
    tokens("60", "output", "image", "747", resolution="0.5K"),
    tokens("60", "output", "image", "1120", resolution="1K"),
    tokens("60", "output", "image", "1680", resolution="2K"),
    tokens("60", "output", "image", "2520", resolution="4K"),
    tokens("0.5", "input", "text"),
]
GEMINI_PRO = [
    tokens("120", "output", "image", "1120", resolution="1K"),
    tokens("120", "output", "image", "1120", resolution="2K"),
    tokens("120", "output", "image", "2000", resolution="4K"),
    tokens("2", "input", "text"),
    tokens("0.2", "input", "text", cached=True),
    tokens("1", "input", "text", batch=True),
    tokens("2", "input", "image", "560"),
]
GPT_IMAGE_2 = [
    tokens("5", "input", "text"),
    tokens("1.25", "input", "text", cached=True),
    tokens("8", "input", "image"),
    tokens("10", "output", "text"),
    tokens("30", "output", "image"),
]
GPT_IMAGE_2_FLAT = matrix(
    "quality",
    {"low": ("0.006", "0.005", "0.005"), "medium": ("0.053", "0.041", "0.041"), "high": ("0.211", "0.165", "0.165")},
)
GPT_IMAGE_15 = matrix(
    "quality",
    {"low": ("0.009", "0.013", "0.013"), "medium": ("0.034", "0.051", "0.050"), "high": ("0.133", "0.200", "0.199")},
)
DALL_E_3 = [
    price("image", amount, when={"quality": quality, "size": size})
    for quality, size, amount in (
        ("standard", "1024x1024", "0.04"),
        ("standard", "1024x1792", "0.08"),
        ("hd", "1024x1024", "0.08"),
        ("hd", "1024x1792", "0.12"),
    )
]
FLUX_EDIT = [
    price("megapixel", "0.011", direction, rounding="up", pixels_per_megapixel=MIB_PIXEL)
    for direction in ("output", "input")
]
SD35_FAL, SD35_REPLICATE = [price("megapixel", "0.065")], [price("image", "0.065")]
VEO = [
    price("second", amount, when={"audio": audio, "resolution": tier})
    for tier, audio, amount in (
        ("1080P", True, "0.08"),
        ("720P", True, "0.05"),
        ("1080P", False, "0.05"),
        ("720P", False, "0.03"),
    )
]
KLING = [price("second", "0.084", when={"mode": "std"}), price("second", "0.126", when={"mode": "pro"})]
UPSCALER = [price("second", "0.000725", units_per_image=Decimal("20.7"))]
CRISP = [price("image", "0.004")]
GEMINI_BATCH = [price("image", "0.134"), price("image", "0.067", when={"batch": True})]


@pytest.mark.parametrize(
    ("prices", "given", "expected"),
    [
        pytest.param(FAL_Z, order(), "0.00524288", id="megapixel, not an image"),
        pytest.param(FAL_Z, order(2048), "0.02097152", id="megapixel at the largest size stays under 0.030"),
        pytest.param(FAL_Z, order((2000, 1500)), "0.015", id="megapixel meets a flat price at three"),
        pytest.param(
            FAL_Z,
            order((2000, 1250), parameters={"enable_prompt_expansion": True}),
            "0.015",
            id="at 2.5 with surcharge",
        ),
        pytest.param(ALIBABA_Z, order(parameters={"prompt_extend": False}), "0.015", id="parameter chooses the price"),
        pytest.param(ALIBABA_Z, order(parameters={"prompt_extend": True}), "0.03", id="the dearer of two"),
        pytest.param(BANANA_FAL, order(512), "0.06", id="tier by size, smallest"),
        pytest.param(BANANA_FAL, order((1365, 768)), "0.08", id="tier by pixels, not by side"),
        pytest.param(BANANA_FAL, order((2731, 1536)), "0.12", id="2K of another ratio"),
        pytest.param(BANANA_FAL, order(4096), "0.16", id="4K"),
        pytest.param(BANANA_FAL, order(parameters={"resolution": "4k"}), "0.16", id="a stated tier beats the size"),
        pytest.param(BANANA_FAL, order(parameters={"web_search": True}), "0.095", id="surcharge by parameter"),
        pytest.param(BANANA_VERTEX, order(512, text_tokens=0), "0.04482", id="tokens stated per picture"),
        pytest.param(BANANA_VERTEX, order(1024, text_tokens=100), "0.06725", id="prompt tokens beside"),
        pytest.param(GEMINI_PRO, order(text_tokens=0), "0.1344", id="1,120 tokens"),
        pytest.param(GEMINI_PRO, order(4096, text_tokens=0), "0.24", id="2,000 tokens at 4K"),
        pytest.param(GEMINI_PRO, order(inputs=(1024,), text_tokens=0), "0.13552", id="an input picture of 560 tokens"),
        pytest.param(
            GEMINI_PRO, order(text_tokens=1_000_000, parameters={"batch": True}), "1.1344", id="batch price of text"
        ),
        pytest.param(
            GPT_IMAGE_2_FLAT, order((1024, 1536), parameters={"quality": "high"}), "0.165", id="size × quality"
        ),
        pytest.param(GPT_IMAGE_15, order((1536, 1024), parameters={"quality": "medium"}), "0.05", id="quality 1.5"),
        pytest.param(DALL_E_3, order((1024, 1792), parameters={"quality": "hd"}), "0.12", id="named quality"),
        pytest.param(FLUX_EDIT, order((1025, 1024), inputs=(64, 1500)), "0.066", id="MP in and out, each rounded up"),
        pytest.param(SD35_FAL, order(), "0.06815744", id="megapixel"),
        pytest.param(SD35_REPLICATE, order(), "0.065", id="image"),
        pytest.param(
            VEO, order(1080, parameters={"audio": True, "resolution": "1080p", "seconds": 8}), "0.64", id="per second"
        ),
        pytest.param(KLING, order(parameters={"mode": "pro", "duration": "5"}), "0.63", id="per second by mode"),
        pytest.param(UPSCALER, order(), "0.0150075", id="seconds of hardware as estimated"),
        pytest.param(CRISP, order(images=3), "0.012", id="per image, several"),
        pytest.param(GEMINI_BATCH, order(), "0.134", id="no batch unless asked"),
        pytest.param(GEMINI_BATCH, order(parameters={"batch": True}), "0.067", id="batch"),
    ],
)
def test_the_cost_before_the_call(prices, given, expected) -> None:
    cost = compute_cost(prices, given)
    assert isinstance(cost, Cost), cost
    assert cost.total_usd == Decimal(expected)


@pytest.mark.parametrize(
    ("prices", "given", "reason"),
    [
        pytest.param(ALIBABA_IMPORTED, order(), "without saying when each holds", id="condition unstated"),
        pytest.param(ALIBABA_Z, order(), "depends on prompt_extend", id="parameter not given"),
        pytest.param(GPT_IMAGE_2, order(text_tokens=50), "by token", id="tokens nobody stated"),
        pytest.param(BANANA_VERTEX, order(), "by token", id="prompt not counted"),
        pytest.param(KLING, order(parameters={"mode": "pro"}), "by second", id="no length given"),
        pytest.param(BANANA_FAL, order(6000), "no price is stated for resolution 8K", id="beyond the tiers"),
        pytest.param(DALL_E_3, order(512, parameters={"quality": "hd"}), "no price is stated", id="no such size"),
        pytest.param(VEO, order(parameters={"seconds": 8}), "depends on audio", id="audio not said"),
    ],
)
def test_what_cannot_be_known_before_the_call(prices, given, reason) -> None:
    cost = compute_cost(prices, given)
    assert isinstance(cost, UnknownCost)
    assert reason in cost.reason


def test_tokens_are_priced_by_what_the_provider_counted() -> None:
    usage = usage_from(
        {
            "input_tokens": 350,
            "input_tokens.text_tokens": 50,
            "input_tokens.image_tokens": 300,
            "input_tokens.cached_tokens": 20,
            "output_tokens": 4160,
        }
    )
    cost = compute_cost(GPT_IMAGE_2, order(inputs=(1024,)), usage)
    assert isinstance(cost, Cost)
    # (30 × 5 + 20 × 1.25 + 300 × 8 + 4160 × 30) / 10⁶
    assert cost.total_usd == Decimal("0.127375")


def test_seconds_are_priced_by_what_the_provider_counted() -> None:
    cost = compute_cost(UPSCALER, order(), usage_from({"seconds": 10.5}))
    assert isinstance(cost, Cost)
    assert cost.total_usd == Decimal("0.0076125")


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({}, Usage()),
        ({"image_count": 1}, Usage()),
        ({"input_tokens": 9}, Usage(tokens=(TokenCount(direction="input", modality="text", count=9),))),
        ({"output_tokens": 7}, Usage(tokens=(TokenCount(direction="output", modality="image", count=7),))),
        ({"output_tokens": -1, "seconds": True}, Usage()),
    ],
)
def test_usage_is_read_only_where_it_says_something(counts, expected) -> None:
    assert usage_from(counts) == expected


def moment(day: int) -> datetime:
    return datetime(2026, 11, day, tzinfo=UTC)


def test_of_a_price_s_history_one_is_in_force() -> None:
    history = [
        price("image", "0.03", valid_to=moment(10)),
        price("image", "0.02", valid_from=moment(10), valid_to=moment(20)),
        price("image", "0.01", valid_from=moment(20)),
    ]
    found = {day: [str(one.amount_usd) for one in in_force(history, moment(day))] for day in (1, 10, 19, 20)}
    assert found == {1: ["0.03"], 10: ["0.02"], 19: ["0.02"], 20: ["0.01"]}


def test_an_estimate_is_in_whole_micros_never_too_low() -> None:
    cost = compute_cost(FAL_Z, order())
    assert isinstance(cost, Cost)
    estimate = estimate_for(cost, calls=2)
    assert estimate.total_cost_micros == 10_486
    assert estimate.components == (
        {
            "type": "output",
            "metric": "megapixel",
            "quantity": 2.097152,
            "billable_quantity": 2.097152,
            "unit_price": "0.005",
            "total_cost": 10_486,
        },
    )
