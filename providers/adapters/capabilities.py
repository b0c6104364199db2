"""What a protocol can do for one model: declared by its adapter, and stated otherwise by an endpoint's row. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, Protocol, get_args

from providers.sheet import Json

OutputFormat = Literal["png", "jpeg", "webp", "gif", "avif", "svg"]
ResponseFormat = Literal["", "url", "b64_json"]
EditForm = Literal["json", "multipart", "generations"]
FORMATS: Final[tuple[OutputFormat, ...]] = get_args(OutputFormat)
MOST_IMAGES: Final = 10
MOST_INPUTS: Final = 16
MOST_PARTIAL: Final = 3


@dataclass(frozen=True, kw_only=True)
class Capabilities:
    """What one model takes and gives at one protocol.

    `formats` are drawn as asked for, the first where nothing is asked; every other but svg is converted here.
    `takes_quality`: a number for lossy formats. `quality_words` are names of `quality` that it knows by another.
    `response_format` is what a call says under that name, for links or base64; "" says nothing. `edit_form`: how
    pictures are sent along, of which there are `most_inputs`; whether a mask, and a size in pixels, may stand beside
    them. `partial_images`: how many unfinished pictures a call gives on the way at most.
    """

    formats: tuple[OutputFormat, ...] = ("png",)
    takes_quality: bool = False
    quality_words: Mapping[str, str] = field(default_factory=dict)
    takes_seed: bool = True
    images_per_call: int = 1
    response_format: ResponseFormat = ""
    edit_form: EditForm = "json"
    most_inputs: int = MOST_INPUTS
    takes_mask: bool = True
    takes_edit_size: bool = True
    partial_images: int = 0


class CallTarget(Protocol):
    """An order or an endpoint's sheet: a model as one endpoint calls it, with what its row states otherwise."""

    @property
    def provider_model_id(self) -> str: ...

    @property
    def call_style(self) -> str: ...

    @property
    def capabilities(self) -> Mapping[str, Json]: ...


def with_stated(usual: Capabilities, stated: Mapping[str, Json]) -> Capabilities:
    """An adapter's word, and where an endpoint's row has one, the row's."""
    known: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in stated.items() if name in ALLOWED
    }
    return replace(usual, **known)


def faults_in(stated: Mapping[str, Json]) -> Iterator[tuple[str, Json, str]]:
    """Of a row's words: the name, what was found, what is allowed."""
    for name, value in stated.items():
        if name not in ALLOWED:
            yield name, value, f"no such capability; there are {', '.join(ALLOWED)}"
        elif not ALLOWED[name][0](value):
            yield name, value, ALLOWED[name][1]


def _are_formats(value: Json) -> bool:
    return isinstance(value, list) and bool(value) and all(one in FORMATS for one in value)


def _is_number(most: int, least: int = 1) -> Callable[[Json], bool]:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _are_words(value: Json) -> bool:
    return isinstance(value, dict) and all(isinstance(word, str) for word in value.values())


def _is_switch(value: Json) -> bool:
    return isinstance(value, bool)


ALLOWED: Final[Mapping[str, tuple[Callable[[Json], bool], str]]] = {
    "formats": (_are_formats, f"a list of one or more of {', '.join(FORMATS)}"),
    "takes_quality": (_is_switch, "true or false"),
    "quality_words": (_are_words, "a table of words, the known name beside the provider's"),
    "takes_seed": (_is_switch, "true or false"),
    "images_per_call": (_is_number(MOST_IMAGES), f"a whole number from 1 to {MOST_IMAGES}"),
    "response_format": (lambda value: value in get_args(ResponseFormat), 'url, b64_json, or "" for none'),
    "edit_form": (lambda value: value in get_args(EditForm), "json, multipart or generations"),
    "most_inputs": (_is_number(MOST_INPUTS), f"a whole number from 1 to {MOST_INPUTS}"),
    "takes_mask": (_is_switch, "true or false"),
    "takes_edit_size": (_is_switch, "true or false"),
    "partial_images": (_is_number(MOST_PARTIAL, 0), f"a whole number from 0 to {MOST_PARTIAL}"),
}


# Their words for quality; the older ones are those of dall-e.
QUALITY_WORDS: Final[Mapping[str, str]] = {"standard": "medium", "hd": "high"}
NAMES: Final = ("gpt-image", "chatgpt-image")


def is_gpt_image(model: str) -> bool:
    """Whether it is one of those that draw several formats and send no links."""
    return bare_name(model).startswith(NAMES)


def sends_base64(names: Iterable[str]) -> bool:
    """Whether a model of these names (slug, aliases, providers' ids) is known to give pictures within the answer."""
    return any(is_gpt_image(name.lower()) for name in names)


def bare_name(model: str) -> str:
    """Its name without the prefix that resellers put before it."""
    return model.rpartition("/")[2]
