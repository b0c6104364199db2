"""Endpoints that list sizes and qualities: what is asked for in unified words becomes the nearest they have."""

import pytest

from providers.adapters.registry import ADAPTERS
from providers.planning.call_plan import CallPlan, ImageRequest, plan_calls
from providers.planning.checks import FieldsRefused
from providers.planning.offers import checked
from providers.planning.routing import ServedModel
from providers.planning.schema.compile import compile_schema
from providers.pricing import Size
from providers.sheet import EndpointSheet, ModelSheet, Named, ParameterSheet

PIXELS = ("1024x1024", "1365x1024", "1536x1024", "1820x1024", "1024x1820")
GPT = ("1024x1024", "1536x1024", "1024x1536")
TIERS = ("1K", "2K", "4K")
SIDES = {"1K": 1024, "2K": 2048, "4K": 4096}


def planned(name: str, listed: tuple[str, ...], *, mode: str = "text-to-image", **asked: str) -> CallPlan:
    """As a request goes: checked against the compiled schema, then laid out for the endpoint."""
    row = ParameterSheet(name=name, group="size", type="string", values=listed)
    sheet = EndpointSheet(
        key="alpha/m",
        provider=Named(slug="alpha", name="Alpha"),
        provider_model_id="m",
        modes=("text-to-image", "image-edit"),
        parameters=(row,),
    )
    creator = Named(slug="c", name="C")
    model = ServedModel(
        id=1,
        created=0,
        sheet=ModelSheet(slug="m", name="M", creator=creator, modes=sheet.modes),
        endpoints=(),
        groups=compile_schema([], [sheet]),
    )
    request = checked(model, ImageRequest(mode=mode, prompt="a boat", parameters=asked), ("image",))
    return plan_calls(request, sheet, ADAPTERS["openai"])


@pytest.mark.parametrize(
    ("listed", "asked", "given"),
    [
        (PIXELS, "auto", "1024x1024"),
        (PIXELS, "16:9", "1820x1024"),
        (PIXELS, "1792x1024", "1820x1024"),
        (PIXELS, "2K", "1024x1024"),
        (GPT, "1792x1024", "1536x1024"),
        (GPT, "1024x1792", "1024x1536"),
        ((*GPT, "auto"), "auto", "1024x1024"),
    ],
)
def test_the_nearest_listed_size_is_asked_for(listed: tuple[str, ...], asked: str, given: str) -> None:
    made = planned("size", listed, size=asked)
    assert (str(made.orders[0].size), str(made.size)) == (given, given)
    is_other = "x" in asked and asked != given
    assert made.size_note == (f"size: {asked} was asked for, the model gives {given}" if is_other else "")


@pytest.mark.parametrize(
    ("asked", "word"), [("2K", "2K"), ("4k", "4K"), ("auto", "1K"), ("2304x1728", "2K"), ("16:9", "1K")]
)
def test_sizes_in_words_go_as_they_are_listed(asked: str, word: str) -> None:
    made = planned("size", TIERS, size=asked)
    (order,) = made.orders
    assert (order.size, order.parameters["size"]) == (None, word)
    assert made.size.pixels == pytest.approx(SIDES[word] ** 2, rel=0.01)
    assert bool(made.size_note) == (asked == "2304x1728")


def test_words_that_nobody_can_read_pass_where_they_are_listed() -> None:
    (order,) = planned("size", ("square_hd", "portrait_4_3"), size="square_hd").orders
    assert (order.size, order.parameters["size"]) == (None, "square_hd")
    with pytest.raises(FieldsRefused, match="allowed are square_hd, portrait_4_3"):
        planned("size", ("square_hd", "portrait_4_3"), size="1024x1024")
    with pytest.raises(FieldsRefused, match="allowed are 1K, 2K, 4K"):
        planned("size", TIERS, size="large")


def test_an_edit_that_says_no_size_still_says_none() -> None:
    (order,) = planned("size", TIERS, mode="image-edit", size="auto").orders
    assert (order.size, "size" in order.parameters) == (None, False)
    assert planned("size", PIXELS, mode="image-edit", size="1820x1024").size == Size(width_px=1820, height_px=1024)


@pytest.mark.parametrize(
    ("listed", "asked", "sent"),
    [
        (("low", "medium", "high"), "standard", "medium"),
        (("low", "medium", "high"), "hd", "high"),
        (("standard", "hd"), "medium", "standard"),
        (("standard", "hd"), "high", "hd"),
        (("standard", "hd"), "hd", "hd"),
        (("low", "medium", "high"), "auto", None),
        (("low", "medium", "high", "auto"), "auto", "auto"),
    ],
)
def test_qualities_have_two_names(listed: tuple[str, ...], asked: str, sent: str | None) -> None:
    (order,) = planned("quality", listed, quality=asked).orders
    assert order.parameters.get("quality") == sent


def test_a_quality_without_a_like_is_refused() -> None:
    with pytest.raises(FieldsRefused, match="'low' is not allowed; allowed are standard, hd"):
        planned("quality", ("standard", "hd"), quality="low")
