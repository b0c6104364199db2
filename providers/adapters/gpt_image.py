"""OpenAI's gpt-image models, which several providers offer under a name that ends alike. Pure."""

from collections.abc import Iterable, Mapping
from typing import Final

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
