"""What goes wrong with jobs, results and files; broken connections are in test_broken_connections.py."""

import io
from typing import Any

import pytest
from PIL import Image

from tests.simulator import calls
from tests.simulator.conftest import Simulator


def linked(simulator: Simulator, provider: str, simulate: str) -> str:
    """The address of the first picture of a plainest call."""
    path, body, headers = calls.PLAINEST[provider]
    found = simulator.post(path, body, simulate, **headers).json()
    addresses: dict[str, Any] = {
        "fal": lambda: found["images"][0]["url"],
        "replicate": lambda: found["output"],
        "dashscope": lambda: found["output"]["choices"][0]["message"]["content"][0]["image"],
        "openai": lambda: found["data"][0]["url"],
    }
    return str(addresses[provider]())


@pytest.mark.parametrize("provider", calls.PLAINEST)
def test_a_result_can_be_a_web_page_or_gone_or_of_another_size(simulator: Simulator, provider: str) -> None:
    page = simulator.client.get(linked(simulator, provider, "links,file.html"))
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert simulator.client.get(linked(simulator, provider, "links,expired")).status_code in {403, 404}
    assert simulator.client.get(linked(simulator, provider, "links,file.status=500")).status_code == 500
    right, wrong = (
        Image.open(io.BytesIO(simulator.client.get(linked(simulator, provider, simulate)).content)).size
        for simulate in ("links", "links,wrong-size")
    )
    assert wrong == (right[0] // 2, right[1] // 2)


def test_links_expire_when_their_time_is_up(simulator: Simulator) -> None:
    address = linked(simulator, "dashscope", "expires=30")
    assert simulator.client.get(address).status_code == 200
    simulator.clock.now += 30
    expired = simulator.client.get(address)
    assert (expired.status_code, expired.headers["content-type"]) == (403, "application/xml")


def test_a_look_at_a_job_fails_as_often_as_asked(simulator: Simulator) -> None:
    receipt = simulator.post(calls.FAL_QUEUE, {"prompt": "x"}, "status.status=503,status.times=2").json()
    statuses = [simulator.get(receipt["status_url"]).status_code for _ in range(3)]
    assert statuses == [503, 503, 200]
    assert len(simulator.charges()) == 1


def test_the_request_that_shall_fail_can_ask_itself(simulator: Simulator) -> None:
    receipt = simulator.post(calls.FAL_QUEUE, {"prompt": "x"}).json()
    answer = simulator.get(receipt["response_url"], x_simulate="result.status=500")
    assert (answer.status_code, answer.json()["error_type"]) == (500, "runner_server_error")
    assert simulator.get(receipt["response_url"]).status_code == 200


@pytest.mark.parametrize(
    ("provider", "status"), [("fal", 403), ("replicate", 402), ("dashscope", 400), ("openai", 402)]
)
def test_a_spent_balance_is_told_as_each_provider_tells_it(simulator: Simulator, provider: str, status: int) -> None:
    path, body, headers = calls.PLAINEST[provider]
    assert simulator.post(path, body, "billing", **headers).status_code == status
    assert simulator.post(path, body, "", **headers, authorization="Key broke").status_code == status
    assert simulator.charges() == []


@pytest.mark.parametrize("provider", calls.PLAINEST)
def test_429_comes_with_and_without_retry_after(simulator: Simulator, provider: str) -> None:
    path, body, headers = calls.PLAINEST[provider]
    assert "retry-after" not in simulator.post(path, body, "status=429", **headers).headers
    answer = simulator.post(path, body, "status=429,retry-after=3", **headers)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "3")
    assert provider != "replicate" or answer.json()["retry_after"] == 3


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize(
    ("body", "media_type"), [("html", "text/html"), ("plain", "text/plain"), ("empty", "text/plain")]
)
def test_5xx_come_in_every_form(simulator: Simulator, status: int, body: str, media_type: str) -> None:
    answer = simulator.post(calls.FAL_RUN, {"prompt": "x"}, f"status={status},body={body}")
    assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (status, media_type)
    assert (answer.content == b"") == (body == "empty")


def test_an_error_can_come_with_status_200(simulator: Simulator) -> None:
    answer = simulator.post(calls.DASHSCOPE, calls.message(), "error-200")
    assert (answer.status_code, answer.json()["code"], "output" in answer.json()) == (200, "InternalError", False)
    assert "error" in simulator.post(calls.IMAGES, {"prompt": "x"}, "error-200").json()


def test_a_job_can_fail_after_it_was_charged(simulator: Simulator) -> None:
    made = simulator.post(calls.PREDICTIONS, calls.prediction(), "fail,charged", prefer="wait").json()
    assert made["status"] == "failed"
    task = simulator.post(
        calls.TASKS, {"model": "wan2.2-t2i-flash", "input": {"prompt": "x"}}, "fail,charged", x_dashscope_async="enable"
    ).json()["output"]["task_id"]
    assert simulator.get(f"/dashscope/api/v1/tasks/{task}").json()["output"]["task_status"] == "FAILED"
    assert len(simulator.charges()) == 2


def test_a_job_can_run_for_ever(simulator: Simulator) -> None:
    receipt = simulator.post(calls.FAL_QUEUE, {"prompt": "x"}, "never").json()
    simulator.clock.now += 1e6
    assert simulator.get(receipt["status_url"]).json()["status"] == "IN_PROGRESS"
