"""Pictures behind addresses that somebody wrote down: public ones alone, a few at a time, bounded."""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from typing import Any, Final

from django.conf import settings

from arena.models import UploadPicture
from providers.dispatch.faults import DispatchFault, ForbiddenAddress, Unusable
from providers.dispatch.wire import Wire, open_wire

log = logging.getLogger(__name__)
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
    except DispatchFault as fault:
        return _words(fault)
    except Exception:
        # what strangers' hosts answer ends one picture, never the upload: a worker would begin it again for ever
        log.exception("a picture behind an address could not be fetched")
        return "The picture behind the address could not be fetched; the log of the worker says why."
    if got.answer.status != 200:
        return f"The address answered {got.answer.status}."
    return got.answer.body


def _words(fault: DispatchFault) -> str:
    if isinstance(fault, ForbiddenAddress):
        return f"The address is not fetched: {fault.message}."
    if fault.kind == "timeout":
        return "The picture behind the address did not come in time."
    if isinstance(fault, Unusable):
        most = settings.MAX_UPLOAD_BYTES >> 20
        return f"What is behind the address is larger than {most} MB, or it redirects too often or to no address."
    return "The host of the address does not answer."
