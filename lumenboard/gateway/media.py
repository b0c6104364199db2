"""Links to pictures in our storage that end, and the pictures behind them."""

import re
import time
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.core.files.storage import default_storage
from django.utils.crypto import constant_time_compare, salted_hmac

from lumenboard.gateway.call import Answer
from lumenboard.gateway.errors import GatewayError
from providers.dispatch.pictures import FOLDER
from providers.plain_values import whole_number

PREFIX: Final = "/media/"
NAME: Final = re.compile(r"([0-9a-f]{64})\.(png|jpg|jpeg|webp|gif|avif|svg)")
LATEST_END: Final = 10**11
SALT: Final = "lumenboard.media"
TYPES: Final = {"jpg": "image/jpeg", "svg": "image/svg+xml"}


def lifetime() -> timedelta:
    """How long a link lives."""
    return timedelta(minutes=settings.MEDIA_MINUTES)


def link_to(name: str) -> str:
    """An address of the picture that ends after its lifetime. `name` is where it lies in storage."""
    expires = int(time.time() + lifetime().total_seconds())
    file = name.rpartition("/")[2]
    return f"{settings.SITE_URL}{PREFIX}{file}?expires={expires}&signature={_signature(file, expires)}"


def stored_name(file: str) -> str:
    """Where a picture lies."""
    return f"{FOLDER}/{file[:2]}/{file}"


def media_answer(file: str, expires: str, signature: str) -> Answer:
    """The picture, read whole; blocking. Raises GatewayError for a link that is wrong or has ended."""
    match = NAME.fullmatch(file)
    ends_at = whole_number(expires, highest=LATEST_END)
    if match is None or ends_at is None or not constant_time_compare(_signature(file, ends_at), signature):
        raise GatewayError("NOT_FOUND", "There is no such picture.")
    left_s = ends_at - int(time.time())
    if left_s <= 0:
        raise GatewayError("NOT_FOUND", "The link to the picture has expired.")
    try:
        with default_storage.open(stored_name(file), "rb") as stored:
            content = stored.read()
    except FileNotFoundError:
        raise GatewayError("NOT_FOUND", "The picture is no longer stored.") from None
    headers = {
        "cache-control": f"private, max-age={left_s}",
        "x-content-type-options": "nosniff",
        "content-security-policy": "default-src 'none'; sandbox",
        "access-control-allow-origin": "*",
    }
    if match[2] == "svg":
        # A document that may hold scripts: shown within pages as a picture, by itself only saved.
        headers["content-disposition"] = "attachment"
    return Answer(200, content, headers, TYPES.get(match[2], f"image/{match[2]}"))


def _signature(file: str, expires: int) -> str:
    return salted_hmac(SALT, f"{file}:{expires}", algorithm="sha256").hexdigest()
