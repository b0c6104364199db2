"""Any API that speaks OpenAI's image operations. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from providers.adapters.multipart import FilePart, form_body
from providers.adapters.reading import (
    LOST_ON_THE_WAY,
    OK,
    child,
    inline,
    items,
    json_object,
    no_pictures,
    picture,
    prompt_text,
    refused,
    text,
    unreadable,
    whole_number,
    without_key,
)
from providers.adapters.wire import (
    Account,
    Failed,
    FailureKind,
    Finished,
    ImageOrder,
    Outcome,
    ProviderAnswer,
    ProviderRequest,
)
from providers.modes import IMAGE_EDIT

BASE_URL: Final = "https://api.openai.com/v1"
MOST_IMAGES: Final = 10
ONE_AT_A_TIME: Final = frozenset({"dall-e-3"})
# These always send base64 and refuse to be asked for it; the others draw png alone.
ALWAYS_BASE64: Final = ("gpt-image", "chatgpt-image")
# OpenAI's own refuse a seed; others that speak its language draw by it.
WITHOUT_SEED: Final = (*ALWAYS_BASE64, "dall-e")
FORMATS: Final = frozenset({"png", "jpeg", "webp"})
TEST_TIMEOUT_S: Final = 20.0
MOST_COUNTS: Final = 20
CODES: Final[Mapping[str, FailureKind]] = {
    **dict.fromkeys(("content_policy_violation", "moderation_blocked", "image_content_policy_violation"), "moderation"),
    **dict.fromkeys(("insufficient_quota", "billing_hard_limit_reached", "insufficient_balance"), "billing"),
    "rate_limit_exceeded": "rate_limit",
    "upstream_timeout": "timeout",
}


class OpenAIImages:
    """The adapter; it holds nothing."""

    name: Final = "openai"
    default_base_url: Final = BASE_URL

    def images_per_call(self, order: ImageOrder) -> int:
        return 1 if _bare(order.provider_model_id) in ONE_AT_A_TIME else MOST_IMAGES

    def submit(self, order: ImageOrder, account: Account, deadline_s: float) -> ProviderRequest:
        edits = order.mode == IMAGE_EDIT
        content_type, content = _form(order) if edits else ("application/json", json.dumps(_fields(order)).encode())
        return ProviderRequest(
            method="POST",
            url=f"{account.base_url or BASE_URL}/images/{'edits' if edits else 'generations'}",
            authorization=f"Bearer {account.key}",
            headers=(("content-type", content_type),),
            content=content,
            read_timeout_s=deadline_s,
        )

    def read_submit(self, answer: ProviderAnswer, order: ImageOrder, account: Account) -> Outcome:
        answer = without_key(answer, account)
        found = json_object(answer.body)
        if answer.status not in OK:
            return _refusal(answer, found)
        if found is None:
            return unreadable(answer)
        if child(found, "error"):
            return _refusal(answer, found)
        return _finished(answer, found)

    def read_poll(self, answer: ProviderAnswer, order: ImageOrder, account: Account) -> Outcome:
        """Nothing of this protocol is polled."""
        return self.read_submit(answer, order, account)

    def test_connection(self, account: Account) -> ProviderRequest | None:
        """The list of models."""
        return ProviderRequest(
            method="GET",
            url=f"{account.base_url or BASE_URL}/models",
            authorization=f"Bearer {account.key}",
            read_timeout_s=TEST_TIMEOUT_S,
        )


def always_base64(model: str) -> bool:
    """Whether it is one of those that draw several formats and send no links."""
    return _bare(model).startswith(ALWAYS_BASE64)


def _bare(model: str) -> str:
    """Its name without the prefix that resellers put before it."""
    return model.rpartition("/")[2]


def _fields(order: ImageOrder) -> dict[str, Any]:
    found: dict[str, Any] = {"model": order.provider_model_id, "prompt": order.prompt, "n": order.images}
    if order.size:
        found["size"] = str(order.size)
    if order.seed is not None and not _bare(order.provider_model_id).startswith(WITHOUT_SEED):
        found["seed"] = order.seed
    if not always_base64(order.provider_model_id):
        return found | {"response_format": "b64_json"} | dict(order.parameters)
    if order.output_format in FORMATS:
        found["output_format"] = order.output_format
        if order.output_quality is not None and order.output_format != "png":
            found["output_compression"] = order.output_quality
    return found | dict(order.parameters)


def _form(order: ImageOrder) -> tuple[str, bytes]:
    """Content type and body; one picture is `image`, several are `image[]`."""
    name = "image" if len(order.inputs) == 1 else "image[]"
    files = [FilePart(name, f"image-{place}", image) for place, image in enumerate(order.inputs, start=1)]
    files += [FilePart("mask", "mask", order.mask)] if order.mask else []
    return form_body(_fields(order), files)


def _finished(answer: ProviderAnswer, found: dict[str, Any]) -> Finished | Failed:
    images, said = [], []
    for item in items(found.get("data"))[:MOST_IMAGES]:
        drawn = inline(child(item, "b64_json")) or picture(child(item, "url"))
        if drawn is not None:
            images.append(drawn)
            said.append(prompt_text(child(item, "revised_prompt")))
    if not images:
        return no_pictures(answer)
    return Finished(
        images=tuple(images),
        job_id=text(answer.headers.get("x-request-id")),
        revised_prompt=next((line for line in said if line), ""),
        usage=_usage(found.get("usage")),
    )


def _usage(usage: object) -> dict[str, int]:
    """Token counts with those of its details beside, by their names."""
    flat: dict[str, int] = {}
    for key, value in list(usage.items())[:MOST_COUNTS] if isinstance(usage, dict) else ():
        details = list(value.items())[:MOST_COUNTS] if isinstance(value, dict) else ()
        pairs = [(f"{key.removesuffix('_details')}.{name}", count) for name, count in details]
        for name, count in ((key, value), *pairs):
            number = whole_number(count)
            if number is not None:
                flat[text(name)] = number
    return flat


def _refusal(answer: ProviderAnswer, found: dict[str, Any] | None) -> Failed:
    """An error within a success does not say whether it was paid for."""
    error = child(found, "error")
    names = text(child(error, "code")), text(child(error, "type"))
    kind = next((CODES[name] for name in names if name in CODES), None)
    message = text(child(error, "message")) or text(error) or text(child(found, "detail"))
    charged = answer.status in LOST_ON_THE_WAY or (answer.status in OK and kind is None)
    return refused(answer, message, code=names[0] or names[1], kind=kind, charged=charged)
