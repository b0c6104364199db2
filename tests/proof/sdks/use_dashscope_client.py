"""The client of dashscope 2.0, as its documentation uses it."""

import asyncio

from dashscope import AsyncClient, Client
from told import SOURCE, altered, fetched, raised, size_of, tell

client = Client()
once = Client(max_retries=0)


def ask(prompt: str, through: Client = client) -> object:
    messages = [{"role": "user", "content": [{"text": prompt}]}]
    return through.multimodal.chat.create(model="z-image-turbo", messages=messages, parameters={"size": "640*512"})


drawn = client.images.generate(model="wan2.6-t2i", prompt="a paper boat", size="640x512", n=1)
task = client.images.generate(model="wan2.2-t2i-flash", prompt="a paper boat", size="640x512", n=2)
edited = client.images.generate(model="wan2.6-image", prompt="make it night", image_urls=[SOURCE])


async def asynchronously() -> list[int]:
    async with AsyncClient() as other:
        job = await other.images.generate(model="wan2.6-t2i", prompt="a kite", size="640x512")
    return size_of(fetched(job.image_urls[0]))


tell(
    drawn=size_of(fetched(drawn.image_urls[0])),
    task=[size_of(fetched(address)) for address in task.image_urls],
    edited=altered(fetched(edited.image_urls[0])),
    asynchronous=asyncio.run(asynchronously()),
    chat=raised(lambda: ask("a paper boat")),
    moderation=raised(lambda: ask("[simulate moderation] a boat")),
    throttled=raised(lambda: ask("[simulate status=429] a boat", once)),
    error_200=raised(lambda: ask("[simulate error-200] a boat", once)),
    unauthorized=raised(lambda: ask("a boat", Client(api_key="wrong"))),
)
