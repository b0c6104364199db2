"""What a protocol can do is its adapter's word, and where an endpoint's row has another, the row's."""

import json
from dataclasses import replace

import pytest

from providers.adapters.capabilities import Capabilities, faults_in
from providers.adapters.registry import ADAPTERS
from providers.adapters.wire import Account, ProviderRequest
from providers.catalogue.checks import problems_in
from providers.catalogue.codec import decode, encode
from providers.planning.call_plan import CallPlan, plan_calls
from providers.sheet import EndpointSheet
from tests.planning.test_call_plan import SOURCE, endpoint, wish

ACCOUNT = Account(base_url="https://provider.example", key="k")


def planned(protocol: str, stated: dict, model: str = "m", **asked) -> CallPlan:
    at = replace(endpoint(protocol, model=model), capabilities=stated)
    return plan_calls(wish(**asked), at, ADAPTERS[protocol])


def sent(protocol: str, stated: dict, **asked) -> ProviderRequest:
    return ADAPTERS[protocol].submit(planned(protocol, stated, **asked).orders[0], ACCOUNT, 60)


@pytest.mark.parametrize(
    ("protocol", "model", "expected"),
    [
        ("fal", "m", Capabilities(formats=("png", "jpeg", "webp"), images_per_call=4)),
        (
            "replicate",
            "m",
            Capabilities(formats=("png", "jpeg", "webp"), takes_quality=True, takes_edit_size=False),
        ),
        ("dashscope", "m", Capabilities(takes_mask=False)),
        (
            "openai",
            "m",
            Capabilities(images_per_call=10, response_format="b64_json", edit_form="multipart"),
        ),
        (
            "openai",
            "gpt-image-1",
            Capabilities(
                formats=("png", "jpeg", "webp"),
                quality_words={"standard": "medium", "hd": "high"},
                takes_seed=False,
                images_per_call=10,
                edit_form="multipart",
                partial_images=3,
            ),
        ),
    ],
)
def test_every_protocol_says_what_its_models_can_do(protocol: str, model: str, expected: Capabilities) -> None:
    assert ADAPTERS[protocol].capabilities_for(endpoint(protocol, model=model)) == expected


def test_a_row_changes_how_many_pictures_a_call_gives() -> None:
    assert [order.images for order in planned("fal", {}, images=3).orders] == [3]
    assert [order.images for order in planned("fal", {"images_per_call": 1}, images=3).orders] == [1, 1, 1]
    task = sent("dashscope", {"images_per_call": 2}, images=2)
    assert json.loads(task.content)["parameters"]["n"] == 2


def test_a_row_changes_which_formats_are_drawn_and_which_converted() -> None:
    assert planned("fal", {}, output_format="webp").convert_to is None
    narrow = planned("fal", {"formats": ["png"]}, output_format="webp")
    assert (narrow.convert_to, narrow.orders[0].output_format) == ("webp", "png")
    lossy = planned("openai", {"formats": ["jpeg", "webp"]}, output_format="avif")
    assert (lossy.convert_to, lossy.orders[0].output_format) == ("avif", "jpeg")
    wide = json.loads(sent("openai", {"formats": ["png", "webp"]}, output_format="webp").content)
    assert wide["output_format"] == "webp"
    assert "output_format" not in json.loads(sent("openai", {}, output_format="webp").content)


def test_a_row_changes_the_words_of_a_call() -> None:
    asked = {"parameters": {"seed": 7}}
    assert json.loads(sent("openai", {}, **asked).content) | {"prompt": ""} == {
        "model": "m",
        "prompt": "",
        "n": 1,
        "size": "1024x1024",
        "seed": 7,
        "response_format": "b64_json",
    }
    links = json.loads(sent("openai", {"response_format": "url", "takes_seed": False}, **asked).content)
    assert links["response_format"] == "url"
    assert "seed" not in links
    assert "response_format" not in json.loads(sent("openai", {"response_format": ""}).content)


def test_a_row_changes_how_an_edit_is_sent() -> None:
    asked = {"mode": "image-edit", "inputs": (SOURCE,)}
    assert dict(sent("openai", {}, **asked).headers)["content-type"].startswith("multipart/form-data")
    request = sent("openai", {"edit_form": "json"}, **asked)
    assert dict(request.headers)["content-type"] == "application/json"
    assert json.loads(request.content)["image"] == "data:image/png;base64,eA=="
    assert request.url.endswith("/images/edits")
    beside = sent("openai", {"edit_form": "generations"}, **asked)
    assert (beside.url, beside.content) == (request.url.replace("edits", "generations"), request.content)


def test_wrong_words_are_named_with_what_is_allowed() -> None:
    stated = {"formats": [], "images_per_call": True, "takes_seed": 1, "edit_form": "xml", "formatz": ["png"]}
    assert [(name, allowed) for name, _, allowed in faults_in(stated)] == [
        ("formats", "a list of one or more of png, jpeg, webp, gif, avif, svg"),
        ("images_per_call", "a whole number from 1 to 10"),
        ("takes_seed", "true or false"),
        ("edit_form", "json, multipart or generations"),
        (
            "formatz",
            "no such capability; there are formats, takes_quality, quality_words, takes_seed, images_per_call, "
            "response_format, edit_form, most_inputs, takes_mask, takes_edit_size, partial_images",
        ),
    ]
    assert list(faults_in({"formats": ["png"], "quality_words": {"hd": "high"}, "response_format": ""})) == []


def test_a_sheet_keeps_them_and_leaves_out_none() -> None:
    at = replace(endpoint("fal"), capabilities={"images_per_call": 1})
    assert encode(at)["capabilities"] == {"images_per_call": 1}
    assert decode(EndpointSheet, encode(at)) == at
    assert "capabilities" not in encode(endpoint("fal"))


def test_a_catalogue_with_a_wrong_word_is_refused_at_its_place() -> None:
    at = replace(endpoint("fal"), capabilities={"images_per_call": 0})
    problem = next(one for one in problems_in(at) if "capabilities" in one.field)
    assert problem.field.endswith("capabilities.images_per_call")
    assert problem.allowed == "a whole number from 1 to 10"


def test_a_size_that_an_edit_does_not_take_is_not_sent() -> None:
    asked = {"mode": "image-edit", "inputs": (SOURCE,), "parameters": {"size": "512x512"}}
    assert json.loads(sent("fal", {"edit_form": "json"}, **asked).content)["image_size"]["width"] == 512
    assert "image_size" not in json.loads(sent("fal", {"takes_edit_size": False}, **asked).content)
    (notice,) = planned("fal", {"takes_edit_size": False}, **asked).notices
    assert (notice.parameter, notice.kind) == ("size", "unsupported")
    assert planned("replicate", {}, **asked).orders[0].size is None
