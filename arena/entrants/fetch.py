"""Pictures behind addresses that somebody wrote down: public ones alone, a few at a time, bounded."""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any, Final

from django.conf import settings

from arena.models import UploadPicture
from providers.dispatch.faults import DispatchFault, ForbiddenAddress, Unusable
from providers.dispatch.wire import Wire, open_wire

FETCHED_AT_ONCE: Final = 4
FETCH_S: Final = 25.0
# stands in for the network in tests
Transport = Any


def fetch_each(
    pictures: Sequence[UploadPicture], transport: Transport = None
) -> Iterator[tuple[UploadPicture, bytes | str]]:
    """Each with its bytes, or why there are none."""
    if pictures:
        yield from zip(pictures, asyncio.run(_fetch([one.url for one in pictures], transport)), strict=True)


async def _fetch(urls: list[str], transport: Transport) -> list[bytes | str]:
    async with open_wire(transport) as wire:
        return await asyncio.gather(*(_one(wire, url) for url in urls))


async def _one(wire: Wire, url: str) -> bytes | str:
    most = settings.MAX_UPLOAD_BYTES
    try:
        got = await wire.fetch(url, own_origins=frozenset(), within_s=FETCH_S, largest=most)
    except ForbiddenAddress as fault:
        return f"The address is not fetched: {fault.message}."
    except DispatchFault as fault:
        if fault.kind == "timeout":
            return "The picture behind the address did not come in time."
        if isinstance(fault, Unusable):
            return f"What is behind the address is larger than {most >> 20} MB, or it redirects too often."
        return "The host of the address does not answer."
    if got.answer.status != 200:
        return f"The address answered {got.answer.status}."
    return got.answer.body
