"""What a caller asks for in the unified words of the API, checked as far as that goes without an endpoint. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from lumenboard.gateway.errors import GatewayError, invalid
from providers.adapters.capabilities import MOST_PARTIAL, OutputFormat
from providers.adapters.wire import InputImage
from providers.names import LONGEST_PROMPT
from providers.planning.call_plan import ImageRequest
from providers.planning.checks import BadPreference, read_preference
from providers.planning.notices import Notice, left_out, shown
from providers.planning.routing import Preference
from providers.sheet import Json

MOST_IMAGES: Final = 10
FORMATS: Final[Mapping[str, OutputFormat]] = {
    "png": "png",
    "jpeg": "jpeg",
    "jpg": "jpeg",
    "webp": "webp",
    "gif": "gif",
    "avif": "avif",
    "svg": "svg",
}
# What is ours alone; every other field belongs to the unified layer or to an endpoint.
OWN_FIELDS: Final = frozenset(
    (
        *("model", "prompt", "n", "response_format", "user", "safety_identifier", "stream", "partial_images"),
        *("provider", "webhook_url"),
    )
)
# what neither the log nor a provider can take
CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
UNWRITABLE: Final = "holds control characters; allowed are tab, line feed and carriage return"
SLUG: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,119}")


@dataclass(frozen=True, kw_only=True)
class RequestSpec:
    """`model` without its prefix; `parameters` are the unified and native ones, still as they came.

    `response_format` is what was asked for, "" for nothing; `as_base64` is what that comes to. `notices` tell of the
    parameters that are ours alone and are not followed as they stand.
    """

    model: str
    asked: str
    mode: str
    prompt: str
    images: int = 1
    response_format: str = ""
    as_base64: bool = False
    output_format: OutputFormat | None = None
    output_quality: int | None = None
    streams: bool = False
    partial_images: int = 0
    user: str = ""
    preference: Preference = field(default_factory=Preference)
    parameters: Mapping[str, Json] = field(default_factory=dict)
    inputs: tuple[InputImage, ...] = ()
    mask: InputImage | None = None
    notices: tuple[Notice, ...] = ()

    @property
    def request(self) -> ImageRequest:
        """What is to be planned, whichever endpoint takes it."""
        return ImageRequest(
            mode=self.mode,
            prompt=self.prompt,
            images=self.images,
            output_format=self.output_format,
            output_quality=self.output_quality,
            parameters=self.parameters,
            inputs=self.inputs,
            mask=self.mask,
            partial_images=self.partial_images,
        )


def read_request_spec(
    fields: Mapping[str, Json], mode: str, inputs: tuple[InputImage, ...] = (), mask: InputImage | None = None
) -> RequestSpec:
    """Raises GatewayError, which names the field."""
    refuse_unwritable(fields)
    asked = _text(fields, "model", 200)
    forced, _, slug = asked.lower().rpartition("/")
    if not SLUG.fullmatch(slug) or (forced and not SLUG.fullmatch(forced)):
        raise GatewayError("MODEL_NOT_FOUND", f"model: there is no model {asked[:80]!r}", "model")
    try:
        preference = read_preference(fields.get("provider"), forced)
    except BadPreference as error:
        raise GatewayError("INVALID_REQUEST", str(error), error.field) from None
    # Events of a stream always carry the picture; what else depends on the model is set in choosing.py.
    how = _choice(fields, "response_format", ("url", "b64_json"))
    streams = _switch("stream", fields.get("stream", False))
    partial = _whole("partial_images", fields.get("partial_images", 0), 0, MOST_PARTIAL)
    compression = fields.get("output_compression")
    quality = None if compression is None else _whole("output_compression", compression, 0, 100)
    return RequestSpec(
        model=slug,
        asked=asked,
        mode=mode,
        prompt=_text(fields, "prompt", LONGEST_PROMPT),
        images=_whole("n", fields.get("n", 1), 1, MOST_IMAGES),
        response_format=how,
        as_base64=how == "b64_json" or streams,
        output_format=_format(fields.get("output_format")),
        output_quality=quality,
        streams=streams,
        partial_images=partial if streams else 0,
        user=str(fields.get("safety_identifier") or fields.get("user") or "")[:200],
        preference=preference,
        parameters={name: value for name, value in fields.items() if name not in OWN_FIELDS},
        inputs=inputs,
        mask=mask,
        notices=tuple(_own_notices(fields, how if streams else "", 0 if streams else partial)),
    )


def refuse_unwritable(value: object, place: str = "") -> None:
    """In names as in texts, however deep. Raises GatewayError with the path of the field."""
    if isinstance(value, str) and CONTROL.search(value):
        raise invalid(place, f"the text {UNWRITABLE}")
    if isinstance(value, list):
        for at, item in enumerate(value):
            refuse_unwritable(item, f"{place}[{at}]")
    if isinstance(value, dict):
        for name, part in value.items():
            # as Python writes it: the answer and the log have to hold it
            path = f"{place}.{name[:80]}".removeprefix(".")
            if CONTROL.search(name):
                raise invalid(repr(path)[1:-1], f"the name {UNWRITABLE}")
            refuse_unwritable(part, path)


def _own_notices(fields: Mapping[str, Json], streamed_as: str, unstreamed: int) -> Iterator[Notice]:
    if streamed_as == "url":
        why = "events of a stream carry the picture itself"
        yield Notice(parameter="response_format", kind="converted", wanted="url", done="b64_json", why=why)
    if unstreamed:
        yield left_out("partial_images", unstreamed, "they come as events; it needs stream beside it")
    names = [name for name in ("safety_identifier", "user") if fields.get(name)]
    for name in names[:1]:
        done = "it stands in the log of requests here and is not sent on"
        yield Notice(parameter=name, kind="emulated", wanted=shown(fields[name]), done=done)
    for name in names[1:]:
        yield left_out(name, fields[name], f"{names[0]} stands in its place")


def _text(fields: Mapping[str, Json], name: str, longest: int) -> str:
    value = fields.get(name)
    if value is None or value == "":
        raise invalid(name, "the field is needed")
    if not isinstance(value, str):
        raise invalid(name, "a text is needed")
    if len(value) > longest:
        raise invalid(name, f"the text has {len(value):,} characters; allowed are {longest:,}")
    if not value.strip():
        raise invalid(name, "the text is blank")
    return value


def _whole(name: str, value: Json, lowest: int, highest: int) -> int:
    number = int(value) if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,9}", value) else value
    if isinstance(number, float) and number.is_integer():
        number = int(number)
    if isinstance(number, bool) or not isinstance(number, int) or not lowest <= number <= highest:
        raise invalid(name, f"{_shown(value)} is not allowed; allowed are whole numbers from {lowest} to {highest}")
    return number


def _switch(name: str, value: Json) -> bool:
    words: Mapping[object, Literal[True, False]] = {"true": True, "false": False}
    switched = value if isinstance(value, bool) else words.get(value) if isinstance(value, str) else None
    if switched is None:
        raise invalid(name, f"{_shown(value)} is not allowed; allowed are true and false")
    return switched


def _choice(fields: Mapping[str, Json], name: str, allowed: tuple[str, ...]) -> str:
    """One of the words, "" for none."""
    value = fields.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or value not in allowed:
        raise invalid(name, f"{_shown(value)} is not allowed; allowed are {', '.join(allowed)}")
    return value


def _format(value: Json) -> OutputFormat | None:
    if value is None:
        return None
    if not isinstance(value, str) or value not in FORMATS:
        raise invalid("output_format", f"{_shown(value)} is not allowed; allowed are {', '.join(FORMATS)}")
    return FORMATS[value]


def _shown(value: Json) -> str:
    return repr(value)[:60]
