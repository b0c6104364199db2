"""The bytes of an upload's files and of the members of its archives, from pieces in storage, bounded."""

import zipfile
import zlib
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Final, Self

from django.conf import settings
from django.core.files.storage import default_storage

from arena.entrants.archive import Archive, is_archive, open_archive
from arena.models import UploadFile, UploadPicture
from providers.scratch import write_watched

CHUNK_BYTES: Final = 1 << 20
DAMAGED: Final = "The archive is damaged here: what is packed is not what its list says."


class Unreadable(Exception):
    """The picture's bytes cannot be had; the message says why."""


class Sources:
    """Opened with `with`; files are put together in `place`, each archive once."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._stack = ExitStack()
        self._archives: dict[int, Archive] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def whole(self, file: UploadFile) -> IO[bytes]:
        """The file at its beginning. Raises FileNotFoundError where its pieces are not within reach, NoRoom."""
        made = self._stack.enter_context(TemporaryFile(dir=self._place))  # noqa: SIM115  # closed with the stack
        for number in range(file.pieces):
            with default_storage.open(file.piece_name(number), "rb") as piece:
                write_watched(iter(lambda: piece.read(CHUNK_BYTES), b""), made, self._place)  # used up here
        made.seek(0)
        return made

    def archive(self, file: UploadFile) -> Archive | None:
        """None where it is none. Raises ArchiveRefused."""
        if file.pk not in self._archives:
            if not is_archive(beginning(file)):
                return None
            self._archives[file.pk] = open_archive(self.whole(file), settings.MAX_BULK_BYTES)
        return self._archives[file.pk]

    def content(self, picture: UploadPicture) -> bytes:
        """One byte more than is allowed at most. Raises Unreadable."""
        file, most = picture.file, settings.MAX_UPLOAD_BYTES + 1
        assert file is not None
        if picture.member is None:
            return start_of(file, most)
        archive = self.archive(file)
        if archive is None:
            raise Unreadable(DAMAGED)
        return member_content(archive, picture.member, most)


def member_content(archive: Archive, number: int, most: int) -> bytes:
    """Raises Unreadable."""
    try:
        with archive.open(number) as member:
            return member.read(most)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError):
        raise Unreadable(DAMAGED) from None


def beginning(file: UploadFile) -> bytes:
    return start_of(file, 64)


def start_of(file: UploadFile, most: int) -> bytes:
    """Its first bytes."""
    found = b""
    for number in range(file.pieces):
        with default_storage.open(file.piece_name(number), "rb") as piece:
            found += piece.read(most - len(found))
        if len(found) >= most:
            break
    return found
