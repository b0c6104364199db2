"""Reading what a provider answered without trusting it: JSON of any shape, texts of any length, addresses. Pure."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from providers.adapters.wire import (
    Account,
    Failed,
    FailureKind,
    ImageOrder,
    Inline,
    InputImage,
    Link,
    ProviderAnswer,
)

LONGEST_MESSAGE: Final = 300
LONGEST_PROMPT: Final = 4000
LONGEST_ADDRESS: Final = 4000
MOST_PICTURES: Final = 16
LARGEST_INLINE_BYTES: Final = 64 << 20
OK: Final = range(200, 300)
# The provider, or a proxy before it, may have finished the work whose answer was lost.
LOST_ON_THE_WAY: Final = frozenset({502, 504})
# What a key is worth looking for in: errors are short, and pictures hold none.
LARGEST_WITH_A_KEY: Final = 1 << 20
SHORTEST_KEY: Final = 8
MARKUP: Final = re.compile(r"<[!/]?[a-zA-Z][^<>]*>?")
JOB: Final = re.compile(r"[A-Za-z0-9_-]{1,100}")
NUMBER: Final = re.compile(r"-?[0-9]{1,20}")
ONE_ALPHABET: Final = str.maketrans("-_", "+/")
# what every writer of JSON can hold
LARGEST_NUMBER: Final = 2**64


def json_object(body: bytes) -> dict[str, Any] | None:
    """The object a body holds; None for anything else."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def child(value: object, *path: str) -> Any:
    """What lies at a path of keys; None where a step is missing."""
    for key in path:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def items(value: object) -> list[Any]:
    """A list, or none."""
    return value if isinstance(value, list) else []


def text(value: object) -> str:
    """A short line fit for logs and pages, without markup; "" for what is no text."""
    return _line(MARKUP.sub(" ", value[: 4 * LONGEST_MESSAGE]), LONGEST_MESSAGE) if isinstance(value, str) else ""


def prompt_text(value: object) -> str:
    """A prompt as the provider gives it back: longer, and what looks like markup may be meant."""
    return _line(value[: 2 * LONGEST_PROMPT], LONGEST_PROMPT) if isinstance(value, str) else ""


def _line(value: str, longest: int) -> str:
    line = "".join(character if character.isprintable() else " " for character in value)
    line = " ".join(line.split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def job_id(value: object) -> str:
    """A job's id that can stand in an address; "" for anything else."""
    return value if isinstance(value, str) and JOB.fullmatch(value) else ""


def whole_number(value: object) -> int | None:
    """An integer, also written as text; booleans are none."""
    if isinstance(value, str) and NUMBER.fullmatch(value):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if abs(value) < LARGEST_NUMBER else None


def seconds(value: object) -> float | None:
    """A non-negative number of seconds, also written as text; a date says nothing without a clock."""
    try:
        found = float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else -1.0
    except ValueError:
        return None
    return found if 0 <= found < 1e6 else None


def picture(address: object) -> Link | Inline | None:
    """A picture by http(s) address or data URI; None for anything else."""
    if not isinstance(address, str):
        return None
    if address.startswith("data:"):
        return inline(address)
    if len(address) >= LONGEST_ADDRESS or not address.isprintable():
        return None
    try:
        parts = urlsplit(address)
        # A port that is none shows when it is asked for.
        leads = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0 and "@" not in parts.netloc
    except ValueError:
        return None
    return Link(address) if leads else None


def inline(content: object) -> Inline | None:
    """A picture in base64, bare or as a data URI."""
    if not isinstance(content, str) or len(content) > LARGEST_INLINE_BYTES * 3 // 2:
        return None
    if content.startswith("data:"):
        head, comma, content = content.partition(",")
        if not comma or not head.endswith(";base64"):
            return None
    found = from_base64(content)
    return Inline(found) if found else None


def from_base64(text: str) -> bytes | None:
    """Of either alphabet, with line breaks or percent signs, padded or not; None for what is no base64."""
    try:
        # as nearly all send it: a picture of megabytes is looked through once
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        pass
    if "%" in text:
        text = unquote(text)
    bare = "".join(text.split()).translate(ONE_ALPHABET).rstrip("=")
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def pictures(addresses: Iterable[object]) -> tuple[Link | Inline, ...]:
    """Those of the addresses that lead to a picture, the first `MOST_PICTURES` of them."""
    return tuple(islice((found for found in map(picture, addresses) if found is not None), MOST_PICTURES))


def data_uri(image: InputImage) -> str:
    """A picture within a JSON body."""
    return f"data:{image.media_type};base64,{base64.b64encode(image.content).decode()}"


def input_fields(order: ImageOrder, one: str, several: str) -> dict[str, Any]:
    """The order's pictures under the parameter that takes them: a list where its name says so, or there are several."""
    if not order.inputs:
        return {}
    name = order.input_name or (one if len(order.inputs) == 1 else several)
    addresses = [data_uri(image) for image in order.inputs]
    takes_list = name == several or name.endswith("s") or len(addresses) > 1
    return {name: addresses if takes_list else addresses[0]}


def without_key(answer: ProviderAnswer, account: Account) -> ProviderAnswer:
    """The answer with the key struck out, should the provider have repeated it, whole or by its parts."""
    body = answer.body
    parts = {account.key, *account.key.split(":")} if len(body) <= LARGEST_WITH_A_KEY else set()
    for part in sorted(parts, key=len, reverse=True):
        if len(part) >= SHORTEST_KEY:
            body = body.replace(part.encode(), b"[key]")
    return answer if body is answer.body else replace(answer, body=body)


def same_host(address: object, base_url: str) -> bool:
    """Whether a key meant for `base_url` may go to the address."""
    if not isinstance(address, str):
        return False
    try:
        given, expected = _origin(address), _origin(base_url)
    except ValueError:
        return False
    return given is not None and given == expected


def _origin(address: str) -> tuple[str, str, int] | None:
    """Scheme, host and port; None for what has none of its own, or holds a user name or password."""
    parts = urlsplit(address)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    if not port or not parts.hostname or "@" in parts.netloc:
        return None
    return parts.scheme, parts.hostname, port


def unreadable(answer: ProviderAnswer, what: str = "the answer") -> Failed:
    """A success by its status that holds nothing of use: the work may have been done."""
    return Failed(
        kind="upstream",
        message=f"{what} could not be read",
        code="unreadable_answer",
        http_status=answer.status,
        may_have_charged=answer.status in OK,
    )


def no_pictures(answer: ProviderAnswer) -> Failed:
    """A finished call without a picture."""
    return Failed(
        kind="upstream",
        message="the provider answered without a picture",
        code="no_image",
        http_status=answer.status,
        may_have_charged=True,
    )


def by_status(status: int) -> FailureKind:
    """The kind a status speaks of by itself. A wrong key, an unknown model, a call we left are our own: `gateway`."""
    kinds: Mapping[int, FailureKind] = {
        **dict.fromkeys((401, 403, 404, 405), "gateway"),
        402: "billing",
        **dict.fromkeys((408, 504), "timeout"),
        429: "rate_limit",
        499: "gateway",
    }
    if status in kinds:
        return kinds[status]
    return "client" if 400 <= status < 500 else "upstream"


def refused(
    answer: ProviderAnswer, message: str, *, code: str = "", kind: FailureKind | None = None, charged: bool = False
) -> Failed:
    """A refusal by kind or status; `charged` where the work may have been paid for nevertheless."""
    found = kind or by_status(answer.status)
    return Failed(
        kind=found,
        message=message or f"the provider answered {answer.status}",
        code=code,
        http_status=answer.status,
        retry_after_s=seconds(answer.headers.get("retry-after")),
        may_have_charged=charged,
        provider_wide=found == "billing" or answer.status in {401, 403},
    )
