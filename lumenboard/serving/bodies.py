"""Bodies of requests, read in the event loop before a thread is taken: within a time in all and at a least rate."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, Final

from lumenboard.serving.refusals import Refused
from lumenboard.serving.rsgi import Headers, HttpProtocol

GRACE_S: Final = 10.0
# Below the slowest mobile network; 20 MB take 42 minutes at this rate, so the whole has a limit of its own.
LEAST_BYTES_PER_S: Final = 8 << 10
LONGEST_S: Final = 600.0


def patience_s(bytes_so_far: int) -> float:
    """Seconds from the first moment on within which so many bytes must have passed."""
    return min(GRACE_S + bytes_so_far / LEAST_BYTES_PER_S, LONGEST_S)


# Votes and forms; what is longer goes to the disk.
IN_MEMORY: Final = 64 << 10
LONG_AT_ONCE: Final = 16
TOO_SLOW: Final = "The body came too slowly: allowed are 10 seconds and one more for every 8 KiB, 10 minutes in all."


class SlowBody(Exception):
    """The client sends too slowly."""


async def body_pieces(proto: HttpProtocol) -> AsyncIterator[bytes]:
    """The body piece by piece. Raises SlowBody."""
    source, began, count, empty = aiter(proto), time.monotonic(), 0, 0
    while empty < 2:
        left_s = began + patience_s(count) - time.monotonic()
        try:
            async with asyncio.timeout(left_s):
                # Not anext() with a default: the server's iterator may end before there is anything to wait for.
                piece = await source.__anext__()
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise SlowBody from None
        # The server gives an empty piece at the end, and in place of a broken one.
        empty = 0 if piece else empty + 1
        count += len(piece)
        if piece:
            yield piece


class Bodies:
    """Reads bodies into files; of those that go to the disk only so many at once."""

    def __init__(self, longest: int, directory: Path) -> None:
        self._longest, self._directory = longest, directory
        self._long = 0

    async def read(self, headers: Headers, proto: HttpProtocol) -> IO[bytes]:
        """The body at its beginning, to be closed. Empty where the site will refuse it unread. Raises Refused."""
        length = self._length(headers)
        if length <= IN_MEMORY:
            return await self._into_file(proto, length)
        if self._long >= LONG_AT_ONCE:
            raise Refused(503, "Too many uploads at once; try again in a moment.", retry_after_s=5, closes=True)
        self._long += 1
        try:
            return await self._into_file(proto, length)
        finally:
            self._long -= 1

    def _length(self, headers: Headers) -> int:
        """What is to be read; 0 for a length that is missing or too long, which lumenboard/middleware.py refuses."""
        stated = headers.get("content-length") or "0"
        if headers.get("transfer-encoding") or not (stated.isascii() and stated.isdigit()) or len(stated) > 15:
            return 0
        return int(stated) if int(stated) <= self._longest else 0

    async def _into_file(self, proto: HttpProtocol, length: int) -> IO[bytes]:
        # Closed by who asked for it.
        file = SpooledTemporaryFile(IN_MEMORY, dir=str(self._directory))  # noqa: SIM115
        if not length:
            return file
        count = 0
        try:
            async for piece in body_pieces(proto):
                count += len(piece)
                file.write(piece)
            if count != length:
                raise Refused(400, f"The body is cut off: {length} bytes were announced, {count} came.", closes=True)
        except SlowBody:
            file.close()
            raise Refused(408, TOO_SLOW, closes=True) from None
        except BaseException:
            file.close()
            raise
        file.seek(0)
        return file
