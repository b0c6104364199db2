"""A process that has loaded the decoders once and forks a limited child for each picture: starting takes longer than
most pictures do. For many pictures in a row; each child is as limited, and as alone, as one that was started."""

import os
import select
import signal
import socket
import sys
from collections.abc import Callable
from types import FrameType
from typing import BinaryIO, Final

from arena.images.imaging import EncodedImage
from arena.images.intake import limits
from arena.images.intake.decoder import main
from arena.images.intake.wide_decoder import widely_decoded

ANSWER_BYTES: Final = 4
Decode = Callable[[BinaryIO], EncodedImage]


def serve(
    channel: socket.socket, decode: Decode = widely_decoded, within_s: float = limits.PATIENT_WALL_CLOCK_S
) -> None:
    """Until the other side closes: two open files come, of the picture and for the answer; a status goes back."""
    while True:
        _, files, _, _ = socket.recv_fds(channel, 1, 2)
        if len(files) != 2:
            return
        status = _decoded_in_child(files, decode, within_s)
        for file in files:
            os.close(file)
        channel.sendall(status.to_bytes(ANSWER_BYTES, "big", signed=True))


def _decoded_in_child(files: list[int], decode: Decode, within_s: float) -> int:
    """As `subprocess` gives it: negative for a signal."""
    child = os.fork()
    if child == 0:
        _be_child(files, decode)
    handle = os.pidfd_open(child)
    try:
        if not select.select([handle], [], [], within_s)[0]:
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
    finally:
        os.close(handle)
    return os.waitstatus_to_exitcode(status)


def _be_child(files: list[int], decode: Decode) -> None:
    """Never returns. What hostile bytes make of it can reach nothing of the nursery."""
    status = 1
    try:
        os.dup2(files[0], 0)
        os.dup2(files[1], 1)
        os.closerange(3, 1024)
        main(decode, limits.PATIENT_PROCESSOR_S)
        sys.stdout.flush()
        status = 0
    finally:
        os._exit(status)


def _ends(_number: int, _frame: FrameType | None) -> None:
    os._exit(0)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _ends)
    serve(socket.socket(fileno=0))
