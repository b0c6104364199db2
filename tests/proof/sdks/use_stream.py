"""A stream of openai's own kind: unfinished pictures while the provider draws, then the finished one with its usage."""

import base64
import time
from typing import Any

import openai
from told import SOURCE, altered, raised, size_of, tell

client = openai.OpenAI(max_retries=0)
# the simulator sends its answer slowly
SLOWLY = "[simulate drip=4] a paper boat"


def read(stream: Any) -> dict[str, Any]:
    came = [(time.monotonic(), event) for event in stream]
    pictures = [base64.b64decode(event.b64_json) for _, event in came]
    usage = came[-1][1].usage
    return {
        "events": [event.type for _, event in came],
        "places": [getattr(event, "partial_image_index", None) for _, event in came],
        "sizes": [size_of(picture) for picture in pictures],
        "altered": altered(pictures[-1]),
        "usage": usage.total_tokens == usage.input_tokens + usage.output_tokens > 0,
        "ahead_s": came[-1][0] - came[0][0],
    }


def draw(prompt: str = SLOWLY, model: str = "gpt-image-1.5") -> Any:
    return client.images.generate(model=model, prompt=prompt, size="1024x1024", stream=True, partial_images=2)


def edit() -> Any:
    with open(SOURCE, "rb") as picture:
        return client.images.edit(model="gpt-image-1.5", image=picture, prompt=SLOWLY, stream=True, partial_images=1)


tell(
    drawn=read(draw()),
    edited=read(edit()),
    elsewhere=read(draw("a paper boat", "z-image-turbo"))["events"],
    moderation=raised(lambda: list(draw("[simulate moderation] a boat"))),
)
