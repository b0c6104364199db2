"""Holds every stored image against its row. Only reads."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.core.files.storage import default_storage

from arena.models import StoredImage

CHUNK_BYTES: Final = 1 << 18
ROWS_AT_ONCE: Final = 500
WEBP_HEAD_BYTES: Final = 12


@dataclass(frozen=True)
class ImageFault:
    """What is wrong with one image."""

    sha256: str
    what: str


@dataclass(frozen=True)
class Verification:
    """How many images were looked at, and every fault found."""

    images: int
    faults: tuple[ImageFault, ...]


def verify_images(progress: Callable[[int, int], None]) -> Verification:
    """`progress` hears (images looked at, images in all)."""
    rows = StoredImage.objects.order_by("id")
    total, faults, seen = rows.count(), list[ImageFault](), 0
    for seen, image in enumerate(rows.iterator(chunk_size=ROWS_AT_ONCE), 1):
        faults += [ImageFault(image.sha256, what) for what in (_full_fault(image), _small_fault(image)) if what]
        progress(seen, total)
    return Verification(seen, tuple(faults))


def _full_fault(image: StoredImage) -> str:
    name, digest, size = str(image.file), hashlib.sha256(), 0
    try:
        with default_storage.open(name) as stored:
            for chunk in stored.chunks(CHUNK_BYTES):
                digest.update(chunk)
                size += len(chunk)
    except OSError as error:
        return _unreadable(name, error)
    if digest.hexdigest() != image.sha256:
        return f"{name} holds {size} bytes with the SHA-256 {digest.hexdigest()}"
    return "" if size == image.size_bytes else f"{name} has {size} bytes, its row says {image.size_bytes}"


def _small_fault(image: StoredImage) -> str:
    if not image.thumbnail:
        return ""
    name = str(image.thumbnail)
    try:
        with default_storage.open(name) as stored:
            head = stored.read(WEBP_HEAD_BYTES)
    except OSError as error:
        return _unreadable(name, error)
    return "" if head.startswith(b"RIFF") and head.endswith(b"WEBP") else f"{name} is not a WebP file"


def _unreadable(name: str, error: OSError) -> str:
    return f"{name} is missing" if isinstance(error, FileNotFoundError) else f"{name} cannot be read: {error}"
