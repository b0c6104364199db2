"""An edit sent as JSON: its pictures, data URIs or https addresses, brought to where a form has its files."""

import asyncio
import tempfile
import time
from concurrent.futures import Executor
from hashlib import sha256
from typing import IO, Final

from django.conf import settings

from lumenboard.gateway.call import Call, json_object, pieces
from lumenboard.gateway.errors import JsonObject, invalid
from lumenboard.gateway.form import IN_MEMORY, LARGEST_FORM, FilePart, Form
from providers.adapters.reading import from_base64
from providers.dispatch.faults import DispatchFault, ForbiddenAddress, Unusable
from providers.dispatch.wire import Wire
from providers.scratch import scratch_dir
from providers.sheet import Json

# What a form may hold, in base64.
LARGEST_EDIT: Final = LARGEST_FORM // 3 * 4
MOST_PICTURES: Final = 17
FETCH_S: Final = 30.0
WANTED: Final = 'an object {"image_url": …} is needed, of a data URI or an https address'


async def read_json_edit(call: Call, executor: Executor, at_once: asyncio.Semaphore) -> Form:
    """Fields and pictures as a form has them; what lies behind an address is fetched later. Raises GatewayError.

    The caller closes the form. `at_once` bounds how many bodies are in memory.
    """
    digest = sha256()
    with _file() as body:
        async for piece in pieces(call, LARGEST_EDIT):
            digest.update(piece)
            body.write(piece)
        body.seek(0)
        async with at_once:
            form = await asyncio.get_running_loop().run_in_executor(executor, _taken_apart, body)
    form.sha256 = digest.hexdigest()
    return form


async def fetch_links(form: Form, wire: Wire) -> None:
    """Fetches what lies behind addresses: public ones alone, within a time and size for all. Raises GatewayError."""
    ends_at, left = time.monotonic() + FETCH_S, LARGEST_FORM
    for part in form.files:
        if not part.url:
            continue
        most = min(left, settings.MAX_UPLOAD_BYTES)
        try:
            got = await wire.fetch(
                part.url, own_origins=frozenset(), within_s=max(0.0, ends_at - time.monotonic()), largest=most
            )
        except DispatchFault as fault:
            raise invalid(part.label, f"the picture could not be fetched: {_why(fault, most)}") from None
        if got.answer.status != 200:
            raise invalid(part.label, f"the picture could not be fetched: its address answered {got.answer.status}")
        left -= len(got.answer.body)
        part.content.write(got.answer.body)


def _why(fault: DispatchFault, most: int) -> str:
    """In words of a picture's address, which is no provider's."""
    if isinstance(fault, ForbiddenAddress):
        return fault.message
    if fault.kind == "timeout":
        return "it did not come in time"
    if isinstance(fault, Unusable):
        return f"it is larger than {most / 2**20:.1f} MB, or its address is none or redirects too often"
    return "its host does not answer"


def _taken_apart(body: IO[bytes]) -> Form:
    form = Form(fields=json_object(body.read()))
    try:
        for name, place, item in _items(form.fields):
            form.files.append(_part(name, place, item))
            if len(form.files) > MOST_PICTURES:
                raise invalid("images", f"too many pictures; allowed are {MOST_PICTURES - 1} and one mask")
    except BaseException:
        form.close()
        raise
    return form


def _items(fields: JsonObject) -> list[tuple[str, str, Json]]:
    """Form name, place in the body and value of each picture; they leave the fields."""
    if "images" in fields and "image" in fields:
        raise invalid("image", "it is there beside images; send one of them")
    several = fields.pop("images", [])
    if not isinstance(several, list):
        raise invalid("images", f"a list is needed; of each picture {WANTED}")
    found: list[tuple[str, str, Json]] = [("image", f"images[{at}]", item) for at, item in enumerate(several)]
    if "image" in fields:
        one = fields.pop("image")
        is_list = isinstance(one, list)
        found = [
            ("image", f"image[{at}]" if is_list else "image", item) for at, item in enumerate(one if is_list else [one])
        ]
    return [*found, *([("mask", "mask", fields.pop("mask"))] if "mask" in fields else [])]


def _part(name: str, place: str, item: Json) -> FilePart:
    url = item.get("image_url") if isinstance(item, dict) else item
    if isinstance(item, dict):
        if "file_id" in item:
            raise invalid(f"{place}.file_id", "no files are kept here; send image_url, a data URI or an https address")
        if unknown := sorted(set(item) - {"image_url"}):
            raise invalid(f"{place}.{str(unknown[0])[:80]}", f"the field is not known; {WANTED}")
        place = f"{place}.image_url"
    if not isinstance(url, str) or not url:
        raise invalid(place, WANTED)
    if url[:8].lower() == "https://":
        return FilePart(name, _file(), label=place, url=url)
    head, comma, data = url.partition(",")
    if not (comma and head[:5].lower() == "data:" and head.lower().endswith(";base64")):
        raise invalid(place, "a data URI in base64 or an https address is needed")
    content = from_base64(data)
    if content is None:
        raise invalid(place, "the base64 cannot be read")
    file = _file()
    file.write(content)
    return FilePart(name, file, label=place)


def _file() -> IO[bytes]:
    # closed with the form
    return tempfile.SpooledTemporaryFile(IN_MEMORY, dir=str(scratch_dir()))
