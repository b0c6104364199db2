"""Files under links: results drawn when they are fetched, and what was uploaded. Kept while there is room and time."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from providers.simulator.jobs import Job
from providers.simulator.pictures import PictureSpec

MOST_FILES: Final = 200_000
MOST_UPLOADED_BYTES: Final = 256 * 2**20


@dataclass(frozen=True)
class StoredFile:
    """A file under a link: uploaded bytes, or a picture drawn when it is fetched."""

    content: bytes | PictureSpec = field(repr=False)
    media_type: str
    expires_at: float
    job: Job | None = None

    @property
    def held_bytes(self) -> int:
        return len(self.content) if isinstance(self.content, bytes) else 0


class Shelf:
    """Files by token; the oldest make room."""

    def __init__(self, new_id: Callable[[], str], clock: Callable[[], float]) -> None:
        self._files: OrderedDict[str, StoredFile] = OrderedDict()
        self._parts: OrderedDict[str, bytes] = OrderedDict()
        self._bytes = 0
        self._new_id = new_id
        self._clock = clock

    def put(self, content: bytes | PictureSpec, media_type: str, lifetime_s: float, job: Job | None = None) -> str:
        """A new file; returns its token."""
        token = self._new_id()
        self._keep(token, StoredFile(content, media_type, self._clock() + lifetime_s, job))
        return token

    def find(self, token: str) -> StoredFile | None:
        """None where there is none, or none any more."""
        found = self._files.get(token)
        return found if found and self._clock() < found.expires_at else None

    def fill(self, token: str, content: bytes) -> bool:
        """Give a file its bytes; False where there is none."""
        found = self.find(token)
        if found is None:
            return False
        self.remove(token)
        self._keep(token, replace(found, content=content))
        return True

    def remove(self, token: str) -> None:
        self._bytes -= self._files.pop(token).held_bytes

    def _keep(self, token: str, file: StoredFile) -> None:
        self._files[token] = file
        self._bytes += file.held_bytes
        while len(self._files) > MOST_FILES or (self._bytes > MOST_UPLOADED_BYTES and len(self._files) > 1):
            _, oldest = self._files.popitem(last=False)
            self._bytes -= oldest.held_bytes

    def add_part(self, upload: str, number: int, content: bytes) -> str:
        """One part of a file that comes in several; returns its name."""
        name = f"{upload}/{number:06d}"
        self._parts[name] = content
        while len(self._parts) > 1 and sum(map(len, self._parts.values())) > MOST_UPLOADED_BYTES:
            self._parts.popitem(last=False)
        return name

    def joined(self, upload: str) -> bytes:
        """The parts in the order of their numbers; they are gone from here."""
        names = sorted(name for name in self._parts if name.startswith(f"{upload}/"))
        return b"".join(self._parts.pop(name) for name in names)

    def clear(self) -> None:
        self._files.clear()
        self._parts.clear()
        self._bytes = 0
