"""Brings a finished job's pictures into our storage: fetched at once, looked at, kept under the hash of their bytes."""

import asyncio
import hashlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from providers.adapters.reading import from_base64
from providers.adapters.wire import Inline, Link
from providers.dispatch.call_spec import StoredPicture
from providers.dispatch.faults import AnswerLost, DispatchFault, NotAllowed, NotSent, Unusable
from providers.dispatch.picture_header import EXTENSIONS, NoPicture, read_header
from providers.dispatch.wire import LARGEST_PICTURE, Wire
from providers.pricing import Size

LOG = logging.getLogger(__name__)
FOLDER: Final = "generated"
# A fetch costs nothing, so it may be repeated.
TRIES: Final = 3
PAUSE_S: Final = 0.4
MEGA: Final = Decimal(1_000_000)
# Providers round sides to what their model can draw; more than this is another picture than was ordered.
TOLERANCE: Final = 1 / 16
Step = Callable[[str], None]


@dataclass(frozen=True)
class Fetched:
    """Pictures at hand and when the last byte of them came."""

    pictures: tuple[StoredPicture, ...]
    last_byte_at: float


async def fetch_pictures(
    wire: Wire, images: tuple[Link | Inline, ...], *, own_origins: frozenset[str], ends_at: float, came_at: float
) -> Fetched:
    """All at once. `came_at` is when those within the answer came. One that fails does not take the others with it.

    Raises DispatchFault where there is none.
    """
    if not images:
        raise Unusable("upstream", "the provider finished without a picture")
    seen = [_seen(wire, image, own_origins, ends_at, came_at) for image in images]
    if len(seen) == 1:
        found = [await seen[0]]
    else:
        tasks = [asyncio.ensure_future(one) for one in seen]
        try:
            found = await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
    there = [one for one in found if not isinstance(one, DispatchFault)]
    if not there:
        raise next(one for one in found if isinstance(one, DispatchFault))
    return Fetched(tuple(picture for picture, _ in there), max(at for _, at in there))


async def store_pictures(pictures: tuple[StoredPicture, ...], step: Step) -> tuple[StoredPicture, ...]:
    """Each whole in storage, or with the fault that kept it out. Its name is its hash, so it may be stored twice."""
    stored = []
    for picture in pictures:
        step("store.before")
        fault = await asyncio.to_thread(_save, picture)
        stored.append(replace(picture, storage_fault=fault) if fault else picture)
        step("store.after")
    return tuple(stored)


def check_size(pictures: tuple[StoredPicture, ...], ordered: Size | None) -> None:
    """Raises Unusable where a picture is not of the size that was ordered."""
    if other := of_another_size(pictures, ordered):
        raise Unusable("upstream", f"the picture is {other.width_px}x{other.height_px}, ordered was {ordered}")


def of_another_size(pictures: tuple[StoredPicture, ...], ordered: Size | None) -> StoredPicture | None:
    """The first that is not as large as was ordered, by more than providers round."""
    for picture in pictures if ordered else ():
        assert ordered is not None
        off = max(
            abs(picture.width_px - ordered.width_px) / ordered.width_px,
            abs(picture.height_px - ordered.height_px) / ordered.height_px,
        )
        if off > TOLERANCE:
            return picture
    return None


def megapixels(pictures: tuple[StoredPicture, ...]) -> Decimal:
    """Of all pictures together, in millions of pixels."""
    return Decimal(sum(picture.width_px * picture.height_px for picture in pictures)) / MEGA


def _picture_to_record(picture: StoredPicture) -> dict[str, Any]:
    """What the row keeps of a picture."""
    return {name: value for name, value in vars(picture).items() if name not in {"content", "storage_fault"}}


def pictures_to_records(pictures: tuple[StoredPicture, ...]) -> list[dict[str, Any]]:
    """What the row keeps of pictures."""
    return [_picture_to_record(picture) for picture in pictures]


def pictures_from_records(records: list[dict[str, Any]]) -> tuple[StoredPicture, ...]:
    """Pictures from the row, their bytes left in storage."""
    return tuple(StoredPicture(**record) for record in records)


async def _seen(
    wire: Wire, image: Link | Inline, own_origins: frozenset[str], ends_at: float, came_at: float
) -> tuple[StoredPicture, float] | DispatchFault:
    try:
        content, at = await _content(wire, image, own_origins, ends_at, came_at)
        return _inspect(content), at
    except DispatchFault as fault:
        return fault


async def _content(
    wire: Wire, image: Link | Inline, own_origins: frozenset[str], ends_at: float, came_at: float
) -> tuple[bytes, float]:
    if isinstance(image, Inline):
        return image.content, came_at
    if image.url.startswith("data:"):
        return _from_data_uri(image.url), came_at
    for attempt in range(1, TRIES + 1):
        try:
            return await _fetch(wire, image.url, own_origins, ends_at)
        except NotAllowed:
            raise
        except (NotSent, AnswerLost):
            if attempt == TRIES or time.monotonic() + PAUSE_S * attempt >= ends_at:
                raise
        await asyncio.sleep(PAUSE_S * attempt)
    raise AssertionError("unreachable")


async def _fetch(wire: Wire, url: str, own_origins: frozenset[str], ends_at: float) -> tuple[bytes, float]:
    """Raises AnswerLost where another try may help, Unusable where it cannot."""
    exchange = await wire.fetch(url, own_origins=own_origins, within_s=max(0.05, ends_at - time.monotonic()))
    status = exchange.answer.status
    if status == 200:
        return exchange.answer.body, exchange.last_byte_at
    fault: type[DispatchFault] = AnswerLost if status in {408, 425, 429} or status >= 500 else Unusable
    raise fault("upstream", f"the link to the picture answered {status}")


def _from_data_uri(uri: str) -> bytes:
    head, _, data = uri.partition(",")
    if len(data) > LARGEST_PICTURE * 2:
        raise Unusable("upstream", "the picture within the answer is too large")
    content = from_base64(data) if head.endswith(";base64") else unquote_to_bytes(data)
    if content is None:
        raise Unusable("upstream", "the picture within the answer cannot be read")
    return content


def _inspect(content: bytes) -> StoredPicture:
    try:
        header = read_header(content)
    except NoPicture as error:
        raise Unusable("upstream", str(error)) from None
    digest = hashlib.sha256(content).hexdigest()
    return StoredPicture(
        name=f"{FOLDER}/{digest[:2]}/{digest}.{EXTENSIONS[header.media_type]}",
        sha256=digest,
        media_type=header.media_type,
        width_px=header.width_px,
        height_px=header.height_px,
        size_bytes=len(content),
        content=content,
    )


def _save(picture: StoredPicture) -> str:
    """What went wrong, "" for nothing. Each storage has errors of its own, and none of them unmakes the picture."""
    try:
        default_storage.save(picture.name, ContentFile(picture.content))
    except Exception as error:
        LOG.warning("picture %s could not be stored: %s", picture.sha256, error)
        return f"the picture could not be stored: {getattr(error, 'strerror', None) or type(error).__name__}"
    return ""
