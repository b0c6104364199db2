"""Advisory file locks that the kernel drops with their holder, however it dies."""

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from lumenboard.embedded.layout import LockHeld, StoreError


class FileLock:
    """One open lock file; shared or exclusive, released when closed or when the process ends.

    A descriptor handed to another process carries its lock along, and is released when the last of the two closes it.
    """

    def __init__(self, path: Path, descriptor: int | None = None) -> None:
        self.path = path
        self.descriptor = _open(path) if descriptor is None else descriptor

    def share(self) -> None:
        fcntl.flock(self.descriptor, fcntl.LOCK_SH)

    def take(self) -> None:
        fcntl.flock(self.descriptor, fcntl.LOCK_EX)

    def share_now(self) -> None:
        """Share the lock at once.

        Raises LockHeld when another process holds it alone.
        """
        self._now(fcntl.LOCK_SH)

    def take_now(self) -> None:
        """Take the lock at once.

        Raises LockHeld when another process holds or shares it.
        """
        self._now(fcntl.LOCK_EX)

    def release(self) -> None:
        fcntl.flock(self.descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        os.close(self.descriptor)

    def write(self, text: str) -> None:
        """Leave a note for whoever finds the lock held."""
        os.ftruncate(self.descriptor, 0)
        os.pwrite(self.descriptor, text.encode(), 0)

    def _now(self, kind: int) -> None:
        try:
            fcntl.flock(self.descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LockHeld(str(self.path)) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except PermissionError as error:
        message = f"{path} belongs to another user; set LUMENBOARD_DATA_DIR to a directory of your own"
        raise StoreError(message) from error


def is_held(path: Path) -> bool:
    """Whether some process holds the lock alone."""
    with FileLock(path) as lock:
        try:
            lock.share_now()
        except LockHeld:
            return True
        return False
