"""Paid pictures in the format and the way that was asked for. Whatever fails here, the picture itself is given."""

import asyncio
import base64
import logging
import time
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from typing import Final

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from arena.images.intake.refusals import ImageRefused
from arena.images.intake.take_in import BEST_QUALITY, Redrawn, redraw
from lumenboard.gateway.errors import JsonObject, warning
from lumenboard.gateway.execution import RequestExecution
from lumenboard.gateway.media import link_to, stored_name
from providers.adapters.capabilities import OutputFormat
from providers.dispatch.call_spec import Done, StoredPicture
from providers.dispatch.picture_header import format_of
from providers.dispatch.pictures import LARGEST_PICTURE
from providers.planning.offers import EndpointOffer

LOG = logging.getLogger(__name__)
LEAST_LEFT_S: Final = 1.0
NO_STORAGE: Final = "the site's storage could not take the picture, so there is no link; it is given within the answer"


@dataclass(frozen=True, kw_only=True)
class Picture:
    """One picture of the answer: where it lies, if it does, and its bytes."""

    name: str
    format: str
    size: str
    content: bytes = field(repr=False)
    revised_prompt: str = ""
    is_stored: bool = True

    def to_dict(self, as_base64: bool) -> JsonObject:
        """As an item of `data`; one that lies nowhere has no link."""
        is_inside = as_base64 or not self.is_stored
        where = {"b64_json": base64.b64encode(self.content).decode()} if is_inside else {"url": link_to(self.name)}
        return where | ({"revised_prompt": self.revised_prompt} if self.revised_prompt else {})


async def pictures_of(execution: RequestExecution, executor: Executor) -> list[Picture]:
    """Every picture, in the format that was asked for where it can be had; with a warning where it cannot."""
    came = [(offer, done, stored) for offer, done in execution.done for stored in done.pictures]
    pictures = [
        await _picture(execution, offer, done, stored, executor)
        for offer, done, stored in came[: execution.spec.images]
    ]
    if not execution.spec.as_base64 and not all(picture.is_stored for picture in pictures):
        execution.warn(warning("response_format", "converted", NO_STORAGE, "url"))
    return pictures


async def _picture(
    execution: RequestExecution, offer: EndpointOffer, done: Done, stored: StoredPicture, executor: Executor
) -> Picture:
    came, spec = _as_it_came(stored, done), execution.spec
    # A provider that was asked for the format may have drawn another.
    is_asked_for = spec.output_format is None or came.format == spec.output_format
    if offer.convert_to is None and is_asked_for:
        return came
    to: OutputFormat = offer.convert_to or spec.output_format or "png"
    work = partial(converted, came, to, offer.quality)
    try:
        async with asyncio.timeout(max(LEAST_LEFT_S, execution.ends_at - time.monotonic())):
            picture, notice = await asyncio.get_running_loop().run_in_executor(executor, work)
    except TimeoutError:
        picture, notice = came, _given_as_it_came(came, to, "there was no time left for it")
    except RuntimeError as error:
        # the executor takes nothing more: the server is about to stop
        LOG.warning("a picture could not be converted: %s", error)
        picture, notice = came, _given_as_it_came(came, to, "the server is about to stop")
    if notice:
        execution.warn(notice)
    return picture


def _as_it_came(stored: StoredPicture, done: Done) -> Picture:
    return Picture(
        name=stored.name,
        format=format_of(stored.media_type),
        size=f"{stored.width_px}x{stored.height_px}",
        content=stored.content,
        revised_prompt=done.revised_prompt,
        is_stored=not stored.storage_fault,
    )


def converted(came: Picture, to: OutputFormat, quality: int | None) -> tuple[Picture, JsonObject | None]:
    """The picture drawn anew and stored; as it came, with a warning, where that fails. Blocking: a child draws it."""
    if "svg" in {came.format, to}:
        return came, _given_as_it_came(came, to, "lines are not made into pixels here, nor pixels into lines")
    try:
        drawn = redraw(came.content, to, BEST_QUALITY if quality is None else quality, LARGEST_PICTURE)
    except ImageRefused as refused:
        return came, _given_as_it_came(came, to, str(refused))
    except Exception:
        # No fault of ours may lose what somebody has paid for: a broken child, a full disk, no more processes.
        LOG.exception("a picture could not be converted to %s", to)
        return came, _given_as_it_came(came, to, "an internal error")
    name = stored_name(f"{sha256(drawn.content).hexdigest()}.{to}")
    return _of(drawn, name, came.revised_prompt, is_stored=_is_saved(name, drawn.content)), None


def _of(drawn: Redrawn, name: str, revised_prompt: str, *, is_stored: bool) -> Picture:
    return Picture(
        name=name,
        format=drawn.format,
        size=f"{drawn.width_px}x{drawn.height_px}",
        content=drawn.content,
        revised_prompt=revised_prompt,
        is_stored=is_stored,
    )


def _is_saved(name: str, content: bytes) -> bool:
    """Each storage has errors of its own, and none of them unmakes the picture."""
    try:
        default_storage.save(name, ContentFile(content))
    except Exception as error:
        LOG.warning("a converted picture could not be stored: %s", error)
        return False
    return True


def _given_as_it_came(came: Picture, to: str, reason: str) -> JsonObject:
    message = (
        f"the picture is given as it came, as {came.format}: it could not be converted to {to} ({reason.rstrip('.')})"
    )
    return warning("output_format", "unsupported", message, to)
