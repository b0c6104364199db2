"""Replicate: predictions that are waited for up to a minute and polled from then on. Pure."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, ClassVar, Final

from providers.adapters.capabilities import QUALITY_WORDS, Capabilities, is_gpt_image
from providers.adapters.reading import (
    LOST_ON_THE_WAY,
    OK,
    child,
    data_uri,
    input_fields,
    items,
    job_id,
    json_object,
    no_pictures,
    pictures,
    refused,
    seconds,
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

LONGEST_WAIT_S: Final = 60
SHORTEST_DEADLINE_S: Final = 5
POLL_TIMEOUT_S: Final = 20.0
SLACK_S: Final = 5.0
FORMATS: Final[Mapping[str, str]] = {"png": "png", "jpeg": "jpg", "webp": "webp"}
REFUSED_PICTURE: Final = re.compile(r"nsfw|sensitive|safety|flagged|moderat|content policy|\(E005\)", re.IGNORECASE)
UNDER_WAY: Final = frozenset({"starting", "processing"})
# Models whose pictures go elsewhere than into `image`, by the beginning of their name.
INPUT_NAMES: Final[Mapping[str, str]] = {
    "black-forest-labs/flux-kontext": "input_image",
    "black-forest-labs/flux-2": "input_images",
    "openai/gpt-image": "input_images",
    "google/nano-banana": "image_input",
    "bytedance/seedream-4": "image_input",
}


class Replicate(Adapter):
    name = "replicate"
    label = "Replicate"
    default_base_url = "https://api.replicate.com"
    usual_provider = "replicate"
    key_variable = "REPLICATE_API_TOKEN"
    simulator_path = "/replicate"
    call_styles = ("wait", "poll")
    words: ClassVar[Mapping[str, str]] = {
        **Adapter.words,
        "output_quality": "output_compression",
        **dict.fromkeys((*INPUT_NAMES.values(), "image_input"), "image"),
    }

    def capabilities(self, provider_model_id: str, call_style: str) -> Capabilities:
        """Models that take a number of pictures honour it or not; one a call is certain. Edits have the size of their
        picture.
        """
        return Capabilities(
            formats=("png", "jpeg", "webp"),
            takes_quality=True,
            takes_edit_size=False,
            quality_words=QUALITY_WORDS if is_gpt_image(provider_model_id) else {},
        )

    def submit(self, order: ImageOrder, account: Account, deadline_s: float) -> ProviderRequest:
        body: dict[str, Any] = {"input": _input(order, self.capabilities_for(order))}
        model, _, version = order.provider_model_id.partition(":")
        if version:
            body["version"] = version
        path = "/v1/predictions" if version else f"/v1/models/{model}/predictions"
        wait_s = 0 if order.call_style == "poll" else max(1, min(LONGEST_WAIT_S, int(deadline_s)))
        headers = [
            ("content-type", "application/json"),
            ("cancel-after", f"{max(SHORTEST_DEADLINE_S, int(deadline_s))}s"),
            *([("prefer", f"wait={wait_s}")] if wait_s else []),
        ]
        return ProviderRequest(
            method="POST",
            url=self.address(account, path),
            authorization=self.authorization(account),
            headers=tuple(headers),
            content=json.dumps(body).encode(),
            read_timeout_s=(wait_s or POLL_TIMEOUT_S) + SLACK_S,
        )

    def read_submit(self, answer: ProviderAnswer, order: ImageOrder, account: Account) -> Outcome:
        return self._read(without_key(answer, account), account)

    def test_connection(self, account: Account) -> ProviderRequest | None:
        """The list of earlier predictions."""
        return self.request(account, self.address(account, "/v1/predictions"), POLL_TIMEOUT_S)

    def _read(self, answer: ProviderAnswer, account: Account) -> Outcome:
        if answer.status not in OK:
            return _refusal(answer)
        found = json_object(answer.body)
        job = job_id(child(found, "id"))
        if found is None or not job:
            return unreadable(answer, "the prediction")
        output = found.get("output")
        status = found.get("status")
        if status == "succeeded" or (status == "processing" and output):
            return _finished(answer, job, output, found)
        if status in UNDER_WAY:
            return self._pending(job, account)
        return _failure(answer, status, text(found.get("error")))

    def _pending(self, job: str, account: Account) -> Pending:
        own = self.address(account, f"/v1/predictions/{job}")
        return Pending(
            job_id=job,
            poll=self.request(account, own, POLL_TIMEOUT_S),
            cancel=self.request(account, f"{own}/cancel", POLL_TIMEOUT_S, "POST"),
        )


def _input(order: ImageOrder, can: Capabilities) -> dict[str, Any]:
    found: dict[str, Any] = {"prompt": order.prompt}
    if order.size and (can.takes_edit_size or order.mode != IMAGE_EDIT):
        found |= {"width": order.size.width_px, "height": order.size.height_px}
    if order.seed is not None and can.takes_seed:
        found["seed"] = order.seed
    if order.output_format in can.formats and order.output_format in FORMATS:
        found["output_format"] = FORMATS[order.output_format]
    if order.output_quality is not None and order.output_format != "png":
        found["output_quality"] = order.output_quality
    if order.mode == IMAGE_EDIT:
        usual = next(
            (INPUT_NAMES[start] for start in INPUT_NAMES if order.provider_model_id.startswith(start)), "image"
        )
        found |= input_fields(order, usual, "image_input")
    if order.mask:
        found["mask"] = data_uri(order.mask)
    return found | dict(order.parameters)


def _finished(answer: ProviderAnswer, job: str, output: object, found: dict[str, Any]) -> Finished | Failed:
    images = pictures(_addresses(output))
    if not images:
        return no_pictures(answer)
    spent = seconds(child(found, "metrics", "predict_time"))
    usage = {} if spent is None else {"seconds": spent}
    seed = whole_number(child(found, "input", "seed"))
    return Finished(images=images, job_id=job, seed=seed, usage=usage)


def _addresses(output: object) -> Iterator[object]:
    """One address, a list of them, or an object of such; each model has its own form."""
    parts = output.values() if isinstance(output, dict) else output if isinstance(output, list) else (output,)
    for part in parts:
        yield from (part if isinstance(part, list) else (child(part, "url") or part,))


def _failure(answer: ProviderAnswer, status: object, error: str) -> Failed:
    """A prediction that ended otherwise. One that never started is not charged."""
    if status == "aborted":
        return refused(answer, error or "the deadline passed before it started", code="aborted", kind="timeout")
    if status == "canceled":
        return refused(answer, error or "cancelled", code="canceled", kind="timeout", charged=True)
    if status != "failed":
        return unreadable(answer, "the state of the prediction")
    kind: FailureKind = "moderation" if REFUSED_PICTURE.search(error) else "upstream"
    return refused(answer, error or "the prediction failed", code="failed", kind=kind, charged=True)


def _refusal(answer: ProviderAnswer) -> Failed:
    found = json_object(answer.body)
    fields = [text(child(field, "field")) for field in items(child(found, "invalid_fields"))]
    message = text(child(found, "detail")) or text(child(found, "title"))
    failed = refused(
        answer,
        message,
        code=next((field for field in fields if field), ""),
        charged=answer.status in LOST_ON_THE_WAY,
    )
    waits = [wait for wait in (failed.retry_after_s, seconds(child(found, "retry_after"))) if wait is not None]
    return replace(failed, retry_after_s=max(waits, default=None))
