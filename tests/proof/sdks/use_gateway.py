"""openai 1.x, 2.x and 3.x at the gateway, as their documentation uses them."""

import base64
import os
from typing import Any

import openai
from told import altered, fetched, raised, size_of, source, tell

client = openai.OpenAI()
once = openai.OpenAI(max_retries=0)


def draw(prompt: str = "a paper boat", through: openai.OpenAI = client, **more: Any) -> Any:
    return through.images.generate(**{"model": "z-image-turbo", "prompt": prompt, "size": "640x512", **more})


def edit(image: Any, **more: Any) -> Any:
    return client.images.edit(model="z-image-turbo", image=image, prompt="make it night", **more)


def decoded(image: Any) -> bytes:
    return base64.b64decode(image.b64_json)


def with_key(name: str) -> openai.OpenAI:
    return openai.OpenAI(api_key=os.environ[name], max_retries=0)


linked = draw()
within = draw(n=2, response_format="b64_json", extra_body={"seed": 11, "provider": {"sort": "price"}})
edited = edit(source())
several = edit([source(), source()], response_format="b64_json")
raw = client.images.with_raw_response.generate(model="fal/z-image-turbo", prompt="a kite", size="640x512")
tell(
    linked=size_of(fetched(linked.data[0].url)),
    within=[size_of(decoded(image)) for image in within.data],
    differ=within.data[0].b64_json != within.data[1].b64_json,
    metadata=sorted(linked.model_extra["metadata"])[:3],
    request_id=linked._request_id == linked.model_extra["metadata"]["request_id"],
    edited=altered(fetched(edited.data[0].url)),
    several=altered(decoded(several.data[0])),
    provider=raw.headers.get("x-lumenboard-provider"),
    dry_run=draw(extra_query={"dryRun": "true"}).model_extra["total_cost_micros"],
    models="z-image-turbo" in [model.id for model in client.models.list().data],
    model=client.models.retrieve("fal/z-image-turbo").id,
    invalid=raised(lambda: draw(n=99)),
    moderation=raised(lambda: draw("[simulate moderation] a boat")),
    missing=raised(lambda: draw(model="missing-model")),
    unauthorized=raised(lambda: draw(through=openai.OpenAI(api_key="wrong"))),
    unscoped=raised(lambda: draw(through=with_key("READING_KEY"))),
    poor=raised(lambda: draw(through=with_key("POOR_KEY"))),
    throttled=raised(lambda: [draw(through=with_key("SLOW_KEY")) for _ in range(2)]),
    down=raised(lambda: draw("[simulate status=500] a boat")),
)
