"""A file that an answer consists of: large ones are sent by the server from the disk, without a thread of ours."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final

# Opening a file anew costs the server more than these cost in memory.
SMALL: Final = 256 << 10


class StoredFile:
    """What WSGI calls a file wrapper."""

    streaming = True

    def __init__(self, file: IO[bytes], block_size: int | None = None) -> None:
        self._file, self._block_size = file, block_size or 1 << 16

    def __iter__(self) -> Iterator[bytes]:
        while block := self._file.read(self._block_size):
            yield block

    def close(self) -> None:
        """Ends the answer; Django has put that into the file's own `close`."""
        self._file.close()

    def on_disk(self) -> tuple[str, int] | None:
        """Path and length of a large file that can be sent as it lies there from its beginning, else None."""
        try:
            is_begun, status = self._file.tell() > 0, os.fstat(self._file.fileno())
            path = Path(_path_of(self._file))
            is_same = path.is_absolute() and os.path.samestat(path.stat(), status)
        except (OSError, AttributeError, ValueError, NotImplementedError):
            return None
        return (str(path), status.st_size) if is_same and not is_begun and status.st_size > SMALL else None


def _path_of(file: Any) -> str:
    """Files of Django's storages know their path, and give as their name how the storage calls them."""
    found = getattr(file, "path", None) or file.name
    return found if isinstance(found, str) else ""
