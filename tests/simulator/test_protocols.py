"""What each protocol takes, refuses and gives, beyond the plainest call."""

import base64
import io
from typing import Any

import pytest
from PIL import Image

from tests.simulator import calls
from tests.simulator.conftest import KEY, Simulator


def png(colour: str = "teal", side_px: int = 64) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (side_px, side_px), colour).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize("provider", calls.PLAINEST)
def test_a_call_without_a_good_key_is_refused(simulator: Simulator, provider: str) -> None:
    path, body, headers = calls.PLAINEST[provider]
    assert simulator.client.post(path, json=body, headers=headers).status_code == 401
    assert simulator.post(path, body, "", **headers, authorization="Bearer wrong").status_code == 401


@pytest.mark.parametrize("provider", calls.PLAINEST)
def test_a_body_that_is_no_json_is_refused(simulator: Simulator, provider: str) -> None:
    path, _, headers = calls.PLAINEST[provider]
    for content in (b"", b"{", b"[]"):
        assert simulator.client.post(path, content=content, headers={**KEY, **headers}).status_code in {400, 422}


@pytest.mark.parametrize(
    ("given", "field", "kind"),
    [
        ({}, "prompt", "missing"),
        ({"prompt": 3}, "prompt", "string_type"),
        ({"prompt": "x", "num_images": 5}, "num_images", "less_than_equal"),
        ({"prompt": "x", "num_images": 1.5}, "num_images", "int_type"),
        ({"prompt": "x", "num_inference_steps": 9}, "num_inference_steps", "less_than_equal"),
        ({"prompt": "x", "image_size": "huge"}, "image_size", "enum"),
        ({"prompt": "x", "image_size": {"width": 4000, "height": 4000}}, "image_size", "image_too_large"),
        ({"prompt": "x", "output_format": "jpg"}, "output_format", "literal_error"),
        ({"prompt": "x", "seed": -1}, "seed", "greater_than_equal"),
        ({"prompt": "x", "image_url": "https://elsewhere.invalid/a.png"}, "image_url", "file_download_error"),
        ({"prompt": "x", "image_url": "data:image/png;base64,AAAA"}, "image_url", "image_load_error"),
    ],
)
def test_fal_refuses_bad_input_by_field(simulator: Simulator, given: dict[str, Any], field: str, kind: str) -> None:
    answer = simulator.post(calls.FAL_RUN, given)
    (detail,) = answer.json()["detail"]
    assert (answer.status_code, detail["loc"][-1], detail["type"]) == (422, field, kind)
    assert simulator.charges() == []


def test_fal_takes_presets_sides_that_are_left_out_and_unknown_keys(simulator: Simulator) -> None:
    for size, expected in (("portrait_16_9", (576, 1024)), ({"width": 700}, (700, 512)), (None, (1024, 768))):
        image = simulator.post(calls.FAL_RUN, {"prompt": "x", "image_size": size, "unknown": 1}).json()["images"][0]
        assert (image["width"], image["height"]) == expected


def test_fal_gives_data_uris_where_asked(simulator: Simulator) -> None:
    image = simulator.post(calls.FAL_RUN, {"prompt": "x", "sync_mode": True, "output_format": "webp"}).json()["images"][
        0
    ]
    head, _, content = image["url"].partition(",")
    assert head == "data:image/webp;base64"
    assert Image.open(io.BytesIO(base64.b64decode(content))).format == "WEBP"


def test_fal_finds_a_job_under_the_first_two_parts_of_its_model_only(simulator: Simulator) -> None:
    receipt = simulator.post(calls.FAL_QUEUE, {"prompt": "x"}).json()
    assert receipt["status_url"].endswith(f"/fal/queue/fal-ai/z-image/requests/{receipt['request_id']}/status")
    assert simulator.get(receipt["status_url"].replace("z-image", "flux")).status_code == 404
    assert simulator.get("/fal/queue/fal-ai/z-image/requests/elsewhere/status").status_code == 404


def test_fal_takes_files_by_every_way_of_its_sdk(simulator: Simulator) -> None:
    media = {"content-type": "image/png"}
    cdn = simulator.client.post("/fal/cdn/files/upload", content=png(), headers={**KEY, **media}).json()["access_url"]
    begun = simulator.post("/fal/rest/storage/upload/initiate", {"content_type": "image/png"}).json()
    assert simulator.client.put(begun["upload_url"], content=png(), headers=media).status_code == 200
    large = simulator.client.post("/fal/cdn/files/upload/multipart", headers={**KEY, **media}).json()
    parts = f"{large['access_url']}/multipart/{large['uploadId']}"
    for number, content in ((2, png()[40:]), (1, png()[:40])):
        assert simulator.client.put(f"{parts}/{number}", content=content, headers=KEY).headers["etag"]
    assert simulator.client.post(f"{parts}/complete", json={}, headers=KEY).status_code == 200
    for address in (cdn, begun["file_url"], large["access_url"]):
        assert simulator.client.get(address).content == png()
        edit = simulator.post(f"{calls.FAL_RUN}/image-to-image", {"prompt": "x", "image_url": address}).json()
        assert edit["images"][0]["width"] == 64


@pytest.mark.parametrize(
    ("given", "field"),
    [({"width": 63}, "width"), ({"height": 2049}, "height"), ({"output_format": "jpeg"}, "output_format")],
)
def test_replicate_names_the_fields_it_refuses(simulator: Simulator, given: dict[str, Any], field: str) -> None:
    answer = simulator.post(calls.PREDICTIONS, calls.prediction(**given))
    assert (answer.status_code, answer.json()["invalid_fields"][0]["field"]) == (422, f"input.{field}")


def test_replicate_gives_data_uris_over_http_and_links_where_asked(simulator: Simulator) -> None:
    outputs = [
        simulator.post(calls.PREDICTIONS, calls.prediction(), simulate, prefer="wait").json()["output"]
        for simulate in ("", "links", "list")
    ]
    assert outputs[0].startswith("data:image/jpeg;base64,")
    assert outputs[1].startswith("http://127.0.0.1:8001/replicate/files/")
    assert isinstance(outputs[2], list)


@pytest.mark.parametrize("prefer", ["wait=0", "wait=100", "sometimes"])
def test_replicate_refuses_a_wait_it_cannot_read(simulator: Simulator, prefer: str) -> None:
    assert simulator.post(calls.PREDICTIONS, calls.prediction(), prefer=prefer).status_code == 422


@pytest.mark.parametrize("parameters", [{"size": "1024x1024"}, {"size": "256*256"}, {"size": "4096*4096"}, {"n": 2}])
def test_dashscope_refuses_what_its_model_cannot(simulator: Simulator, parameters: dict[str, Any]) -> None:
    answer = simulator.post(calls.DASHSCOPE, calls.message(**parameters))
    assert (answer.status_code, answer.json()["code"]) == (400, "InvalidParameter")


def test_dashscope_ignores_unknown_parameters_and_tells_the_prompt_it_made(simulator: Simulator) -> None:
    answer = simulator.post(calls.DASHSCOPE, calls.message(is_async=True, prompt_extend=True)).json()
    picture, text = answer["output"]["choices"][0]["message"]["content"]
    assert set(picture) == {"image"}
    assert text["text"].startswith(calls.PROMPT)


def test_dashscope_knows_prompt_style_as_tasks_only_and_lists_them(simulator: Simulator) -> None:
    body = {"model": "wan2.2-t2i-flash", "input": {"prompt": "x"}}
    assert simulator.post(calls.TASKS, body).json()["code"] == "AccessDenied"
    made = [simulator.post(calls.TASKS, body, x_dashscope_async="enable").json()["output"]["task_id"] for _ in range(3)]
    page = simulator.get("/dashscope/api/v1/tasks?page_no=2&page_size=2").json()
    assert (page["total"], [task["task_id"] for task in page["tasks"]]) == (3, [made[0]])


def test_dashscope_takes_files_by_its_policy(simulator: Simulator) -> None:
    policy = simulator.get("/dashscope/api/v1/uploads?action=getPolicy&model=qwen-image-edit").json()["data"]
    key = f"{policy['upload_dir']}/source.png"
    sent = simulator.client.post(policy["upload_host"], data={"key": key}, files={"file": ("source.png", png())})
    assert sent.status_code == 200
    content = [{"image": f"oss://{key}"}, {"text": "make it night"}]
    body = {"model": "qwen-image-edit", "input": {"messages": [{"role": "user", "content": content}]}}
    assert simulator.post(calls.DASHSCOPE, body).json()["usage"]["width"] == 64


def test_openai_takes_nulls_for_absent_and_refuses_in_its_envelope(simulator: Simulator) -> None:
    drawn = simulator.post(calls.IMAGES, {"prompt": "x", "n": None, "size": None, "response_format": None})
    assert drawn.status_code == 200
    for given in (
        {"prompt": "x", "size": "16:9"},
        {"prompt": "x", "n": 11},
        {"prompt": ""},
        {"prompt": "x", "seed": "?"},
    ):
        answer = simulator.post(calls.IMAGES, given)
        assert answer.status_code == 400
        assert set(answer.json()["error"]) == {"message", "type", "param", "code"}


def test_openai_edits_the_first_of_several_pictures(simulator: Simulator) -> None:
    def edited(*colours: str) -> str:
        files = [("image[]", ("a.png", png(colour))) for colour in colours]
        form = {"prompt": "x", "model": "gpt-image-1"}
        answer = simulator.client.post("/openai/v1/images/edits", data=form, files=files, headers=KEY)
        return str(answer.json()["data"][0]["b64_json"])

    assert edited("teal", "red") == edited("teal") != edited("red")


def test_openai_refuses_an_edit_without_a_picture(simulator: Simulator) -> None:
    for files in ({"mask": ("a.png", png())}, {"image": ("a.png", b"no picture")}):
        answer = simulator.client.post("/openai/v1/images/edits", data={"prompt": "x"}, files=files, headers=KEY)
        assert (answer.status_code, answer.json()["error"]["param"]) == (400, "image")


def test_replicate_can_show_an_output_before_it_says_succeeded(simulator: Simulator) -> None:
    made = simulator.post(calls.PREDICTIONS, calls.prediction(), "early", prefer="wait").json()
    assert (made["status"], bool(made["output"])) == ("processing", True)
    assert simulator.get(made["urls"]["get"]).json()["status"] == "succeeded"


def test_an_edits_input_is_echoed_without_its_picture(simulator: Simulator) -> None:
    address = f"data:image/png;base64,{base64.b64encode(png() + bytes(2000)).decode()}"
    made = simulator.post(calls.PREDICTIONS, calls.prediction(image=address), prefer="wait").json()
    assert (made["status"], made["input"]["image"]) == ("succeeded", f"data:,{len(address)} characters left out")
