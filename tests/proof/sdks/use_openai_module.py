"""openai 0.28, which is a module without clients, as its documentation uses it."""

import base64
import os
from typing import Any

import openai
from told import SOURCE, altered, fetched, raised, size_of, source, tell

# it reads its address from a variable of another name than later ones
openai.api_base = os.environ["OPENAI_BASE_URL"]


def draw(model: str, **more: Any) -> Any:
    return openai.Image.create(model=model, prompt="a paper boat", **{"n": 1, "size": "1024x1024", **more})["data"][0]


def edit(model: str, **more: Any) -> Any:
    with open(SOURCE, "rb") as picture:
        return openai.Image.create_edit(image=picture, model=model, prompt="make it night", **more)["data"][0]


def decoded(image: Any) -> bytes:
    return base64.b64decode(image["b64_json"])


tell(
    version=openai.__version__,
    drawn=size_of(decoded(draw("gpt-image-1.5"))),
    by_old_words=size_of(decoded(draw("dall-e-3", quality="hd", style="natural", response_format="b64_json"))),
    linked=size_of(fetched(draw("dall-e-3", quality="standard", response_format="url")["url"])),
    edited=altered(decoded(edit("gpt-image-1.5"))),
    masked=altered(decoded(edit("gpt-image-1.5", mask=source()))),
    elsewhere=[
        size_of(fetched(draw("z-image-turbo", size="640x512")["url"])),
        altered(fetched(edit("z-image-turbo")["url"])),
    ],
    wrong=raised(lambda: draw("gpt-image-1.5", n=99)),
)
