"""One request as the gateway sees it, its body read within bounds, and one answer."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import Any, Final
from urllib.parse import parse_qsl

import orjson
from django.conf import settings

from lumenboard.gateway.errors import GatewayError, JsonObject, invalid
from lumenboard.gateway.request_spec import refuse_unwritable
from lumenboard.serving.bodies import TOO_SLOW, SlowBody, body_pieces
from lumenboard.serving.rsgi import Headers, HttpProtocol
from providers.plain_values import whole_number

JSON: Final = "application/json"
LARGEST_JSON: Final = 1 << 20
BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
DEEPEST: Final = 12
HALVES: Final = re.compile(rb"\\u[dD][89a-fA-F]")
LONGEST_QUERY: Final = 8000
MOST_QUERY_FIELDS: Final = 100
# A name alone says yes.
SWITCH_WORDS: Final[Mapping[str, bool]] = {
    **dict.fromkeys(("", "true", "1", "yes", "on"), True),
    **dict.fromkeys(("false", "0", "no", "off"), False),
}


@dataclass(frozen=True)
class Call:
    """Everything of a request but its body. `id` is what the caller knows it by, `address` where it comes from."""

    id: str
    method: str
    path: str
    query_string: str
    headers: Headers = field(repr=False)
    proto: HttpProtocol = field(repr=False)
    began_at: float
    address: str = ""

    def header(self, name: str) -> str:
        """The header's value, "" without one."""
        return self.headers.get(name) or ""

    @property
    def media_type(self) -> str:
        """Of its body, lower case and without options; "" where it says none."""
        return self.header("content-type").partition(";")[0].strip().lower()

    @cached_property
    def query(self) -> Mapping[str, str]:
        """The last value of each parameter. Raises GatewayError for more than is read."""
        if len(self.query_string) > LONGEST_QUERY:
            raise invalid(None, f"The query is too long: allowed are {LONGEST_QUERY:,} characters.")
        try:
            return dict(parse_qsl(self.query_string, keep_blank_values=True, max_num_fields=MOST_QUERY_FIELDS))
        except ValueError:
            raise invalid(None, f"The query has too many fields: allowed are {MOST_QUERY_FIELDS}.") from None

    def switch(self, name: str) -> bool:
        """Whether a query parameter is set, in whichever case and with or without underscores. Raises GatewayError."""
        written = {key: text for key, text in self.query.items() if _plain(key) == _plain(name)}
        said = {SWITCH_WORDS.get(text.strip().lower()) for text in written.values()}
        if None in said:
            shown = " and ".join(map(repr, written.values()))[:60]
            raise invalid(name, f"{shown} is not allowed; allowed are true and false")
        if len(said) > 1:
            raise invalid(name, f"it is said twice, as true and as false: {' and '.join(written)[:80]}")
        return True in said

    @property
    def is_for_later(self) -> bool:
        """Whether the caller will come back for the answer (RFC 7240)."""
        preferred = ",".join(self.headers.get_all("prefer")).lower().replace(";", ",").split(",")
        return self.switch("async") or "respond-async" in map(str.strip, preferred)


@dataclass(frozen=True)
class Answer:
    """Status, headers and a body: JSON, or bytes with their type. One that `is_sent` has gone as a stream."""

    status: int
    body: JsonObject | bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = JSON
    is_sent: bool = False

    def content(self) -> bytes:
        """The bytes to send."""
        return self.body if isinstance(self.body, bytes) else orjson.dumps(self.body)


def for_other_sites(call: Call) -> dict[str, str]:
    """What lets a browser show the answer to the page of another site; nothing for sites that are not named."""
    origin, named = call.header("origin"), settings.GATEWAY_ORIGINS
    if not origin or (origin.lower() not in named and "*" not in named):
        return {}
    return {"access-control-allow-origin": origin, "access-control-expose-headers": "*", "vary": "Origin"}


def _plain(name: str) -> str:
    return name.replace("_", "").lower()


def stated_length(call: Call, most: int) -> int | None:
    """The length a body says it has; None for one in chunks. Raises GatewayError for one that says it is too long."""
    stated = call.header("content-length")
    if not stated:
        return None
    length = whole_number(stated)
    if length is None:
        raise invalid("Content-Length", "a number of bytes is needed")
    if length > most:
        raise too_large(most)
    return length


def too_large(most: int) -> GatewayError:
    """More than `most` bytes came or were announced."""
    return GatewayError("REQUEST_TOO_LARGE", f"The body is too long: allowed are {most:,} bytes.")


async def pieces(call: Call, most: int) -> AsyncIterator[bytes]:
    """The body piece by piece; stops reading with an error past `most` bytes."""
    coding = call.header("content-encoding").strip().lower()
    if coding not in {"", "identity"}:
        message = f"Content-Encoding: {coding[:40]} is not taken; send the body as it is."
        raise GatewayError("UNSUPPORTED_MEDIA_TYPE", message, "Content-Encoding")
    stated_length(call, most)
    count = 0
    try:
        async for piece in body_pieces(call.proto):
            count += len(piece)
            if count > most:
                raise too_large(most)
            yield piece
    except SlowBody:
        raise GatewayError("REQUEST_TIMEOUT", TOO_SLOW, extra_headers={"connection": "close"}) from None


async def drain(call: Call, most: int, within_s: float) -> None:
    """Reads away a body that is still on its way: many clients read no answer before they have sent all of it.

    Nothing is stored. One that is longer, slower or waits to be asked for is left where it is.
    """
    length = whole_number(call.header("content-length")) or 0
    if call.header("expect") or length > most or not (length or call.header("transfer-encoding")):
        return
    count = 0
    try:
        async with asyncio.timeout(within_s):
            async for piece in body_pieces(call.proto):
                count += len(piece)
                if count > most:
                    return
    except (SlowBody, TimeoutError):
        return


@dataclass(frozen=True)
class JsonBody:
    """The object a body holds, and the hash that tells one body from another."""

    value: JsonObject = field(repr=False)
    sha256: str


async def json_body(call: Call) -> JsonBody:
    """Raises GatewayError for anything but a JSON object of ordinary size and depth."""
    if call.media_type not in {JSON, ""}:
        raise GatewayError("UNSUPPORTED_MEDIA_TYPE", "The body must be JSON (Content-Type: application/json).")
    content = b"".join([piece async for piece in pieces(call, LARGEST_JSON)])
    return JsonBody(json_object(content), sha256(content).hexdigest())


def json_object(content: bytes) -> JsonObject:
    """The object a body holds. Raises GatewayError."""
    try:
        value: Any = orjson.loads(content.removeprefix(BYTE_ORDER_MARK))
    except orjson.JSONDecodeError as error:
        _refuse_halves(content)
        raise invalid(None, f"The body is not valid JSON: {str(error)[:120]}.") from None
    if not isinstance(value, dict):
        raise invalid(None, "The body must be a JSON object.")
    if _depth(value) > DEEPEST:
        raise invalid(None, f"The body is nested too deeply: allowed are {DEEPEST} levels.")
    # Clients send None as null and mean that the field is absent.
    return {name: part for name, part in value.items() if part is not None}


def _refuse_halves(content: bytes) -> None:
    """Names the field of a body that cannot be read for half a character in it. Raises GatewayError."""
    if HALVES.search(content):
        with suppress(ValueError, RecursionError):
            refuse_unwritable(json.loads(content))


def _depth(value: Any) -> int:
    level, layer = 0, [value]
    while layer and level <= DEEPEST:
        level += 1
        layer = [
            part
            for item in layer
            if isinstance(item, dict | list)
            for part in (item.values() if isinstance(item, dict) else item)
        ]
    return level
