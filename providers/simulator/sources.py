"""Pictures to be edited, kept once each however often they come, and as long as there is room."""

from __future__ import annotations

import hashlib
import io
from collections import OrderedDict
from typing import Final

MOST_KEPT_BYTES: Final = 256 * 2**20
LARGEST_SOURCE_PX: Final = 40_000_000


class UnreadablePicture(ValueError):
    """An input picture that is none, or too large, or kept no longer."""


class Source:
    """A picture to be edited; two of the same bytes are equal. `size` is width and height in pixels."""

    __slots__ = ("_content", "digest", "size")

    def __init__(self, content: bytes, digest: bytes) -> None:
        self._content = content
        self.digest = digest
        self.size = size_of(content)

    @property
    def content(self) -> bytes:
        """Raises UnreadablePicture once it had to make room."""
        if not self._content:
            raise UnreadablePicture("the picture to edit is kept no longer")
        return self._content

    def drop(self) -> int:
        """Forget the bytes; returns how many they were."""
        dropped, self._content = len(self._content), b""
        return dropped

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Source) and other.digest == self.digest

    def __hash__(self) -> int:
        return hash(self.digest)


class Sources:
    """The latest ones, by digest."""

    def __init__(self, most_bytes: int = MOST_KEPT_BYTES) -> None:
        self._kept: OrderedDict[bytes, Source] = OrderedDict()
        self._bytes = 0
        self._most_bytes = most_bytes

    def take(self, content: bytes) -> Source:
        """Raises UnreadablePicture where it is none that can be edited."""
        digest = hashlib.blake2b(content, digest_size=16).digest()
        found = self._kept.get(digest)
        if found is None:
            found = self._kept[digest] = Source(content, digest)
            self._bytes += len(content)
        self._kept.move_to_end(digest)
        while self._bytes > self._most_bytes and len(self._kept) > 1:
            _, oldest = self._kept.popitem(last=False)
            self._bytes -= oldest.drop()
        return found


def size_of(content: bytes) -> tuple[int, int]:
    """Width and height of a picture.

    Raises UnreadablePicture.
    """
    from PIL import Image

    try:
        with Image.open(io.BytesIO(content), formats=("PNG", "JPEG", "WEBP")) as image:
            width, height = image.size
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise UnreadablePicture("it cannot be read as PNG, JPEG or WebP") from None
    if width * height > LARGEST_SOURCE_PX:
        raise UnreadablePicture(f"it has {width}x{height} pixels, more than {LARGEST_SOURCE_PX}")
    return width, height
