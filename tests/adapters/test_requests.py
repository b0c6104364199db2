"""Requests exactly as they go over the wire, provider by provider."""

import json
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

import pytest

from providers.adapters.registry import ADAPTERS
from providers.adapters.wire import Account, ProviderRequest
from tests.adapters.orders import ACCOUNT, PIXEL, edit, order


def sent(protocol: str, given_order: Any, account: Account = ACCOUNT, deadline_s: float = 40.0) -> ProviderRequest:
    return ADAPTERS[protocol].submit(given_order, account, deadline_s)


def body(request: ProviderRequest) -> Any:
    return json.loads(request.content)


def test_fal_runs_one_picture_directly() -> None:
    request = sent("fal", order(seed=11, output_format="jpeg", parameters={"acceleration": "high"}))
    assert request.url == "http://127.0.0.1:9/x/run/owner/app/turbo"
    assert request.authorization == "Key secret-canary"
    assert dict(request.headers) == {
        "content-type": "application/json",
        "x-fal-no-retry": "1",
        "x-fal-request-timeout": "40",
    }
    assert body(request) == {
        "prompt": "a paper boat",
        "num_images": 1,
        "image_size": {"width": 1280, "height": 720},
        "seed": 11,
        "output_format": "jpeg",
        "acceleration": "high",
    }


@pytest.mark.parametrize(("style", "images", "host"), [("queue", 1, "queue"), ("", 3, "queue"), ("direct", 3, "run")])
def test_fal_queues_several_pictures_or_where_told(style: str, images: int, host: str) -> None:
    assert f"/x/{host}/owner" in sent("fal", order(call_style=style, images=images)).url


@pytest.mark.parametrize("base", ["", "https://fal.run"])
def test_fal_s_own_hosts_are_two(base: str) -> None:
    account = Account(base_url=base, key="k")
    assert sent("fal", order(), account).url == "https://fal.run/owner/app/turbo"
    assert sent("fal", order(call_style="queue"), account).url == "https://queue.fal.run/owner/app/turbo"


def test_fal_takes_one_picture_as_image_url_and_leaves_out_formats_it_lacks() -> None:
    found = body(sent("fal", edit(size=None, output_format="avif")))
    assert found["image_url"].startswith("data:image/png;base64,")
    assert not {"output_format", "image_size", "seed"} & set(found)


@pytest.mark.parametrize(
    ("protocol", "model", "named", "field", "is_list"),
    [
        ("fal", "fal-ai/qwen-image-edit", "", "image_url", False),
        ("fal", "fal-ai/nano-banana/edit", "image_urls", "image_urls", True),
        ("replicate", "prunaai/z-image-turbo-img2img", "", "image", False),
        ("replicate", "black-forest-labs/flux-kontext-pro", "", "input_image", False),
        ("replicate", "google/nano-banana", "", "image_input", True),
        ("replicate", "black-forest-labs/flux-2-pro", "", "input_images", True),
        ("replicate", "owner/name", "source", "source", False),
    ],
)
def test_the_picture_to_edit_goes_where_the_model_takes_it(
    protocol: str, model: str, named: str, field: str, is_list: bool
) -> None:
    found = body(sent(protocol, edit(model, input_name=named)))
    value = found.get("input", found)[field]
    assert isinstance(value, list) is is_list
    assert (value[0] if is_list else value).startswith("data:image/png;base64,")


def test_several_pictures_are_a_list() -> None:
    two = order("owner/name", mode="image-edit", inputs=(PIXEL, PIXEL))
    assert len(body(sent("replicate", two))["input"]["image_input"]) == 2
    assert len(body(sent("fal", two))["image_urls"]) == 2


def test_replicate_waits_as_long_as_the_deadline_allows() -> None:
    request = sent("replicate", order("prunaai/z-image-turbo", output_format="jpeg", output_quality=90))
    assert request.url == "http://127.0.0.1:9/x/v1/models/prunaai/z-image-turbo/predictions"
    assert dict(request.headers) == {"content-type": "application/json", "cancel-after": "40s", "prefer": "wait=40"}
    assert body(request) == {
        "input": {"prompt": "a paper boat", "width": 1280, "height": 720, "output_format": "jpg", "output_quality": 90}
    }


def test_replicate_never_waits_over_a_minute_nor_when_told_to_poll() -> None:
    assert ("prefer", "wait=60") in sent("replicate", order(), deadline_s=300).headers
    assert "prefer" not in dict(sent("replicate", order(call_style="poll")).headers)


def test_replicate_names_a_version_where_the_model_has_one() -> None:
    request = sent("replicate", order("owner/name:" + "a" * 64))
    assert request.url.endswith("/x/v1/predictions")
    assert body(request)["version"] == "a" * 64


def test_replicate_edits_from_a_data_uri_without_a_size() -> None:
    found = body(sent("replicate", edit()))["input"]
    assert found["image"].startswith("data:image/png;base64,")
    assert "width" not in found


def test_dashscope_speaks_messages_and_writes_sizes_with_an_asterisk() -> None:
    request = sent("dashscope", order("z-image-turbo", seed=3, parameters={"prompt_extend": False}))
    assert request.url == "http://127.0.0.1:9/x/api/v1/services/aigc/multimodal-generation/generation"
    assert body(request) == {
        "model": "z-image-turbo",
        "input": {"messages": [{"role": "user", "content": [{"text": "a paper boat"}]}]},
        "parameters": {"size": "1280*720", "seed": 3, "prompt_extend": False},
    }


@pytest.mark.parametrize(
    ("given_order", "path"),
    [
        (order("wan2.5-t2i", call_style="task"), "text2image/image-synthesis"),
        (edit("wan2.5-i2i", call_style="task"), "image2image/image-synthesis"),
        (order("wan2.6-t2i", call_style="task"), "image-generation/generation"),
    ],
)
def test_dashscope_tasks_go_where_their_model_is_served(given_order: Any, path: str) -> None:
    request = sent("dashscope", given_order)
    assert request.url.endswith(f"/services/aigc/{path}")
    assert ("x-dashscope-async", "enable") in request.headers
    assert body(request)["parameters"]["n"] == 1


def test_z_image_gives_one_picture_a_call_and_is_sent_no_number() -> None:
    for style in ("sync", "task"):
        asked = order("z-image-turbo", call_style=style)
        assert ADAPTERS["dashscope"].capabilities_for(asked).images_per_call == 1
        assert "n" not in body(sent("dashscope", asked))["parameters"]
    assert ADAPTERS["dashscope"].capabilities_for(order("wan2.5-t2i", call_style="task")).images_per_call == 4


def test_dashscope_edits_send_the_picture_before_the_words() -> None:
    content = body(sent("dashscope", edit("qwen-image-edit")))["input"]["messages"][0]["content"]
    assert [list(part) for part in content] == [["image"], ["text"]]
    assert body(sent("dashscope", edit("wan2.5-i2i", call_style="task")))["input"]["images"][0].startswith("data:")
    painted = body(sent("dashscope", edit("wanx2.1-imageedit", call_style="task", mask=PIXEL)))["input"]
    assert set(painted) == {"prompt", "function", "base_image_url", "mask_image_url"}


def test_openai_is_asked_for_base64_unless_it_always_sends_it() -> None:
    assert body(sent("openai", order("demo/aster")))["response_format"] == "b64_json"
    assert "response_format" not in body(sent("openai", order("openai/gpt-image-1")))
    found = body(sent("openai", order("gpt-image-1", output_format="webp", output_quality=70)))
    assert "response_format" not in found
    assert (found["output_format"], found["output_compression"], found["size"]) == ("webp", 70, "1280x720")


def form(request: ProviderRequest) -> list[tuple[str, str, bytes]]:
    head = f"content-type: {dict(request.headers)['content-type']}\r\n\r\n".encode()
    parts = BytesParser(policy=HTTP).parsebytes(head + request.content).iter_parts()
    named = ((part.get_param("name", header="content-disposition"), part) for part in parts)
    return [(str(name), part.get_filename() or "", part.get_payload(decode=True)) for name, part in named]


def test_openai_edits_are_forms_with_texts_first() -> None:
    parts = form(sent("openai", edit("gpt-image-1", seed=5, mask=PIXEL)))
    assert [name for name, _, _ in parts] == ["model", "prompt", "n", "size", "output_format", "image", "mask"]
    assert (parts[2][2], parts[5][1], parts[5][2]) == (b"1", "image-1.png", PIXEL.content)


def test_lists_and_objects_are_flattened_in_forms_as_the_sdk_does() -> None:
    parameters = {"tags": ["a", 2], "image_size": {"width": 8}, "sync_mode": True, "style": None}
    parts = form(sent("openai", edit("harbor-1", parameters=parameters)))
    told = {(name, text) for name, file, text in parts if not file}
    assert {("tags[]", b"a"), ("tags[]", b"2"), ("image_size[width]", b"8"), ("sync_mode", b"true")} <= told
    assert "style" not in {name for name, _, _ in parts}


def test_openai_s_own_models_are_sent_no_seed() -> None:
    models = {model: "seed" in body(sent("openai", order(model, seed=5))) for model in ("harbor-1", "dall-e-3")}
    assert models == {"harbor-1": True, "dall-e-3": False}
    assert "seed" not in body(sent("openai", order("gpt-image-1", seed=5)))


def test_several_pictures_are_repeated_parts() -> None:
    two = order("gpt-image-1", mode="image-edit", inputs=(PIXEL, PIXEL))
    assert [name for name, _, _ in form(sent("openai", two))].count("image[]") == 2


def test_the_same_order_gives_the_same_bytes() -> None:
    assert sent("openai", edit()) == sent("openai", edit())
