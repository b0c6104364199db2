"""Many pictures one after another, each in a limited child that a nursery forks. Not for threads: one each."""

import os
import signal
import socket
import subprocess
from contextlib import suppress
from types import TracebackType
from typing import IO, BinaryIO, Final, Self

from arena.images.imaging import EncodedImage
from arena.images.intake.limits import PATIENT_WALL_CLOCK_S, UPLOAD_BYTES
from arena.images.intake.refusals import DecoderBroken
from arena.images.intake.take_in import CHILD, ENVIRON, judge, taken_in

NURSERY: Final = (*CHILD, "arena.images.intake.nursery")
ANSWER_BYTES: Final = 4
# it ends children itself; this is for one that does not
LATE_S: Final = PATIENT_WALL_CLOCK_S + 10


class ManyPictures:
    """Opened with `with`; its process starts with the first picture, and again after one that broke it."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def take_in(self, source: bytes | BinaryIO, limit_bytes: int = UPLOAD_BYTES) -> EncodedImage:
        """As `take_in_widely`. Raises ImageRefused, DecoderBroken."""
        return taken_in(source, limit_bytes, self._decode)

    def close(self) -> None:
        """Again is no harm."""
        if self._channel is not None:
            self._channel.close()
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.kill(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._process = self._channel = None

    def _decode(self, image: IO[bytes], answer: IO[bytes]) -> None:
        channel = self._opened()
        try:
            socket.send_fds(channel, [b"."], [image.fileno(), answer.fileno()])
            said = channel.recv(ANSWER_BYTES, socket.MSG_WAITALL)
        except OSError as error:
            self.close()
            raise DecoderBroken(f"the nursery of decoders does not answer: {error}") from error
        if len(said) != ANSWER_BYTES:
            self.close()
            raise DecoderBroken("the nursery of decoders has ended; its output says why")
        judge(int.from_bytes(said, "big", signed=True))

    def _opened(self) -> socket.socket:
        if self._channel is None:
            ours, theirs = socket.socketpair()
            with theirs:
                self._process = subprocess.Popen(NURSERY, stdin=theirs.fileno(), env=ENVIRON, cwd="/")
            ours.settimeout(LATE_S)
            self._channel = ours
        return self._channel
