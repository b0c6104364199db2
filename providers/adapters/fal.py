"""fal: a blocking run for one picture, the queue for several or where asked for. Pure."""

import json
from collections.abc import Mapping
from typing import Any, ClassVar, Final

from providers.adapters.capabilities import QUALITY_WORDS, Capabilities, is_gpt_image
from providers.adapters.reading import (
    OK,
    by_status,
    child,
    data_uri,
    input_fields,
    items,
    job_id,
    json_object,
    no_pictures,
    pictures,
    prompt_text,
    refused,
    same_host,
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

RUN_HOST: Final = "https://fal.run"
QUEUE_HOST: Final = "https://queue.fal.run"
MOST_IMAGES: Final = 4
QUEUE_TIMEOUT_S: Final = 30.0
SHORTEST_START_S: Final = 2
# Where to ask next. A job that its model refused is completed too: the answer at the result's address says why.
ENDS: Final[Mapping[str, str]] = {"IN_QUEUE": "/status", "IN_PROGRESS": "/status", "COMPLETED": ""}
# Of the queue and the machines behind it: such a job never has a result to fetch.
PLATFORM_ERRORS: Final[Mapping[str, FailureKind]] = {
    **dict.fromkeys(("request_timeout", "startup_timeout", "start_timeout"), "timeout"),
    **dict.fromkeys(("runner_scheduling_failure", "runner_connection_timeout", "runner_disconnected"), "upstream"),
    **dict.fromkeys(("runner_connection_refused", "runner_connection_error"), "upstream"),
    **dict.fromkeys(("runner_incomplete_response", "runner_server_error", "internal_error"), "upstream"),
    **dict.fromkeys(("client_disconnected", "client_cancelled"), "gateway"),
}
# Of one error within a 422; what is not named here is the caller's fault.
MODEL_ERRORS: Final[Mapping[str, FailureKind]] = {
    "content_policy_violation": "moderation",
    "generation_timeout": "timeout",
    "downstream_service_error": "upstream",
    "downstream_service_unavailable": "upstream",
    "internal_server_error": "upstream",
}


class Fal(Adapter):
    name = "fal"
    label = "fal"
    default_base_url = RUN_HOST
    usual_provider = "fal"
    key_variable = "FAL_KEY"
    simulator_path = "/fal"
    call_styles = ("queue", "direct")
    key_scheme = "Key"
    words: ClassVar[Mapping[str, str]] = {
        **Adapter.words,
        **dict.fromkeys(("image_url", "image_urls"), "image"),
        "mask_url": "mask",
    }

    def capabilities(self, provider_model_id: str, call_style: str) -> Capabilities:
        return Capabilities(
            formats=("png", "jpeg", "webp"),
            images_per_call=MOST_IMAGES,
            quality_words=QUALITY_WORDS if is_gpt_image(provider_model_id) else {},
        )

    def submit(self, order: ImageOrder, account: Account, deadline_s: float) -> ProviderRequest:
        queued = is_queued(order)
        host = _queue_host(account) if queued else _run_host(account)
        return ProviderRequest(
            method="POST",
            url=f"{host}/{order.provider_model_id}",
            authorization=self.authorization(account),
            headers=(
                ("content-type", "application/json"),
                ("x-fal-no-retry", "1"),
                # What has not begun by then would be drawn for nobody.
                ("x-fal-request-timeout", str(max(SHORTEST_START_S, int(deadline_s)))),
            ),
            content=json.dumps(_body(order, self.capabilities_for(order))).encode(),
            read_timeout_s=min(QUEUE_TIMEOUT_S, deadline_s) if queued else deadline_s,
        )

    def read_submit(self, answer: ProviderAnswer, order: ImageOrder, account: Account) -> Outcome:
        answer = without_key(answer, account)
        if answer.status not in OK:
            return _refusal(answer, computed=False)
        if not is_queued(order):
            return _finished(answer)
        job = job_id(child(json_object(answer.body), "request_id"))
        if not job:
            return unreadable(answer, "the receipt of the queue")
        return self._pending(job, "/status", order, account)

    def read_poll(self, answer: ProviderAnswer, order: ImageOrder, account: Account) -> Outcome:
        answer = without_key(answer, account)
        if answer.status not in OK:
            return _refusal(answer, computed=True)
        found = json_object(answer.body)
        if found is None:
            return unreadable(answer)
        status = found.get("status")
        if "images" in found or not isinstance(status, str):
            return _finished(answer)
        code, job = text(found.get("error_type")), _job(found, account)
        if status == "COMPLETED" and code in PLATFORM_ERRORS:
            return _platform_failure(answer, text(found.get("error")), code)
        if status not in ENDS or not job:
            return unreadable(answer, "the state of the job")
        return self._pending(job, ENDS[status], order, account)

    def test_connection(self, account: Account) -> ProviderRequest | None:
        """The state of a job that does not exist: 404 with a good key, 401 with a wrong one."""
        nowhere = "fal-ai/z-image/requests/00000000-0000-0000-0000-000000000000/status"
        return self.request(account, f"{_queue_host(account)}/{nowhere}", QUEUE_TIMEOUT_S)

    def _pending(self, job: str, end: str, order: ImageOrder, account: Account) -> Pending:
        app = "/".join(order.provider_model_id.split("/")[:2])
        own = f"{_queue_host(account)}/{app}/requests/{job}"
        return Pending(
            job_id=job,
            poll=self.request(account, own + end, QUEUE_TIMEOUT_S),
            cancel=self.request(account, f"{own}/cancel", QUEUE_TIMEOUT_S, "PUT"),
            is_ready=not end,
        )


def is_queued(order: ImageOrder) -> bool:
    """Several pictures take longer than a connection should be held open for."""
    return order.call_style == "queue" or (order.call_style == "" and order.images > 1)


def _run_host(account: Account) -> str:
    return RUN_HOST if account.base_url in {"", RUN_HOST} else f"{account.base_url}/run"


def _queue_host(account: Account) -> str:
    return QUEUE_HOST if account.base_url in {"", RUN_HOST} else f"{account.base_url}/queue"


def _body(order: ImageOrder, can: Capabilities) -> dict[str, Any]:
    body: dict[str, Any] = {"prompt": order.prompt, "num_images": order.images}
    if order.size:
        body["image_size"] = {"width": order.size.width_px, "height": order.size.height_px}
    if order.seed is not None and can.takes_seed:
        body["seed"] = order.seed
    if order.output_format in can.formats:
        body["output_format"] = order.output_format
    if order.mode == IMAGE_EDIT:
        body |= input_fields(order, "image_url", "image_urls")
    if order.mask:
        body["mask_url"] = data_uri(order.mask)
    return body | dict(order.parameters)


def _job(found: dict[str, Any], account: Account) -> str:
    """The request's id, from the answer or from the address of the result on the expected host."""
    address = found.get("response_url")
    named = ""
    if isinstance(address, str) and same_host(address, _queue_host(account)):
        named = address.rstrip("/").rpartition("/requests/")[2].split("/")[0]
    return job_id(found.get("request_id")) or job_id(named)


def _finished(answer: ProviderAnswer) -> Finished | Failed:
    found = json_object(answer.body)
    if found is None:
        return unreadable(answer)
    images = pictures(child(image, "url") for image in items(found.get("images")))
    if not images:
        return _refusal(answer, computed=True) if found.get("detail") else no_pictures(answer)
    if any(flag is True for flag in items(found.get("has_nsfw_concepts"))):
        return refused(answer, "the safety checker blanked the picture", code="nsfw", kind="moderation", charged=True)
    return Finished(
        images=images,
        job_id=text(answer.headers.get("x-fal-request-id")),
        seed=whole_number(found.get("seed")),
        revised_prompt=prompt_text(found.get("prompt")),
        billed_units=text(answer.headers.get("x-fal-billable-units")),
    )


def _refusal(answer: ProviderAnswer, *, computed: bool) -> Failed:
    """`computed` where the model may have run before it refused; 5xx is never charged."""
    found = json_object(answer.body)
    detail = child(found, "detail")
    first = next(iter(items(detail)), None)
    code = text(child(first, "type")) or text(child(found, "error_type"))
    message = text(detail) or text(child(first, "msg"))
    if code in PLATFORM_ERRORS:
        return _platform_failure(answer, message, code)
    if answer.status in {422, *OK}:
        kind = MODEL_ERRORS.get(code, "client" if answer.status == 422 else "upstream")
        return refused(answer, message, code=code, kind=kind, charged=computed or kind != "client")
    locked = answer.status == 403 and any(word in message.lower() for word in ("locked", "balance"))
    return refused(answer, message, code=code, kind="billing" if locked else by_status(answer.status))


def _platform_failure(answer: ProviderAnswer, message: str, code: str) -> Failed:
    """Not charged, save what was stopped by us while it ran."""
    kind = PLATFORM_ERRORS[code]
    return refused(answer, message or code, code=code, kind=kind, charged=kind == "gateway")
