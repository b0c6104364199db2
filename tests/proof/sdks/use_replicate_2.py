"""replicate 2.x as its documentation uses it."""

import asyncio
import time

import replicate
from told import SOURCE, altered, raised, size_of, tell

DRAW, EDIT = "prunaai/z-image-turbo", "prunaai/z-image-turbo-img2img"
GIVEN = {"prompt": "a paper boat", "width": 640, "height": 512, "output_format": "png"}
client = replicate.Replicate()
once = replicate.Replicate(max_retries=0)

drawn = client.run(DRAW, input=GIVEN)
with open(SOURCE, "rb") as picture:
    edited = client.run(EDIT, input={"prompt": "make it night", "image": picture, "output_format": "png"})

prediction = client.models.predictions.create(model_owner="prunaai", model_name="z-image-turbo", input=GIVEN)
first_status = prediction.status
while prediction.status in {"starting", "processing"}:
    time.sleep(0.02)
    prediction = client.predictions.get(prediction_id=prediction.id)

stopped = client.predictions.create(version=DRAW, input={**GIVEN, "prompt": "[simulate never] a boat"})
stopped = client.predictions.cancel(prediction_id=stopped.id)

with open(SOURCE, "rb") as picture:
    file = client.files.create(content=picture)


async def asynchronously() -> list[int]:
    async with replicate.AsyncReplicate() as asynchronous:
        return size_of(await (await asynchronous.run(DRAW, input=GIVEN)).read())


tell(
    drawn=size_of(drawn.read()),
    kind=type(drawn).__name__,
    edited=altered(edited.read()),
    first_status=first_status,
    waited=prediction.status,
    stopped=stopped.status,
    uploaded=file.size,
    asynchronous=asyncio.run(asynchronously()),
    failed=raised(lambda: client.run(DRAW, input={**GIVEN, "prompt": "[simulate fail] a boat"})),
    invalid=raised(lambda: client.run(DRAW, input={**GIVEN, "width": 9000})),
    missing=raised(lambda: client.run("somebody/missing", input=GIVEN)),
    throttled=raised(lambda: once.run(DRAW, input={**GIVEN, "prompt": "[simulate status=429] a boat"})),
    unauthorized=raised(lambda: replicate.Replicate(bearer_token="wrong").run(DRAW, input=GIVEN)),
)
