"""Keeps an encoded picture in storage under the hash of its bytes; the same bytes are kept once."""

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from arena.images.image_locks import keep_sweep_out
from arena.images.imaging import EncodedImage
from arena.models import StoredImage

FOLDER = "images"


@transaction.atomic
def store_image(encoded: EncodedImage) -> StoredImage:
    """The row of the picture, files first so that a row never names a file that is not there.

    Use the row in the transaction that stored it: until it ends no sweep can take the picture away.
    """
    keep_sweep_out()
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
