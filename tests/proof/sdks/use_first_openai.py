"""The least that every openai from 1.3 on is used for: a picture drawn, one changed, as each model's API has it."""

import base64
from typing import Any

import openai
from told import SOURCE, altered, fetched, raised, size_of, source, tell

client = openai.OpenAI()
SIZE: Any = "1024x1024"


def decoded(image: Any) -> bytes:
    return base64.b64decode(image.b64_json)


def draw(model: str, **more: Any) -> Any:
    return client.images.generate(model=model, prompt="a paper boat", **{"size": SIZE, **more}).data[0]


def edit(model: str, **more: Any) -> Any:
    with open(SOURCE, "rb") as picture:
        return client.images.edit(model=model, image=picture, prompt="make it night", **more).data[0]


tell(
    version=openai.__version__,
    drawn=size_of(decoded(draw("gpt-image-1.5"))),
    by_old_words=size_of(decoded(draw("dall-e-3", quality="hd", style="natural", response_format="b64_json"))),
    linked=size_of(fetched(draw("dall-e-3", quality="standard", response_format="url").url)),
    edited=altered(decoded(edit("gpt-image-1.5"))),
    masked=altered(decoded(edit("gpt-image-1.5", mask=("mask.png", source(), "image/png")))),
    elsewhere=[
        size_of(fetched(draw("z-image-turbo", size="640x512").url)),
        altered(fetched(edit("z-image-turbo").url)),
    ],
    wrong=raised(lambda: draw("gpt-image-1.5", n=99)),
)
