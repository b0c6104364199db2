"""Pictures that come with an order: data URIs, and links to files of this simulator. Nothing is fetched."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

from providers.simulator.pictures import PictureSpec
from providers.simulator.sources import Source, UnreadablePicture
from providers.simulator.trouble import Trouble
from providers.simulator.world import World

_DATA: Final = re.compile(r"data:[\w.+/-]*(?:;[\w=.-]+)*;base64,")
_TOKEN: Final = re.compile(r"[0-9a-f]{8}-51e0-4000-8000-[0-9a-f]{12}")
# The seeds that every protocol takes.
HIGHEST_SEED: Final = 2**31 - 1


async def source_of(world: World, address: str, field: str) -> Source:
    """The picture behind a data URI or a link of ours.

    Raises Trouble.
    """
    found = _inline(address, field) if address.startswith("data:") else await _stored(world, address, field)
    try:
        return world.sources.take(found)
    except UnreadablePicture as error:
        raise Trouble("invalid", f"the image could not be loaded: {error}", field, "image_load_error") from None


def _inline(address: str, field: str) -> bytes:
    head = _DATA.match(address)
    try:
        if head is None:
            raise ValueError
        return base64.b64decode(address[head.end() :], validate=True)
    except (ValueError, binascii.Error):
        raise Trouble("invalid", "the data URI is not base64", field, "image_load_error") from None


async def _stored(world: World, address: str, field: str) -> bytes:
    token = _TOKEN.search(address)
    file = world.files.find(token[0]) if token else None
    if file is None:
        raise Trouble("invalid", "the file could not be downloaded", field, "file_download_error")
    if isinstance(file.content, PictureSpec):
        return (await world.pictures.get(file.content)).content
    return file.content
