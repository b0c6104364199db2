"""What each provider's answers mean: results, receipts and the error tables of their documentation."""

from typing import Any

import pytest

from providers.adapters.registry import ADAPTERS
from providers.adapters.wire import Failed, Finished, Link, Outcome, Pending
from tests.adapters.orders import ACCOUNT, answer, order

QUEUED = order(call_style="queue")
TASK = order("wan2.5-t2i", call_style="task")


def submitted(protocol: str, given: Any, given_order: Any = None) -> Outcome:
    return ADAPTERS[protocol].read_submit(given, given_order or order(), ACCOUNT)


def polled(protocol: str, given: Any, given_order: Any = None) -> Outcome:
    return ADAPTERS[protocol].read_poll(given, given_order or order(), ACCOUNT)


def failed(outcome: Outcome) -> tuple[str, bool, bool]:
    assert isinstance(outcome, Failed)
    return outcome.kind, outcome.may_have_charged, outcome.provider_wide


FAL_RESULT = {"images": [{"url": "https://h/1.png"}], "seed": 2**63, "has_nsfw_concepts": [False], "prompt": "boat"}


def test_fal_s_result_tells_seed_and_units() -> None:
    outcome = submitted("fal", answer(FAL_RESULT, x_fal_billable_units="0.92", x_fal_request_id="r1"))
    assert outcome == Finished(
        images=(Link("https://h/1.png"),), job_id="r1", seed=2**63, revised_prompt="boat", billed_units="0.92"
    )


def test_fal_s_queue_is_asked_at_owner_and_app_alone_and_never_at_another_host() -> None:
    receipt = {"request_id": "r1", "status_url": "https://elsewhere/steal", "status": "IN_QUEUE"}
    outcome = submitted("fal", answer(receipt), QUEUED)
    assert isinstance(outcome, Pending)
    assert outcome.poll.url == "http://127.0.0.1:9/x/queue/owner/app/requests/r1/status"
    assert outcome.cancel
    assert outcome.cancel.method == "PUT"


def test_fal_s_completed_job_is_fetched_at_once() -> None:
    outcome = polled("fal", answer({"status": "COMPLETED", "request_id": "r1", "logs": None}), QUEUED)
    assert isinstance(outcome, Pending)
    assert outcome.is_ready
    assert outcome.poll.url.endswith("/requests/r1")
    assert isinstance(polled("fal", answer(FAL_RESULT), QUEUED), Finished)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (answer({"detail": "No user found for Key ID and Secret"}, 401), ("gateway", False, True)),
        (answer({"detail": "User is locked. Reason: Exhausted balance."}, 403), ("billing", False, True)),
        (answer({"detail": "Not for your team"}, 403), ("gateway", False, True)),
        (answer({"detail": "not found"}, 404), ("gateway", False, False)),
        (answer({"detail": "d", "error_type": "bad_request"}, 400), ("client", False, False)),
        (answer({"detail": "d", "error_type": "client_disconnected"}, 499), ("gateway", True, False)),
        (answer({"detail": "slow down"}, 429), ("rate_limit", False, False)),
        (answer({"detail": [{"loc": ["body"], "msg": "m", "type": "missing"}]}, 422), ("client", False, False)),
        (answer({"detail": [{"msg": "m", "type": "content_policy_violation"}]}, 422), ("moderation", True, False)),
        (answer({"detail": "a plain string"}, 422), ("client", False, False)),
        (answer({"detail": "d", "error_type": "request_timeout"}, 504), ("timeout", False, False)),
        (answer({"detail": "d", "error_type": "runner_disconnected"}, 503), ("upstream", False, False)),
        (answer(b"<html>nginx</html>", 502), ("upstream", False, False)),
        (answer({"images": []}), ("upstream", True, False)),
        (answer({"detail": [{"msg": "m", "type": "content_policy_violation"}]}), ("moderation", True, False)),
        (answer(b'{"images": [{"url": "https:'), ("upstream", True, False)),
        (answer({**FAL_RESULT, "has_nsfw_concepts": [True]}), ("moderation", True, False)),
    ],
)
def test_fal_s_refusals(given: Any, expected: tuple[str, bool, bool]) -> None:
    assert failed(submitted("fal", given)) == expected


@pytest.mark.parametrize(
    ("error_type", "expected"),
    [
        ("startup_timeout", ("timeout", False, False)),
        ("runner_disconnected", ("upstream", False, False)),
        ("client_cancelled", ("gateway", True, False)),
    ],
)
def test_fal_s_job_that_the_platform_dropped_has_no_result_to_ask_for(error_type: str, expected: Any) -> None:
    state = {"status": "COMPLETED", "request_id": "r1", "error": "gone", "error_type": error_type}
    assert failed(polled("fal", answer(state), QUEUED)) == expected
    refused = answer({"detail": [{"msg": "m", "type": "content_policy_violation"}]}, 422)
    asked_for = polled("fal", answer(state | {"error_type": "content_policy_violation"}), QUEUED)
    assert isinstance(asked_for, Pending)
    assert failed(polled("fal", refused, QUEUED)) == ("moderation", True, False)


def test_a_queued_job_that_failed_may_be_charged() -> None:
    given = answer({"detail": [{"msg": "m", "type": "image_too_small"}]}, 422)
    assert failed(polled("fal", given, QUEUED)) == ("client", True, False)


def prediction(status: str, **more: Any) -> dict[str, Any]:
    return {"id": "p1", "model": "o/n", "version": "hidden", "status": status, "error": None, **more}


@pytest.mark.parametrize(
    "output",
    ["https://h/1.jpg", ["https://h/1.jpg"], {"images": ["https://h/1.jpg"]}, [{"url": "https://h/1.jpg"}]],
)
@pytest.mark.parametrize("status", ["succeeded", "processing"])
def test_replicate_is_done_once_there_is_output(status: str, output: Any) -> None:
    found = prediction(status, output=output, metrics={"predict_time": 0.9}, input={"seed": 4})
    outcome = submitted("replicate", answer(found, 201))
    assert outcome == Finished(images=(Link("https://h/1.jpg"),), job_id="p1", seed=4, usage={"seconds": 0.9})


@pytest.mark.parametrize("address", ["https://elsewhere/p1", None])
def test_replicate_is_polled_at_the_account_s_address_alone(address: str | None) -> None:
    outcome = submitted("replicate", answer(prediction("starting", urls={"get": address}), 202))
    assert isinstance(outcome, Pending)
    assert outcome.poll.url == "http://127.0.0.1:9/x/v1/predictions/p1"
    assert outcome.cancel
    assert (outcome.cancel.method, outcome.cancel.url) == ("POST", f"{outcome.poll.url}/cancel")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (answer({"title": "Unauthenticated", "detail": "d"}, 401), ("gateway", False, True)),
        (answer({"title": "Insufficient credit", "detail": "d"}, 402), ("billing", False, True)),
        (answer({"detail": "d", "invalid_fields": [{"field": "input.width"}]}, 422), ("client", False, False)),
        (answer({"detail": "throttled", "retry_after": 5}, 429), ("rate_limit", False, False)),
        (answer(b"<html>", 500), ("upstream", False, False)),
        (answer(b"<html>", 504), ("timeout", True, False)),
        (answer(prediction("failed", error="NSFW content detected")), ("moderation", True, False)),
        (answer(prediction("failed", error="CUDA out of memory")), ("upstream", True, False)),
        (answer(prediction("canceled")), ("timeout", True, False)),
        (answer(prediction("aborted")), ("timeout", False, False)),
        (answer(prediction("succeeded", output=None)), ("upstream", True, False)),
        (answer(prediction("dreaming")), ("upstream", True, False)),
    ],
)
def test_replicate_s_refusals(given: Any, expected: tuple[str, bool, bool]) -> None:
    assert failed(submitted("replicate", given)) == expected


def test_replicate_s_pause_is_the_longer_of_body_and_header() -> None:
    outcome = submitted("replicate", answer({"detail": "d", "retry_after": 5}, 429, retry_after="9"))
    assert isinstance(outcome, Failed)
    assert outcome.retry_after_s == 9


def dashscope_result(*content: dict[str, str], **usage: int) -> dict[str, Any]:
    choice = {"finish_reason": "stop", "message": {"role": "assistant", "content": list(content)}}
    return {"request_id": "q1", "output": {"choices": [choice]}, "usage": usage}


def test_dashscope_s_pictures_are_looked_for_in_every_part() -> None:
    found = dashscope_result({"text": "a rewritten boat"}, {"image": "https://h/a.png?E=1"}, image_count=1)
    assert submitted("dashscope", answer(found)) == Finished(
        images=(Link("https://h/a.png?E=1"),),
        job_id="q1",
        revised_prompt="a rewritten boat",
        usage={"image_count": 1},
    )


def task(status: str, **more: Any) -> dict[str, Any]:
    return {"request_id": "q1", "output": {"task_id": "t1", "task_status": status, **more}}


def test_dashscope_s_task_is_polled_until_it_has_results() -> None:
    outcome = submitted("dashscope", answer(task("PENDING")), TASK)
    assert isinstance(outcome, Pending)
    assert outcome.poll.url == "http://127.0.0.1:9/x/api/v1/tasks/t1"
    done = polled("dashscope", answer(task("SUCCEEDED", results=[{"url": "https://h/a.png"}, {"code": "X"}])), TASK)
    assert isinstance(done, Finished)
    assert done.images == (Link("https://h/a.png"),)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (answer({"code": "InvalidParameter", "message": "m"}, 400), ("client", False, False)),
        (answer({"code": "DataInspectionFailed", "message": "m"}, 400), ("moderation", False, False)),
        (answer({"code": "data_inspection_failed", "message": "m"}, 400), ("moderation", False, False)),
        (answer({"code": "InvalidParameter.DataInspection", "message": "m"}, 400), ("moderation", False, False)),
        (answer({"code": "Arrearage", "message": "m"}, 400), ("billing", False, True)),
        (answer({"code": "InvalidApiKey", "message": "m"}, 401), ("gateway", False, True)),
        (answer({"code": "Model.NotExist", "message": "m"}, 404), ("gateway", False, False)),
        (answer({"code": "RequestTimeOut", "message": "m"}, 408), ("timeout", False, False)),
        (answer({"code": "Throttling.RateQuota", "message": "m"}, 429), ("rate_limit", False, False)),
        (answer({"code": "InternalError.Algo", "message": "m"}, 500), ("upstream", False, False)),
        (answer({"code": "InternalError.Algo.InvalidParameter", "message": "m"}, 400), ("client", False, False)),
        (answer({"code": "InternalError.Timeout", "message": "m"}, 500), ("timeout", False, False)),
        (answer({"code": "Throttling", "message": "m"}, 200), ("rate_limit", False, False)),
        (answer(b"upstream connect error", 503), ("upstream", False, False)),
        (answer(task("FAILED", code="DataInspectionFailed", message="m")), ("moderation", False, False)),
        (answer(task("FAILED", code="InternalError", message="m")), ("upstream", False, False)),
        (answer(task("CANCELED")), ("upstream", False, False)),
        (answer(task("UNKNOWN")), ("upstream", True, False)),
        (answer(task("SUCCEEDED", results=[{"code": "DataInspectionFailed"}])), ("moderation", False, False)),
        (answer({"code": "AccessDenied.Unpurchased", "message": "m"}, 403), ("billing", False, False)),
        (answer({"code": "BadRequest.TooLarge", "message": "m"}, 413), ("client", False, False)),
        (answer(dashscope_result({"text": "only words"})), ("upstream", True, False)),
    ],
)
def test_dashscope_s_refusals(given: Any, expected: tuple[str, bool, bool]) -> None:
    assert failed(submitted("dashscope", given)) == expected


def error(code: str | None, kind: str = "invalid_request_error") -> dict[str, Any]:
    return {"error": {"message": "m", "type": kind, "param": None, "code": code}}


def test_openai_s_usage_is_flat() -> None:
    usage = {"input_tokens": 9, "input_tokens_details": {"text_tokens": 4, "image_tokens": 5}, "output_tokens": 1120}
    outcome = submitted("openai", answer({"data": [{"b64_json": "AA==", "revised_prompt": "b"}], "usage": usage}))
    assert isinstance(outcome, Finished)
    assert outcome.usage == {
        "input_tokens": 9,
        "input_tokens.text_tokens": 4,
        "input_tokens.image_tokens": 5,
        "output_tokens": 1120,
    }
    assert outcome.revised_prompt == "b"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (answer(error("invalid_value"), 400), ("client", False, False)),
        (answer(error("content_policy_violation"), 400), ("moderation", False, False)),
        (answer(error("moderation_blocked", "image_generation_user_error"), 400), ("moderation", False, False)),
        (answer(error("invalid_api_key"), 401), ("gateway", False, True)),
        (answer(error("insufficient_balance"), 402), ("billing", False, True)),
        (answer(error("model_not_found"), 404), ("gateway", False, False)),
        (answer(error("rate_limit_exceeded"), 429), ("rate_limit", False, False)),
        (answer(error("insufficient_quota"), 429), ("billing", False, True)),
        (answer(error(None, "server_error"), 500), ("upstream", False, False)),
        (answer(error("upstream_timeout"), 504), ("timeout", True, False)),
        (answer(error(None), 200), ("upstream", True, False)),
        (answer(error("content_policy_violation"), 200), ("moderation", False, False)),
        (answer({"detail": "not the usual form"}, 400), ("client", False, False)),
        (answer({"error": "a plain string"}, 413), ("client", False, False)),
        (answer({"data": []}), ("upstream", True, False)),
    ],
)
def test_openai_s_refusals(given: Any, expected: tuple[str, bool, bool]) -> None:
    assert failed(submitted("openai", given)) == expected
