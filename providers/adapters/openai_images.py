"""Any API that speaks OpenAI's image operations. Pure."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from providers.adapters.capabilities import (
    MOST_PARTIAL,
    NAMES,
    QUALITY_WORDS,
    Capabilities,
    bare_name,
    is_gpt_image,
)
from providers.adapters.events import events_of
from providers.adapters.reading import (
    LOST_ON_THE_WAY,
    OK,
    child,
    data_uri,
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
    Adapter,
    Failed,
    FailureKind,
    Finished,
    ImageOrder,
    Inline,
    InputImage,
    Outcome,
    ProviderAnswer,
    ProviderRequest,
)
from providers.sheet import IMAGE_EDIT, Json

MOST_IMAGES: Final = 10
ONE_AT_A_TIME: Final = frozenset({"dall-e-3"})
# OpenAI's own refuse a seed; others that speak its language draw by it.
WITHOUT_SEED: Final = (*NAMES, "dall-e")
TEST_TIMEOUT_S: Final = 20.0
MOST_COUNTS: Final = 20
DEEPEST_COUNT: Final = 3
# Who edits where others draw: the pictures stand beside the prompt.
IN_PLACE: Final = "generations"
CODES: Final[Mapping[str, FailureKind]] = {
    **dict.fromkeys(("content_policy_violation", "moderation_blocked", "image_content_policy_violation"), "moderation"),
    **dict.fromkeys(("insufficient_quota", "billing_hard_limit_reached", "insufficient_balance"), "billing"),
    "rate_limit_exceeded": "rate_limit",
    "upstream_timeout": "timeout",
}
LINE: Final = b"\r\n"
EVENT_STREAM: Final = "text/event-stream"
PARTIAL: Final = ".partial_image"
COMPLETED: Final = ".completed"


class OpenAIImages(Adapter):
    """Also the base of others that speak alike: these say `name`, `label` and address, and what differs."""

    name = "openai"
    label = "OpenAI-compatible images"
    default_base_url = "https://api.openai.com/v1"
    usual_provider = "openai"
    key_variable = "OPENAI_API_KEY"
    simulator_path = "/openai/v1"
    takes_query = True

    def capabilities(self, provider_model_id: str, call_style: str) -> Capabilities:
        """Those of gpt-image always send base64 and refuse to be asked for it; the others draw png alone."""
        name = bare_name(provider_model_id)
        is_todays = is_gpt_image(provider_model_id)
        return Capabilities(
            formats=("png", "jpeg", "webp") if is_todays else ("png",),
            quality_words=QUALITY_WORDS if is_todays else {},
            takes_seed=not name.startswith(WITHOUT_SEED),
            images_per_call=1 if name in ONE_AT_A_TIME else MOST_IMAGES,
            response_format="" if is_todays else "b64_json",
            edit_form="multipart",
            partial_images=MOST_PARTIAL if is_todays else 0,
        )

    def submit(self, order: ImageOrder, account: Account, deadline_s: float) -> ProviderRequest:
        edits, can = order.mode == IMAGE_EDIT, self.capabilities_for(order)
        fields = _fields(order, can)
        is_form = edits and can.edit_form == "multipart"
        content_type, content = _form(order, fields) if is_form else ("application/json", _json(order, fields))
        return ProviderRequest(
            method="POST",
            url=self.operation_url(account, order, "edits" if edits and can.edit_form != IN_PLACE else "generations"),
            authorization=self.authorization(account),
            key_header=self.key_header,
            headers=(("content-type", content_type),),
            content=content,
            read_timeout_s=deadline_s,
        )

    def operation_url(self, account: Account, order: ImageOrder, operation: str) -> str:
        """Where an order is sent to."""
        return self.address(account, f"/images/{operation}")

    def read_submit(self, answer: ProviderAnswer, order: ImageOrder, account: Account) -> Outcome:
        answer = without_key(answer, account)
        if answer.status in OK and answer.headers.get("content-type", "").lower().startswith(EVENT_STREAM):
            return _streamed(answer)
        found = json_object(answer.body)
        if answer.status not in OK:
            return _refusal(answer, found)
        if found is None:
            return unreadable(answer)
        if child(found, "error"):
            return _refusal(answer, found)
        return _finished(answer, found)

    def read_partial(self, event: Mapping[str, Json]) -> Inline | None:
        is_partial = text(event.get("type")).endswith(PARTIAL)
        return inline(event.get("b64_json")) if is_partial else None

    def test_connection(self, account: Account) -> ProviderRequest | None:
        """The list of models."""
        return self.request(account, self.address(account, "/models"), TEST_TIMEOUT_S)


def _fields(order: ImageOrder, can: Capabilities) -> dict[str, Any]:
    found: dict[str, Any] = {"model": order.provider_model_id, "prompt": order.prompt, "n": order.images}
    if order.size:
        found["size"] = str(order.size)
    if order.seed is not None and can.takes_seed:
        found["seed"] = order.seed
    if can.response_format:
        found["response_format"] = can.response_format
    # Who draws one format alone has no word for it.
    if len(can.formats) > 1 and order.output_format in can.formats:
        found["output_format"] = order.output_format
    if order.output_quality is not None and order.output_format != "png":
        found["output_compression"] = order.output_quality
    if order.partial_images:
        found |= {"stream": True, "partial_images": order.partial_images}
    return found | dict(order.parameters)


def _form(order: ImageOrder, fields: dict[str, Any]) -> tuple[str, bytes]:
    """Content type and body; one picture is `image`, several are `image[]`."""
    name = "image" if len(order.inputs) == 1 else "image[]"
    files = [FilePart(name, f"image-{place}", image) for place, image in enumerate(order.inputs, start=1)]
    files += [FilePart("mask", "mask", order.mask)] if order.mask else []
    return form_body(fields, files)


def _json(order: ImageOrder, fields: dict[str, Any]) -> bytes:
    """The pictures of an edit stand within it."""
    if order.mode == IMAGE_EDIT:
        pictures = [data_uri(image) for image in order.inputs]
        fields["image"] = pictures if len(pictures) > 1 else "".join(pictures)
        fields |= {"mask": data_uri(order.mask)} if order.mask else {}
    return json.dumps(fields).encode()


def _streamed(answer: ProviderAnswer) -> Finished | Failed:
    """Events, of which each finished one holds its picture: together they are the answer."""
    events = events_of(answer.body)
    done = [event for event in events if text(event.get("type")).endswith(COMPLETED)]
    if done:
        return _finished(answer, done[-1] | {"data": done})
    faults = [event for event in events if child(event, "error")]
    # The fields of an error may also stand in the event itself.
    faults += [{"error": event} for event in events if event.get("type") == "error"]
    return _refusal(answer, faults[0]) if faults else unreadable(answer, "the stream")


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
        quality=text(found.get("quality")),
        size=text(found.get("size")),
        usage=_usage(found.get("usage")),
    )


def _usage(usage: object) -> dict[str, int]:
    """Token counts with those of its details beside, by their names."""
    return {
        text(name): number
        for name, count in _leaves("", usage, DEEPEST_COUNT)
        if (number := whole_number(count)) is not None
    }


def _leaves(path: str, value: object, levels: int) -> Iterator[tuple[str, object]]:
    """Counts by their path; details stand under the name of their sum."""
    if not isinstance(value, dict):
        yield path, value
    elif levels:
        for key, inner in list(value.items())[:MOST_COUNTS]:
            yield from _leaves(f"{path}.{key}".removeprefix(".").removesuffix("_details"), inner, levels - 1)


def _refusal(answer: ProviderAnswer, found: dict[str, Any] | None) -> Failed:
    """An error within a success does not say whether it was paid for."""
    error = child(found, "error")
    names = text(child(error, "code")), text(child(error, "type"))
    kind = next((CODES[name] for name in names if name in CODES), None)
    message = text(child(error, "message")) or text(error) or text(child(found, "detail"))
    charged = answer.status in LOST_ON_THE_WAY or (answer.status in OK and kind is None)
    return refused(answer, message, code=names[0] or names[1], kind=kind, charged=charged)


@dataclass(frozen=True)
class FilePart:
    """A picture under a field's name."""

    name: str
    stem: str
    image: InputImage


def form_body(fields: Mapping[str, Json], files: Sequence[FilePart]) -> tuple[str, bytes]:
    """Content type and body: text parts first, as they are written in forms, then the files."""
    pairs = (pair for name, value in fields.items() for pair in _flat(name, value))
    blocks = [(_field_head(name), _field_text(value)) for name, value in pairs]
    blocks += [(_file_head(part), part.image.content) for part in files]
    boundary = _boundary(blocks)
    edge = b"--" + boundary.encode()
    body = b"".join(edge + LINE + head + LINE + LINE + content + LINE for head, content in blocks)
    return f"multipart/form-data; boundary={boundary}", body + edge + b"--" + LINE


def _boundary(blocks: Sequence[tuple[bytes, bytes]]) -> str:
    """From the content, and within none of it."""
    digest = sha256()
    for head, content in blocks:
        digest.update(head)
        digest.update(content)
    boundary = digest.hexdigest()
    while any(boundary.encode() in content for _, content in blocks):
        boundary = sha256(boundary.encode()).hexdigest()
    return boundary


def _flat(name: str, value: Json) -> Iterator[tuple[str, Json]]:
    """Lists as `name[]` again and again, objects as `name[key]`; what is null is left out."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(f"{name}[{key}]", inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _flat(f"{name}[]", inner)
    elif value is not None:
        yield name, value


def _field_head(name: str) -> bytes:
    return f'Content-Disposition: form-data; name="{_quoted(name)}"'.encode()


def _file_head(part: FilePart) -> bytes:
    ending = part.image.media_type.rpartition("/")[2]
    disposition = f'Content-Disposition: form-data; name="{_quoted(part.name)}"; filename="{part.stem}.{ending}"'
    return f"{disposition}\r\nContent-Type: {part.image.media_type}".encode()


def _field_text(value: Json) -> bytes:
    return value.encode() if isinstance(value, str) else json.dumps(value).encode()


def _quoted(name: str) -> str:
    """As browsers escape names."""
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
