"""What the programs of this folder share. They run without the site's packages, each with one version of an SDK."""

import json
import os
import sys
import urllib.request
from collections.abc import Callable
from typing import Any

SIMULATOR = os.environ["SIMULATOR"]
SOURCE = os.environ["SOURCE_PICTURE"]


def tell(**facts: Any) -> None:
    """The last line of output: what the SDK made of it."""
    print(json.dumps(facts, default=str))
    sys.stdout.flush()


def fetched(address: str) -> bytes:
    """A result file, without a key."""
    with urllib.request.urlopen(address, timeout=20) as answer:
        return bytes(answer.read())


def size_of(content: bytes) -> list[int]:
    """Width and height of a PNG."""
    assert content[:8] == b"\x89PNG\r\n\x1a\n", content[:20]
    return [int.from_bytes(content[at : at + 4], "big") for at in (16, 20)]


def source() -> bytes:
    with open(SOURCE, "rb") as file:
        return file.read()


def altered(content: bytes) -> bool:
    """Whether a picture is another than the source, in its size."""
    return content != source() and size_of(content) == size_of(source())


def raised(call: Callable[[], Any]) -> dict[str, Any]:
    """The class of what a call raises, its status and code as far as it has them."""
    try:
        got = call()
    except Exception as error:
        status = getattr(error, "status_code", None) or getattr(error, "status", None)
        code = getattr(error, "code", None) or getattr(error, "error_type", None)
        return {"class": type(error).__name__, "status": status, "code": code, "text": str(error)[:300]}
    return {"class": None, "got": repr(got)[:300]}
