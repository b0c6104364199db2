"""replicate 1.x as its documentation uses it."""

import asyncio

import replicate
from replicate.exceptions import ModelError
from told import SOURCE, altered, raised, size_of, tell

DRAW, EDIT = "prunaai/z-image-turbo", "prunaai/z-image-turbo-img2img"
GIVEN = {"prompt": "a paper boat", "width": 640, "height": 512, "output_format": "png"}

drawn = replicate.run(DRAW, input=GIVEN)
with open(SOURCE, "rb") as picture:
    edited = replicate.run(EDIT, input={"prompt": "make it night", "image": picture, "output_format": "png"})

version = replicate.models.get(DRAW).latest_version
assert version is not None
by_version = replicate.run(f"{DRAW}:{version.id}", input=GIVEN)

prediction = replicate.models.predictions.create(DRAW, input=GIVEN)
first_status = prediction.status
prediction.wait()
shown = replicate.predictions.get(prediction.id)

stopped = replicate.models.predictions.create(DRAW, input={**GIVEN, "prompt": "[simulate never] a boat"})
stopped.cancel()
stopped.reload()

with open(SOURCE, "rb") as picture:
    file = replicate.files.create(picture)


def failed() -> None:
    """The model's failure, raised as its own class."""
    try:
        replicate.run(DRAW, input={**GIVEN, "prompt": "[simulate fail] a boat"})
    except ModelError as error:
        raise ModelError(error.prediction) from error


tell(
    drawn=size_of(drawn.read()),
    kind=type(drawn).__name__,
    edited=altered(edited.read()),
    by_version=size_of(by_version.read()),
    first_status=first_status,
    waited=[prediction.status, shown.status, sorted(prediction.metrics or {})],
    stopped=stopped.status,
    uploaded=[file.size, file.content_type],
    listed=any(one.id == prediction.id for one in replicate.predictions.list()),
    asynchronous=size_of(asyncio.run(replicate.async_run(DRAW, input=GIVEN)).read()),
    failed=raised(failed),
    invalid=raised(lambda: replicate.run(DRAW, input={**GIVEN, "width": 9000})),
    missing=raised(lambda: replicate.run("somebody/missing", input=GIVEN)),
    throttled=raised(lambda: replicate.run(DRAW, input={**GIVEN, "prompt": "[simulate status=429] a boat"})),
    unauthorized=raised(lambda: replicate.Client(api_token="wrong").run(DRAW, input=GIVEN)),
)
