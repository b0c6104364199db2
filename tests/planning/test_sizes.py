"""Which size a request means, and which of an endpoint's comes nearest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.planning.sizes import (
    Limits,
    SizeRefused,
    dimensions,
    nearest_ratio,
    nearest_size,
    nearest_tier,
    ratio_from_text,
    read_size,
    size_note,
    within,
)
from providers.pricing import Size, size_from_text


def size(text: str) -> Size:
    found = size_from_text(text)
    assert found
    return found


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, None),
        ({"size": "auto"}, None),
        ({"size": None, "aspect_ratio": "auto"}, None),
        ({"size": "1280x720"}, "1280x720"),
        ({"size": "1280*720"}, "1280x720"),
        ({"size": "1280x720", "aspect_ratio": "1:1", "resolution": "4K"}, "1280x720"),
        ({"size": "16:9"}, "1365x768"),
        ({"size": "16:9", "aspect_ratio": "1:1"}, "1365x768"),
        ({"size": "16:9", "resolution": "2K"}, "2731x1536"),
        ({"aspect_ratio": "16:9"}, "1365x768"),
        ({"aspect_ratio": "3:2"}, "1254x836"),
        ({"aspect_ratio": "4:3"}, "1183x887"),
        ({"aspect_ratio": "5:4"}, "1145x916"),
        ({"aspect_ratio": "21:9"}, "1563x670"),
        ({"aspect_ratio": "9:16"}, "768x1365"),
        ({"aspect_ratio": "4:3", "resolution": "2K"}, "2365x1774"),
        ({"resolution": "2K"}, "2048x2048"),
        ({"resolution": "4k"}, "4096x4096"),
    ],
)
def test_what_a_request_says_of_the_size(parameters, expected) -> None:
    wish = read_size(parameters)
    assert (str(wish.size) if wish.size else None) == expected


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"size": "large"}, "size: 'large' is not allowed; use 1024x1024, a ratio"),
        ({"size": 1024}, "size:"),
        ({"size": ["1024x1024"]}, "size:"),
        ({"aspect_ratio": {}}, "aspect_ratio:"),
        ({"size": "10x10"}, "size: each side is 16"),
        ({"size": "4000x100"}, "size: one side is at most 8 times"),
        ({"size": "0:9"}, "size: '0:9' is not allowed"),
        ({"aspect_ratio": "wide"}, "aspect_ratio: 'wide' is not allowed"),
        ({"aspect_ratio": "99:1"}, "8:1 at the widest"),
        ({"resolution": "9K"}, "resolution: '9K' is not allowed; use 0.5K, 1K, 2K, 4K"),
    ],
)
def test_a_size_that_says_nothing_is_refused(parameters, said) -> None:
    with pytest.raises(SizeRefused, match=said.replace("(", r"\(")):
        read_size(parameters)


def test_the_nearest_size_has_the_shape_first() -> None:
    allowed = [size("1024x1024"), size("1536x1024"), size("1024x1536")]
    assert str(nearest_size(size("1920x1080"), allowed)) == "1536x1024"
    assert str(nearest_size(size("500x520"), allowed)) == "1024x1024"
    assert str(nearest_size(size("2048x2048"), [size("512x512"), size("1024x1024")])) == "1024x1024"


def test_the_nearest_ratio_and_tier() -> None:
    assert nearest_ratio(1.7, ["1:1", "16:9", "auto"]) == "16:9"
    assert nearest_ratio(1.7, ["auto"]) is None
    assert nearest_tier(1500, ["1K", "2K", "4K"]) == "2K"


@given(st.integers(16, 8000), st.integers(16, 8000), st.integers(64, 4096), st.integers(64, 4096))
def test_a_size_is_shrunk_into_the_limits_and_never_enlarged(width, height, most_width, most_height) -> None:
    given_size = Size(width_px=width, height_px=height)
    found = within(given_size, Limits(width_px=most_width, height_px=most_height))
    assert found.width_px <= max(most_width, 16)
    assert found.height_px <= max(most_height, 16)
    assert found.pixels <= given_size.pixels
    if width <= most_width and height <= most_height:
        assert found == given_size


@given(st.sampled_from(["1:1", "16:9", "9:16", "3:2", "4:5", "21:9"]), st.sampled_from([512, 1024, 2048, 4096]))
def test_dimensions_keep_shape_and_area(ratio, side) -> None:
    found = dimensions(ratio_from_text(ratio), side)
    assert found.width_px / found.height_px == pytest.approx(ratio_from_text(ratio), rel=0.01)
    assert found.pixels == pytest.approx(side * side, rel=0.01)


@pytest.mark.parametrize(
    ("asked", "given_size", "native", "expected"),
    [
        ("1024x1024", "1024x1024", {}, ""),
        ("2048x2048", "1024x1024", {}, "size: 2048x2048 was asked for, the model gives 1024x1024"),
        ("1365x768", "1365x768", {"aspect_ratio": "16:9"}, ""),
        ("2731x1536", "2731x1536", {"aspect_ratio": "16:9", "resolution": "2K"}, ""),
        ("1280x720", "1280x720", {"aspect_ratio": "3:2"}, "size: 1280x720 was asked for, the model gives 3:2"),
        ("2048x2048", "2048x2048", {"resolution": "1k"}, "size: 2048x2048 was asked for, the model gives 1k"),
        (
            "512x512",
            "512x512",
            {"aspect_ratio": "1:1", "resolution": "1K"},
            "size: 512x512 was asked for, the model gives 1:1 1K",
        ),
    ],
)
def test_what_the_model_gives_instead_is_said_where_it_differs(asked, given_size, native, expected) -> None:
    assert size_note(size(asked), size(given_size), native) == expected


def test_nothing_is_said_where_no_pixels_were_asked_for() -> None:
    assert size_note(None, size("1024x1024"), {}) == ""
