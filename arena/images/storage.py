"""Files on the local disk, written so that a crash leaves the old file, the new one, or none: never a part."""

import os
import tempfile
from pathlib import Path
from typing import IO, Any, Final

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage
from django.utils.deconstruct import deconstructible

PART_SUFFIX: Final = ".part"
READABLE: Final = 0o644


@deconstructible(path="arena.images.storage.AtomicFileStorage")
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
