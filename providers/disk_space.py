"""Whether the disks that results are written to have room. Asked before anything is paid for: a picture that cannot be
stored is money lost."""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.conf import settings

# The answer is used so long: a busy gateway asks hundreds of times a second.
FRESH_S: Final = 0.5
LOCAL_STORES: Final = ("arena.images.handover.", "django.core.files.storage.")


@dataclass(frozen=True)
class DiskSpace:
    """One disk that we write to, named by what lies on it."""

    name: str
    free_bytes: int

    @property
    def is_short(self) -> bool:
        return self.free_bytes < settings.LEAST_FREE_BYTES

    def __str__(self) -> str:
        return f"{self.free_bytes / 2**20:.0f} MB free, at least {settings.LEAST_FREE_BYTES / 2**20:.0f} are wanted"


def disk_spaces() -> Iterator[DiskSpace]:
    """Data and, where images lie on a disk of ours, media; each as seen from this process, each disk once."""
    places = {"data": Path(settings.DATA_DIR)}
    if settings.STORAGES["default"]["BACKEND"].startswith(LOCAL_STORES):
        places["media"] = Path(settings.MEDIA_ROOT)
    seen: set[int] = set()
    for name, place in places.items():
        there = next((one for one in (place, *place.parents) if one.exists()), place)
        try:
            device, found = there.stat().st_dev, os.statvfs(there)
        except OSError:
            # Nothing can be said of it; whoever writes there finds out.
            continue
        if device not in seen:
            seen.add(device)
            yield DiskSpace(name, found.f_bavail * found.f_frsize)


@dataclass
class _Answer:
    at: float = float("-inf")
    shortage: str = ""


_last = _Answer()


def storage_shortage() -> str:
    """What is short in words, or empty where there is room."""
    now = time.monotonic()
    if now - _last.at > FRESH_S:
        _last.shortage = next((f"{space.name}: {space}" for space in disk_spaces() if space.is_short), "")
        _last.at = now
    return _last.shortage
