"""Where files lie while an answer is made: beside the data, never in /tmp, which may be small or memory.

Raises NoRoom, which is answered 503, before the disk is full: who keeps data and votes there comes first.
"""

import errno
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final

from django.conf import settings

from providers.disk_space import DiskSpace

PREFIX: Final = "made-"
# What a process that was killed left behind is nobody's after this.
ABANDONED_S: Final = 3600
LOOK_EVERY_BYTES: Final = 8 << 20


class NoRoom(OSError):
    """Less is free than must stay free."""

    def __init__(self, place: Path) -> None:
        super().__init__(errno.ENOSPC, "less is free than LUMENBOARD_LEAST_FREE_MB says must stay free", str(place))


def scratch_dir() -> Path:
    """Made where it is missing."""
    place = Path(settings.LAYOUT.data_dir) / "scratch"
    place.mkdir(mode=0o700, exist_ok=True)
    return place


def require_room(place: Path) -> None:
    """Raises NoRoom."""
    if DiskSpace("scratch", shutil.disk_usage(place).free).is_short:
        raise NoRoom(place)


@contextmanager
def scratch() -> Iterator[Path]:
    """A directory of one's own, gone afterwards. Raises NoRoom."""
    home = scratch_dir()
    _delete_abandoned(home)
    require_room(home)
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=home) as directory:
        yield Path(directory)


def write_watched(pieces: Iterator[bytes], file: IO[bytes], place: Path) -> None:
    """Raises NoRoom as soon as too little is left."""
    written = 0
    for piece in pieces:
        written += file.write(piece)
        if written > LOOK_EVERY_BYTES:
            written = 0
            require_room(place)
    file.flush()
    require_room(place)


def _delete_abandoned(home: Path) -> None:
    before = time.time() - ABANDONED_S
    for place in home.glob(f"{PREFIX}*"):
        with suppress(OSError):
            if place.stat().st_mtime < before:
                shutil.rmtree(place)
