"""Pictures stored once under their hash, in local files that a crash leaves old, new or absent, never a part.

Workers may run on other data directories; what those write is handed over through the database. A bucket needs none of
this, for everybody reaches it.
"""

import os
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import connection, transaction
from django.utils.deconstruct import deconstructible

from arena.images.imaging import EncodedImage
from arena.models import StoredImage
from arena.models.files import FileInTransit, ImageHome

PART_SUFFIX: Final = ".part"
READABLE: Final = 0o644


@deconstructible(path="arena.images.handover.AtomicFileStorage")
class AtomicFileStorage(FileSystemStorage):
    """Names are kept as given: saving over a file replaces it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options, allow_overwrite=True)

    def _save(self, name: str, content: File) -> str:
        target = Path(self.path(name))
        _make_directory(target.parent)
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".", suffix=PART_SUFFIX, delete=False) as part:
            try:
                _write(part, content, self.file_permissions_mode or READABLE)
                os.replace(part.name, target)
            except BaseException:
                os.unlink(part.name)
                raise
        _sync_directory(target.parent)
        return name


def _write(part: IO[bytes], content: File, mode: int) -> None:
    for chunk in content.chunks():
        part.write(chunk)
    part.flush()
    os.fchmod(part.fileno(), mode)
    os.fsync(part.fileno())


def _make_directory(directory: Path) -> None:
    """A new directory is only safe once the one that lists it is on disk."""
    missing = [place for place in (directory, *directory.parents) if not place.exists()]
    directory.mkdir(parents=True, exist_ok=True)
    for place in missing:
        _sync_directory(place.parent)


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


MARK: Final = ".home"
AT_ONCE: Final = 20
_HOMES: Final[set[Path]] = set()


@deconstructible(path="arena.images.handover.HandedOverStorage")
class HandedOverStorage(AtomicFileStorage):
    """As on one disk, and what is not there is looked for among the files in transit."""

    def _save(self, name: str, content: File) -> str:
        saved = super()._save(name, content)
        with _own_connection():
            if not is_home(Path(self.location)):
                content.seek(0)
                FileInTransit.objects.update_or_create(name=name, defaults={"content": content.read()})
        return saved

    def _open(self, name: str, mode: str = "rb") -> File:
        try:
            return super()._open(name, mode)  # type: ignore[misc]  # the stubs leave it out
        except FileNotFoundError:
            with _own_connection():
                found = FileInTransit.objects.filter(name=name).first()
            if found is None:
                raise
            return ContentFile(bytes(found.content), name=name)

    def exists(self, name: str) -> bool:
        if super().exists(name):
            return True
        with _own_connection():
            return FileInTransit.objects.filter(name=name).exists()

    def delete(self, name: str) -> None:
        super().delete(name)
        with _own_connection():
            FileInTransit.objects.filter(name=name).delete()


def is_home(place: Path) -> bool:
    """Whether the site's own files lie there. The first who asks of a fresh site makes it so."""
    if place in _HOMES:
        return True
    home = ImageHome.objects.first()
    if home is None:
        make_home(place)
        home = ImageHome.objects.get()
    if _mark_in(place) != str(home.mark):
        return False
    _HOMES.add(place)
    return True


def make_home(place: Path, *, again: bool = False) -> None:
    """Of several that try, one wins. `again` also takes it from a directory that is gone."""
    mark = uuid.UUID(_mark_in(place) or str(uuid.uuid4()))
    place.mkdir(parents=True, exist_ok=True)
    (place / MARK).write_text(str(mark))
    if again:
        ImageHome.objects.update_or_create(id=1, defaults={"mark": mark})
    else:
        ImageHome.objects.get_or_create(id=1, defaults={"mark": mark})


def bring_home(storage: HandedOverStorage) -> int:
    """Writes files in transit where they belong; how many. Nothing where this is not their home."""
    if not is_home(Path(storage.location)):
        return 0
    names = list(FileInTransit.objects.order_by("created_at").values_list("name", flat=True)[:AT_ONCE])
    for name in names:
        row = FileInTransit.objects.filter(name=name).first()
        if row is not None:
            AtomicFileStorage._save(storage, name, ContentFile(bytes(row.content)))
            row.delete()
    return len(names)


def _mark_in(place: Path) -> str:
    try:
        return (place / MARK).read_text().strip()
    except OSError:
        return ""


@contextmanager
def _own_connection() -> Iterator[None]:
    """Threads of an event loop's pool have no one who closes a connection they open."""
    was_open = connection.connection is not None
    try:
        yield
    finally:
        if not was_open and not connection.in_atomic_block:
            connection.close()


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
            **(vars(encoded.looks) if encoded.looks else {}),
        },
    )
    return stored
