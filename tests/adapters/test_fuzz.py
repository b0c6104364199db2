"""Whatever comes back is an outcome, never an exception, and never shows the key or pages of text."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.adapters.reading import LONGEST_MESSAGE
from providers.adapters.registry import ADAPTERS, UnknownProtocol, adapter_for
from providers.adapters.wire import FAILURE_KINDS, Account, Failed, Finished, Inline, Link, Pending, ProviderAnswer
from tests.adapters.orders import ACCOUNT, edit, order

WORDS = st.sampled_from(
    [
        "id",
        "status",
        "output",
        "images",
        "url",
        "data",
        "b64_json",
        "error",
        "code",
        "detail",
        "type",
        "msg",
        "urls",
        "get",
        "request_id",
        "task_status",
        "task_id",
        "choices",
        "message",
        "content",
        "image",
        "results",
        "usage",
    ]
)
VALUES = st.sampled_from(
    [
        "succeeded",
        "processing",
        "starting",
        "failed",
        "COMPLETED",
        "IN_QUEUE",
        "SUCCEEDED",
        "FAILED",
        "PENDING",
        "http://h/x.png",
        "//h",
        "http://[",
        "http://h:99999/x.png",
        "http://h/\n",
        "../../x",
        "--5",
        "data:image/png;base64,AA==",
        "data:image/png;base64,%%",
    ]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=40) | VALUES
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS | st.text(max_size=8), inner, max_size=6),
    max_leaves=24,
)
BODIES = st.binary(max_size=60) | JSON.map(lambda value: json.dumps(value).encode())
STATUSES = st.sampled_from([200, 201, 202, 204, 400, 401, 402, 403, 404, 408, 413, 422, 429, 499, 500, 502, 503, 504])
HEADERS = st.dictionaries(st.sampled_from(["retry-after", "x-fal-request-id", "x-request-id"]), st.text(max_size=20))
ORDERS = st.sampled_from(
    [order(), order(images=3), edit(), *(order(call_style=style) for style in ("queue", "task", "poll"))]
)


@given(st.sampled_from(sorted(ADAPTERS)), STATUSES, HEADERS, BODIES, ORDERS, st.booleans())
def test_every_answer_is_an_outcome(protocol, status, headers, body, given_order, polled) -> None:
    adapter = ADAPTERS[protocol]
    read = adapter.read_poll if polled else adapter.read_submit
    outcome = read(ProviderAnswer(status=status, headers=headers, body=body), given_order, ACCOUNT)
    if isinstance(outcome, Failed):
        assert outcome.kind in FAILURE_KINDS
        assert outcome.message
        assert len(outcome.message) <= LONGEST_MESSAGE
        assert outcome.message.isprintable()
    elif isinstance(outcome, Finished):
        assert outcome.images
        assert all(
            isinstance(image, Inline) or image.url.startswith(("http://", "https://")) for image in outcome.images
        )
    else:
        assert outcome.poll.url.startswith(ACCOUNT.base_url)
    assert ACCOUNT.key not in repr(outcome)


@pytest.mark.parametrize("protocol", sorted(ADAPTERS))
def test_a_key_shows_in_no_representation(protocol: str) -> None:
    adapter = ADAPTERS[protocol]
    request = adapter.submit(order(), ACCOUNT, 30.0)
    assert ACCOUNT.key in request.authorization
    assert ACCOUNT.key not in repr(request)
    assert ACCOUNT.key not in request.url
    assert ACCOUNT.key not in repr(ACCOUNT)
    probe = adapter.test_connection(ACCOUNT)
    assert probe
    assert probe.method == "GET"


PAGE = "<!DOCTYPE html><html><script>alert(1)</script><body class='x'>Bad <b>gateway"
WRAPPED = [
    PAGE,
    {"detail": PAGE},
    {"detail": [{"msg": PAGE, "type": PAGE}]},
    {"code": PAGE, "message": PAGE},
    {"error": {"message": PAGE, "code": PAGE}},
]


@pytest.mark.parametrize("protocol", sorted(ADAPTERS))
@given(st.integers(400, 599), st.sampled_from(WRAPPED))
def test_an_error_page_never_becomes_a_message(protocol: str, status: int, wrapped: Any) -> None:
    body = PAGE if wrapped == PAGE else json.dumps(wrapped)
    outcome = ADAPTERS[protocol].read_submit(ProviderAnswer(status=status, body=body.encode()), order(), ACCOUNT)
    assert isinstance(outcome, Failed)
    assert not {"<", ">"} & set(outcome.message + outcome.code)


@pytest.mark.parametrize("protocol", sorted(ADAPTERS))
@pytest.mark.parametrize("status", [200, 401, 422])
@pytest.mark.parametrize("key", ["secret-canary", "0b2f-key-id:5e1f-secret"])
def test_a_key_that_a_provider_repeats_is_struck_out(protocol: str, status: int, key: str) -> None:
    account = Account(base_url="", key=key)
    said = f"Wrong key {key}, whose secret is {key.rpartition(':')[2]}"
    body = {
        "detail": said,
        "message": said,
        "code": key,
        "error": {"message": said, "code": key},
        "id": "p1",
        "status": "failed",
    }
    for given_order in (order(), order(call_style="queue")):
        answer = ProviderAnswer(status=status, body=json.dumps(body).encode())
        for read in (ADAPTERS[protocol].read_submit, ADAPTERS[protocol].read_poll):
            assert key.rpartition(":")[2] not in repr(read(answer, given_order, account))


@pytest.mark.parametrize("protocol", ["fal", "replicate", "dashscope"])
@pytest.mark.parametrize("job", ["../../admin", "a/b", "a?b", "a#b", "a\r\nx: y", "", "x" * 101, 7, None])
def test_a_job_whose_id_could_lead_elsewhere_is_no_job(protocol: str, job: object) -> None:
    body = {
        "request_id": job,
        "id": job,
        "status": "starting",
        "output": {"task_id": job, "task_status": "PENDING"},
        "urls": {"get": "https://elsewhere/"},
    }
    given_order = order(call_style={"fal": "queue", "dashscope": "task"}.get(protocol, ""))
    outcome = ADAPTERS[protocol].read_submit(
        ProviderAnswer(status=200, body=json.dumps(body).encode()), given_order, ACCOUNT
    )
    assert isinstance(outcome, Failed)
    assert (outcome.code, outcome.may_have_charged) == ("unreadable_answer", True)


def test_more_pictures_than_anyone_orders_are_cut() -> None:
    body = {"images": [{"url": f"https://h/{place}.png"} for place in range(10_000)]}
    outcome = ADAPTERS["fal"].read_submit(ProviderAnswer(status=200, body=json.dumps(body).encode()), order(), ACCOUNT)
    assert isinstance(outcome, Finished)
    assert len(outcome.images) == 16


def test_a_prompt_comes_back_longer_than_a_message_may_be() -> None:
    body = {"data": [{"url": "https://h/a.png", "revised_prompt": "a boat <lora:paper:1> " * 100}]}
    outcome = ADAPTERS["openai"].read_submit(
        ProviderAnswer(status=200, body=json.dumps(body).encode()), order(), ACCOUNT
    )
    assert isinstance(outcome, Finished)
    assert outcome.revised_prompt.startswith("a boat <lora:paper:1> a boat")
    assert len(outcome.revised_prompt) > LONGEST_MESSAGE


def test_an_unknown_protocol_names_those_there_are() -> None:
    with pytest.raises(UnknownProtocol, match="allowed are dashscope, azure, fal, openai, replicate"):
        adapter_for("midjourney")


@pytest.mark.parametrize("protocol", sorted(ADAPTERS))
def test_a_picture_by_any_other_scheme_is_none(protocol: str) -> None:
    address = "file:///etc/passwd"
    bodies = [
        {"images": [{"url": address}]},
        {"id": "p1", "status": "succeeded", "output": address},
        {"output": {"choices": [{"message": {"content": [{"image": address}]}}]}},
        {"data": [{"url": address}]},
    ]
    for body in bodies:
        outcome = ADAPTERS[protocol].read_submit(
            ProviderAnswer(status=200, body=json.dumps(body).encode()), order(), ACCOUNT
        )
        assert not isinstance(outcome, Finished | Pending)


def test_links_and_inline_pictures_are_told_apart() -> None:
    body = {"data": [{"url": "https://h/a.png"}, {"b64_json": "AAEC"}]}
    outcome = ADAPTERS["openai"].read_submit(
        ProviderAnswer(status=200, body=json.dumps(body).encode()), order(), ACCOUNT
    )
    assert isinstance(outcome, Finished)
    assert outcome.images == (Link("https://h/a.png"), Inline(b"\x00\x01\x02"))
