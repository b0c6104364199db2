"""LiteLLM as a client of the gateway, as its documentation says to reach an OpenAI-compatible API."""

import base64
import os
from typing import Any

import litellm
from told import altered, fetched, raised, size_of, source, tell

MODEL = "openai/z-image-turbo"
# by its own list of what OpenAI's models take, LiteLLM refuses the field as an argument
INSIDE = {"response_format": "b64_json"}


def draw(prompt: str = "a paper boat", **more: Any) -> Any:
    return litellm.image_generation(prompt=prompt, model=MODEL, size="640x512", max_retries=0, **reach(), **more)


def edit(**more: Any) -> Any:
    return litellm.image_edit(image=source(), prompt="make it night", model=MODEL, **reach(), **more)


def reach() -> dict[str, str]:
    return {"api_base": os.environ["OPENAI_BASE_URL"], "api_key": os.environ["OPENAI_API_KEY"]}


def with_key(key: str) -> Any:
    return litellm.image_generation(
        prompt="a boat", model=MODEL, api_base=os.environ["OPENAI_BASE_URL"], api_key=key, max_retries=0
    )


def decoded(image: Any) -> bytes:
    return base64.b64decode(image.b64_json)


tell(
    linked=size_of(fetched(draw().data[0].url)),
    within=size_of(decoded(draw(extra_body=INSIDE).data[0])),
    several=len(draw(n=2).data),
    edited=altered(fetched(edit().data[0].url)),
    edited_within=altered(decoded(edit(extra_body=INSIDE).data[0])),
    unauthorized=raised(lambda: with_key("wrong")),
    moderation=raised(lambda: draw("[simulate moderation] a boat")),
    down=raised(lambda: draw("[simulate status=500] a boat")),
)
