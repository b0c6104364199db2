"""Keeps an encoded picture in storage under the hash of its bytes; the same bytes are kept once."""

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from arena.imaging import EncodedImage
from arena.models import StoredImage


def store_image(encoded: EncodedImage) -> StoredImage:
    """The row of the picture, files first so that a row never names a file that is not there."""
    folder = f"images/{encoded.sha256[:2]}/{encoded.sha256}"
    names = {}
    for name, content in ((f"{folder}.webp", encoded.full), (f"{folder}.small.webp", encoded.small)):
        names[name] = name if default_storage.exists(name) else default_storage.save(name, ContentFile(content))
    full, small = names.values()
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
