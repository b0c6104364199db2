"""fal-client as its documentation uses it; with argument `http` by its module's constants, else by environment."""

import asyncio
import sys

import fal_client
from fal_client import client as module
from told import SIMULATOR, SOURCE, altered, fetched, raised, size_of, source, tell

DRAW, EDIT = "fal-ai/z-image/turbo", "fal-ai/z-image/turbo/image-to-image"
SIZE = {"width": 640, "height": 512}

if "http" in sys.argv:
    module.RUN_URL_FORMAT = f"{SIMULATOR}/fal/run/"
    module.QUEUE_URL_FORMAT = f"{SIMULATOR}/fal/queue/"
module.REST_URL = f"{SIMULATOR}/fal/rest"
module.CDN_URL = f"{SIMULATOR}/fal/cdn"

run = fal_client.run(DRAW, arguments={"prompt": "a paper boat", "image_size": SIZE, "seed": 11})

states: list[str] = []
subscribed = fal_client.subscribe(
    DRAW,
    arguments={"prompt": "a paper boat", "num_images": 2, "image_size": SIZE},
    with_logs=True,
    on_queue_update=lambda status: states.append(type(status).__name__),
)

uploaded = fal_client.upload(source(), "image/png")
edited = fal_client.run(EDIT, arguments={"prompt": "make it night", "image_url": uploaded})
by_file = fal_client.run(EDIT, arguments={"prompt": "make it day", "image_url": fal_client.upload_file(SOURCE)})

waiting = fal_client.submit(DRAW, arguments={"prompt": "[simulate never=queued] a boat"})
waiting_state = type(waiting.status()).__name__
waiting.cancel()
after_cancel = raised(waiting.get)


async def asynchronously() -> list[int]:
    """The same by the other client: a queue job and its result."""
    handle = await fal_client.AsyncClient().submit(DRAW, arguments={"prompt": "a kite", "image_size": SIZE})
    result = await handle.get()
    return size_of(fetched(result["images"][0]["url"]))


tell(
    run=size_of(fetched(run["images"][0]["url"])),
    seed=run["seed"],
    states=sorted(set(states)),
    subscribed=len(subscribed["images"]),
    edited=altered(fetched(edited["images"][0]["url"])),
    edited_by_file=altered(fetched(by_file["images"][0]["url"])),
    waiting=waiting_state,
    after_cancel=after_cancel,
    asynchronous=asyncio.run(asynchronously()),
    moderation=raised(lambda: fal_client.run(DRAW, arguments={"prompt": "[simulate moderation] a boat"})),
    queued_moderation=raised(lambda: fal_client.subscribe(DRAW, arguments={"prompt": "[simulate moderation] a boat"})),
    invalid=raised(lambda: fal_client.run(DRAW, arguments={"prompt": "a boat", "num_images": 9})),
    missing=raised(lambda: fal_client.run("fal-ai/missing", arguments={"prompt": "a boat"})),
    unauthorized=raised(lambda: fal_client.SyncClient(key="wrong:key").run(DRAW, arguments={"prompt": "a boat"})),
    unavailable=raised(lambda: fal_client.run(DRAW, arguments={"prompt": "[simulate status=503] a boat"})),
)
