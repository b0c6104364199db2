"""Answers made piece by piece: written to a file by one thread from the first piece to the close, then sent from there.

A reader, however slow, then holds neither a thread nor a transaction, and the length is known, so that an answer that
was cut short cannot look whole.
"""

import asyncio
import logging
import os
import shutil
import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, Final

from django.db import connections

from lumenboard.outages import RETRY_AFTER_S, is_outage
from lumenboard.serving.bodies import GRACE_S, LEAST_BYTES_PER_S, LONGEST_S
from lumenboard.serving.refusals import Refused
from lumenboard.serving.rsgi import HeaderList, HttpProtocol

LOG = logging.getLogger(__name__)
THREADS: Final = 2
# Being made or waiting for a thread; and as many being read from the disk.
AT_ONCE: Final = 16
IN_MEMORY: Final = 1 << 20
LONGEST_MAKING_S: Final = 300.0
HANDLES: Final = "/proc/self/fd"
LOOK_EVERY_S: Final = 0.2
OPENED_WITHIN_S: Final = 2.0
LEAST_FREE_BYTES: Final = 256 << 20
LOOK_EVERY_BYTES: Final = 8 << 20


class Abandoned(Exception):
    """The client has hung up."""


@dataclass(frozen=True)
class Spool:
    """An answer at full length; `file` is where it lies, None when `content` has it."""

    length: int
    content: bytes
    file: IO[bytes] | None


class Streams:
    """Makes streamed answers and sends them."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="stream")
        self._making = self._reading = 0

    async def send(self, status: int, headers: HeaderList, pieces: Iterable[bytes], proto: HttpProtocol) -> None:
        """`pieces` has not been begun. Raises Refused where nothing was sent."""
        is_gone = threading.Event()
        gone = asyncio.ensure_future(_watch(proto, is_gone))
        try:
            spool = await self._made(pieces, is_gone)
            if spool.file is None:
                proto.response_bytes(status, headers, spool.content)
                return
            with spool.file:
                await self._read(status, headers, spool, proto)
        except Abandoned:
            return
        finally:
            gone.cancel()

    async def _made(self, pieces: Iterable[bytes], is_gone: threading.Event) -> Spool:
        if self._making >= AT_ONCE:
            await asyncio.to_thread(_close, pieces)
            raise _too_many()
        self._making += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, make_spool, pieces, self._directory, is_gone)
        finally:
            self._making -= 1

    async def _read(self, status: int, headers: HeaderList, spool: Spool, proto: HttpProtocol) -> None:
        """From the disk. Those who read slowly keep one another waiting, but nobody from what fits in memory."""
        assert spool.file is not None
        if self._reading >= AT_ONCE:
            raise _too_many()
        self._reading += 1
        try:
            headers = [*headers, ("content-length", str(spool.length)), ("connection", "close")]
            proto.response_file(status, headers, f"/dev/fd/{spool.file.fileno()}")
            await _sent(spool)
        finally:
            self._reading -= 1


def _too_many() -> Refused:
    return Refused(503, "Too many downloads at once; try again in a moment.", retry_after_s=RETRY_AFTER_S)


async def _watch(proto: HttpProtocol, is_gone: threading.Event) -> None:
    await proto.client_disconnect()
    is_gone.set()


async def _sent(spool: Spool) -> None:
    """Until the server has let go of the file. Who reads too slowly finds the file at its end.

    The server tells nobody when an answer has gone out, nor when its reader has left; but it closes what it has opened.
    """
    assert spool.file is not None
    handle, began, was_open, pause_s = spool.file.fileno(), time.monotonic(), False, 0.005
    patience_s = min(GRACE_S + spool.length / LEAST_BYTES_PER_S, LONGEST_S)
    while (elapsed_s := time.monotonic() - began) < patience_s:
        is_open = _openings(handle) > 1
        if not is_open and (was_open or elapsed_s > OPENED_WITHIN_S):
            return
        was_open = was_open or is_open
        await asyncio.sleep(pause_s)
        pause_s = min(2 * pause_s, LOOK_EVERY_S)
    LOG.info("a download of %s bytes was read too slowly and is cut off", spool.length)
    os.ftruncate(handle, 0)


def _openings(handle: int) -> int:
    """How often this process has the file open; the kernel's list also names files without a name."""
    place, found = os.readlink(f"{HANDLES}/{handle}"), 0
    for other in os.listdir(HANDLES):
        with suppress(OSError):
            found += os.readlink(f"{HANDLES}/{other}") == place
    return found


def make_spool(pieces: Iterable[bytes], directory: Path, is_gone: threading.Event) -> Spool:
    """In one thread all of it. Raises Abandoned, or Refused where it cannot be made."""
    # Closed by who sends it.
    file = SpooledTemporaryFile(IN_MEMORY, dir=str(directory))  # noqa: SIM115
    try:
        length = _write(pieces, file, directory, is_gone)
        file.seek(0)
        if length <= IN_MEMORY:
            with file:
                return Spool(length, file.read(), None)
        return Spool(length, b"", file)
    except BaseException as error:
        file.close()
        if is_outage(error):
            LOG.warning("a download could not be made: %s", error)
            raise Refused(503, "The download cannot be made now; try again in a moment.", RETRY_AFTER_S) from error
        raise
    finally:
        _close(pieces)


def _write(pieces: Iterable[bytes], file: IO[bytes], directory: Path, is_gone: threading.Event) -> int:
    ends_at, length, looked_at = time.monotonic() + LONGEST_MAKING_S, 0, 0
    for piece in pieces:
        if is_gone.is_set():
            raise Abandoned
        if time.monotonic() > ends_at:
            raise Refused(503, "The download takes too long; ask for less by a filter, or page by page.", 60)
        length += file.write(piece)
        if length - looked_at > LOOK_EVERY_BYTES:
            looked_at = length
            if shutil.disk_usage(directory).free < LEAST_FREE_BYTES:
                raise Refused(503, "There is no room for the download now; ask for less by a filter.", 60)
    file.flush()
    return length


def _close(pieces: Iterable[bytes]) -> None:
    """Ends the answer in the thread that made it, with every connection it opened."""
    try:
        if close := getattr(pieces, "close", None):
            close()
    finally:
        with suppress(Exception):
            connections.close_all()
