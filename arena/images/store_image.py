"""Puts an encoded picture into storage under the hash of its bytes, once; the sweep of images is kept apart from it."""

from typing import Final

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, transaction

from arena.images.imaging import EncodedImage
from arena.models import StoredImage

# Any number that no other advisory lock uses.
KEY: Final = 0x1A6E5


def lock_for_storing() -> None:
    """Shared: any number of transactions store images at once."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [KEY])


def try_lock_for_sweeping() -> bool:
    """Exclusive, and False at once where an image is being stored."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [KEY])
        return bool(cursor.fetchone()[0])


FOLDER = "images"


@transaction.atomic
def store_image(encoded: EncodedImage) -> StoredImage:
    """The row of the picture, files first so that a row never names a file that is not there.

    Use the row in the transaction that stored it: until it ends no sweep can take the picture away.
    """
    lock_for_storing()
    stem = f"{FOLDER}/{encoded.sha256[:2]}/{encoded.sha256}"
    # Written even where they are already: that mends a damaged file, and makes it too young to be swept.
    full = default_storage.save(f"{stem}.webp", ContentFile(encoded.full))
    small = default_storage.save(f"{stem}.small.webp", ContentFile(encoded.small))
    stored, _ = StoredImage.objects.get_or_create(
        sha256=encoded.sha256,
        defaults={
            "file": full,
            "thumbnail": small,
            "width_px": encoded.width_px,
            "height_px": encoded.height_px,
            "size_bytes": len(encoded.full),
        },
    )
    return stored
