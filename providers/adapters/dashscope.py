"""Alibaba Cloud Model Studio (DashScope): one synchronous message-style call, or a task that is polled. Pure."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from providers.adapters.capabilities import MOST_INPUTS, Capabilities
from providers.adapters.reading import (
    LOST_ON_THE_WAY,
    OK,
    by_status,
    child,
    data_uri,
    items,
    job_id,
    json_object,
    no_pictures,
    pictures,
    prompt_text,
    refused,
    text,
    unreadable,
    whole_number,
    without_key,
)
from providers.adapters.wire import (
    Account,
    Adapter,
    Failed,
    FailureKind,
    Finished,
    ImageOrder,
    Outcome,
    Pending,
    ProviderAnswer,
    ProviderRequest,
)
from providers.sheet import IMAGE_EDIT

SERVICES: Final = "/api/v1/services/aigc"
MESSAGES: Final = f"{SERVICES}/multimodal-generation/generation"
TASK_MESSAGES: Final = f"{SERVICES}/image-generation/generation"
TASK_DRAW: Final = f"{SERVICES}/text2image/image-synthesis"
TASK_EDIT: Final = f"{SERVICES}/image2image/image-synthesis"
# Tasks of these take messages, as synchronous calls do; those of older models a prompt.
MESSAGE_TASKS: Final = ("wan2.6", "wan2.7", "wan3")
MOST_TASK_IMAGES: Final = 4
# One picture a call however it is called, and no `n` to say so.
ONE_PICTURE: Final = "z-image"
WITH_MASK: Final = "wanx"
MOST_COUNTS: Final = 20
POLL_TIMEOUT_S: Final = 20.0
UNDER_WAY: Final = frozenset({"PENDING", "RUNNING", "SUSPENDED"})
# The longest beginning that fits decides; what fits none goes by status.
CODES: Final[Mapping[str, FailureKind]] = {
    "InvalidParameter": "client",
    "InvalidParameter.DataInspection": "moderation",
    "InvalidURL": "client",
    "BadRequest": "client",
    "UnsupportedOperation": "client",
    "DataInspectionFailed": "moderation",
    "data_inspection_failed": "moderation",
    "Arrearage": "billing",
    "AccessDenied.Unpurchased": "billing",
    "AccessDenied": "gateway",
    "InvalidApiKey": "gateway",
    "Model.NotExist": "gateway",
    "ModelNotFound": "gateway",
    "RequestTimeOut": "timeout",
    "Throttling": "rate_limit",
    "InternalError": "upstream",
    "InternalError.Timeout": "timeout",
    "InternalError.Algo.InvalidParameter": "client",
    "ServiceUnavailable": "upstream",
    "GatewayTimeout": "timeout",
    "ModelServingError": "upstream",
}
WHOLE_ACCOUNT: Final = frozenset({"Arrearage", "InvalidApiKey"})


class DashScope(Adapter):
    name = "dashscope"
    label = "Alibaba DashScope"
    default_base_url = "https://dashscope-intl.aliyuncs.com"
    usual_provider = "alibaba"
    key_variable = "DASHSCOPE_API_KEY"
    simulator_path = "/dashscope"
    call_styles = ("sync", "task")

    def capabilities(self, provider_model_id: str, call_style: str) -> Capabilities:
        """A synchronous call gives one picture; a task up to four, of most models. Messages have no place for a mask,
        tasks of a prompt have it for wanx alone, which edits one picture.
        """
        several = call_style == "task" and not provider_model_id.startswith(ONE_PICTURE)
        is_wanx = call_style == "task" and provider_model_id.startswith(WITH_MASK)
        return Capabilities(
            images_per_call=MOST_TASK_IMAGES if several else 1,
            takes_mask=is_wanx,
            most_inputs=1 if is_wanx else MOST_INPUTS,
        )

    def submit(self, order: ImageOrder, account: Account, deadline_s: float) -> ProviderRequest:
        is_task = order.call_style == "task"
        is_message = not is_task or order.provider_model_id.startswith(MESSAGE_TASKS)
        path, asked = _message_style(order, is_task) if is_message else _prompt_style(order)
        parameters = _parameters(order, self.capabilities_for(order))
        body = {"model": order.provider_model_id, "input": asked, "parameters": parameters}
        headers = (("content-type", "application/json"), *([("x-dashscope-async", "enable")] if is_task else []))
        return ProviderRequest(
            method="POST",
            url=self.address(account, path),
            authorization=self.authorization(account),
            headers=headers,
            content=json.dumps(body).encode(),
            read_timeout_s=min(POLL_TIMEOUT_S, deadline_s) if is_task else deadline_s,
        )

    def read_submit(self, answer: ProviderAnswer, order: ImageOrder, account: Account) -> Outcome:
        return self._read(without_key(answer, account), account)

    def test_connection(self, account: Account) -> ProviderRequest | None:
        """The list of tasks."""
        return self.request(account, self.address(account, "/api/v1/tasks?page_no=1&page_size=1"), POLL_TIMEOUT_S)

    def _read(self, answer: ProviderAnswer, account: Account) -> Outcome:
        found = json_object(answer.body)
        output = child(found, "output")
        # An error may come with status 200 and no output.
        if answer.status not in OK or (child(found, "code") and not isinstance(output, dict)):
            return _refusal(answer, found)
        if found is None or not isinstance(output, dict):
            return unreadable(answer)
        status = output.get("task_status")
        if status is None or status == "SUCCEEDED":
            return _finished(answer, found, output)
        if status in UNDER_WAY:
            return self._pending(answer, output.get("task_id"), account)
        if status == "FAILED":
            # Pictures that came to be are what is charged, so nothing is here.
            return _failure(answer, text(output.get("code")), text(output.get("message")))
        message = text(output.get("message")) or f"the task is {text(status)}"
        return refused(answer, message, code=text(status), kind="upstream", charged=status != "CANCELED")

    def _pending(self, answer: ProviderAnswer, given: object, account: Account) -> Outcome:
        task = job_id(given)
        if not task:
            return unreadable(answer, "the receipt of the task")
        own = self.address(account, f"/api/v1/tasks/{task}")
        return Pending(
            job_id=task,
            poll=self.request(account, own, POLL_TIMEOUT_S),
            cancel=self.request(account, f"{own}/cancel", POLL_TIMEOUT_S, "POST"),
        )


def _message_style(order: ImageOrder, is_task: bool) -> tuple[str, dict[str, Any]]:
    content = [*({"image": data_uri(image)} for image in order.inputs), {"text": order.prompt}]
    asked = {"messages": [{"role": "user", "content": content}]}
    return (TASK_MESSAGES if is_task else MESSAGES), asked


def _prompt_style(order: ImageOrder) -> tuple[str, dict[str, Any]]:
    if order.mode != IMAGE_EDIT or not order.inputs:
        return TASK_DRAW, {"prompt": order.prompt}
    addresses = [data_uri(image) for image in order.inputs]
    if order.provider_model_id.startswith(WITH_MASK):
        asked: dict[str, Any] = {"prompt": order.prompt, "function": "description_edit", "base_image_url": addresses[0]}
        return TASK_EDIT, asked | ({"mask_image_url": data_uri(order.mask)} if order.mask else {})
    return TASK_EDIT, {"prompt": order.prompt, "images": addresses}


def _parameters(order: ImageOrder, can: Capabilities) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if order.size:
        found["size"] = f"{order.size.width_px}*{order.size.height_px}"
    if order.seed is not None and can.takes_seed:
        found["seed"] = order.seed
    if can.images_per_call > 1:
        found["n"] = order.images
    return found | dict(order.parameters)


def _finished(answer: ProviderAnswer, found: dict[str, Any], output: dict[str, Any]) -> Finished | Failed:
    results = items(output.get("results"))
    parts = list(_parts(output))
    addresses = [*(child(part, "image") for part in parts), *(child(result, "url") for result in results)]
    images = pictures(addresses)
    if not images:
        wrong = next((result for result in results if text(child(result, "code"))), None)
        if wrong is None:
            return no_pictures(answer)
        return _failure(answer, text(wrong.get("code")), text(wrong.get("message")))
    said = [child(part, "text") for part in parts] + [child(one, "actual_prompt") for one in results]
    return Finished(
        images=images,
        job_id=text(output.get("task_id")) or text(found.get("request_id")),
        revised_prompt=next(filter(None, map(prompt_text, said)), ""),
        usage=_usage(found.get("usage")),
    )


def _usage(usage: object) -> dict[str, int]:
    """Counts by the names the model gives them."""
    counts = list(usage.items())[:MOST_COUNTS] if isinstance(usage, dict) else ()
    numbers = {text(name): whole_number(value) for name, value in counts}
    return {name: number for name, number in numbers.items() if number is not None}


def _parts(output: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for choice in items(output.get("choices")):
        yield from (part for part in items(child(choice, "message", "content")) if isinstance(part, dict))


def _refusal(answer: ProviderAnswer, found: dict[str, Any] | None) -> Failed:
    charged = answer.status in LOST_ON_THE_WAY
    return _failure(answer, text(child(found, "code")), text(child(found, "message")), charged=charged)


def _failure(answer: ProviderAnswer, code: str, message: str, *, charged: bool = False) -> Failed:
    known = max((beginning for beginning in CODES if code.startswith(beginning)), key=len, default="")
    kind = CODES[known] if known else ("upstream" if answer.status in OK else by_status(answer.status))
    failed = refused(answer, message, code=code, kind=kind, charged=charged and kind not in {"client", "rate_limit"})
    # A model that is not open to the account closes no other.
    return replace(failed, provider_wide=code in WHOLE_ACCOUNT or (failed.provider_wide and not code))
