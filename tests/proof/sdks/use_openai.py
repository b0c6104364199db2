"""openai 1.x, 2.x and 3.x as their documentation uses them."""

import asyncio
import base64
from typing import Any

import openai
from told import SOURCE, altered, fetched, raised, size_of, source, tell

client = openai.OpenAI()
once = openai.OpenAI(max_retries=0)


def draw(prompt: str = "a paper boat", through: openai.OpenAI = client, **more: Any) -> Any:
    return through.images.generate(model="gpt-image-1", prompt=prompt, size="640x512", **more)


def decoded(image: Any) -> bytes:
    return base64.b64decode(image.b64_json)


drawn = draw(n=2, extra_body={"seed": 11})
linked = client.images.generate(model="fal/z-image-turbo", prompt="a paper boat", size="640x512", response_format="url")
with open(SOURCE, "rb") as picture:
    edited = client.images.edit(model="gpt-image-1", image=picture, prompt="make it night")
several = client.images.edit(model="gpt-image-1", image=[source(), source()], prompt="make it day", n=2)
named = client.images.edit(model="gpt-image-1", image=("a.png", source(), "image/png"), prompt="make it red")

events: list[str] = []
streamed = b""
for event in draw(stream=True, partial_images=2):
    events.append(event.type)
    streamed = base64.b64decode(event.b64_json)


async def asynchronously() -> list[int]:
    async with openai.AsyncOpenAI() as other:
        got = await other.images.generate(model="gpt-image-1", prompt="a kite", size="640x512")
    return size_of(decoded(got.data[0]))


raw = client.images.with_raw_response.generate(model="gpt-image-1", prompt="a boat", size="640x512")
tell(
    drawn=[size_of(decoded(image)) for image in drawn.data],
    differ=drawn.data[0].b64_json != drawn.data[1].b64_json,
    usage=drawn.usage.total_tokens == drawn.usage.input_tokens + drawn.usage.output_tokens,
    request_id=bool(drawn._request_id) and bool(raw.headers.get("x-request-id")),
    linked=size_of(fetched(linked.data[0].url)),
    edited=altered(decoded(edited.data[0])),
    several=[altered(decoded(image)) for image in several.data],
    named=altered(decoded(named.data[0])),
    events=events,
    streamed=size_of(streamed),
    asynchronous=asyncio.run(asynchronously()),
    models=len(client.models.list().data) > 0,
    model=client.models.retrieve("fal/z-image-turbo").id,
    retried=size_of(decoded(draw("fails once").data[0])),
    moderation=raised(lambda: draw("[simulate moderation] a boat")),
    invalid=raised(lambda: draw(n=99)),
    missing=raised(lambda: client.images.generate(model="missing", prompt="a boat")),
    throttled=raised(lambda: draw("[simulate status=429,retry-after=1] a boat", once)),
    broken=raised(lambda: draw("[simulate status=500] a boat", once)),
    html=raised(lambda: draw("[simulate status=502,body=html] a boat", once)),
    reset=raised(lambda: draw("[simulate reset] a boat", once)),
    slow=raised(lambda: draw("[simulate slow=5] a boat", once.with_options(timeout=0.3))),
    unauthorized=raised(lambda: draw(through=openai.OpenAI(api_key="wrong"))),
)
