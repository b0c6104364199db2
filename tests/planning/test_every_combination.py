"""Size, number, format and quality in every combination, at every protocol, however its endpoints take a size."""

from collections.abc import Iterator
from itertools import product

import pytest

from providers.adapters.registry import ADAPTERS
from providers.adapters.wire import Account
from providers.planning.call_plan import CallPlan, ImageRequest, Limits, plan_calls
from tests.planning.test_call_plan import BOTH, SOURCE, endpoint, native

ACCOUNT = Account(base_url="https://provider.example", key="a-key-nobody-may-see")
LIMITS = Limits(width_px=2048, height_px=2048)
LISTED = ("1024x1024", "1536x1024", "1024x1536")
RATIOS, TIERS = ("1:1", "16:9", "9:16"), ("1K", "2K")
FORMS = {
    "pixels": (),
    "listed": (native("size", *LISTED, "auto"),),
    "ratios": (native("aspect_ratio", *RATIOS), native("resolution", *TIERS)),
}
# What a request says, and the pixels that are expected where the endpoint takes any.
SIZES = (
    ({}, "1024x1024"),
    ({"size": "auto"}, "1024x1024"),
    ({"size": "1280x720", "aspect_ratio": "1:1", "resolution": "2K"}, "1280x720"),
    ({"size": "4096x2048"}, "2048x1024"),
    ({"size": "16:9"}, "1365x768"),
    ({"aspect_ratio": "9:16"}, "768x1365"),
    ({"resolution": "2K"}, "2048x2048"),
    ({"aspect_ratio": "16:9", "resolution": "2K"}, "2048x1151"),
)
COMBINATIONS = tuple(product(SIZES, (1, 3, 10), (None, "png", "jpeg", "gif", "webp", "avif"), (None, 70)))
UNIFIED_WORDS = {"size", "n", "output_format", "output_compression", "response_format", "prompt", "seed", "image"}


def requests(mode: str) -> Iterator[tuple[ImageRequest, str]]:
    for (words, pixels), images, wanted, quality in COMBINATIONS:
        request = ImageRequest(
            mode=mode,
            prompt="a boat",
            images=images,
            output_format=wanted,
            output_quality=quality,
            parameters={**words, "seed": 7},
            inputs=(SOURCE,) if mode == "image-edit" else (),
        )
        leaves_it = mode == "image-edit" and not set(words.values()) - {"auto"}
        yield request, str(SOURCE.size) if leaves_it else pixels


@pytest.mark.parametrize("protocol", sorted(ADAPTERS))
@pytest.mark.parametrize("mode", BOTH)
@pytest.mark.parametrize("form", FORMS)
def test_every_combination_becomes_calls_the_endpoint_understands(protocol, mode, form) -> None:
    at = endpoint(protocol, *FORMS[form])
    adapter = ADAPTERS[protocol]
    for request, pixels in requests(mode):
        plan = plan_calls(request, at, adapter, limits=LIMITS)
        assert sum(order.images for order in plan.orders) == plan.price_order.images == request.images
        assert_formats(plan, request)
        assert_sizes(plan, form, pixels)
        for order in plan.orders:
            assert order.images <= adapter.capabilities_for(order).images_per_call
            assert not set(order.parameters) & UNIFIED_WORDS
            sent = adapter.submit(order, ACCOUNT, 60)
            assert sent.method == "POST"
            assert ACCOUNT.key.encode() not in sent.content


def assert_formats(plan: CallPlan, request: ImageRequest) -> None:
    """The wanted format is drawn or converted to; where it is converted, from a picture without loss."""
    for order in plan.orders:
        assert (plan.convert_to or order.output_format) == (request.output_format or "png")
        assert plan.convert_to is None or order.output_format == "png"


def assert_sizes(plan: CallPlan, form: str, pixels: str) -> None:
    for order in plan.orders:
        if form == "listed":
            assert order.size is None or str(order.size) in LISTED
        elif form == "ratios":
            assert order.size is None
            assert order.parameters.get("aspect_ratio", RATIOS[0]) in RATIOS
            assert order.parameters.get("resolution", TIERS[0]) in TIERS
        else:
            assert str(order.size or plan.size) == str(plan.size) == pixels
