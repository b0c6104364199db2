"""The supervisor's side of the terminal: its own lines, and each child's with the child's name before them.

Nobody who writes waits for whoever reads: lines wait in memory, and past a bound they are left out and counted.
"""

import contextlib
import os
import threading
from collections import deque
from typing import IO, Final

OWN_NAME = "lumenboard"
NAME_WIDTH = 10
DRAIN_S = 1.0
MOST_WAITING_BYTES: Final = 1 << 20


class Console:
    """One file descriptor shared by several writers, line by line.

    Not a Python stream: a thread that is stuck in one's buffer could not be left behind at the end.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._followers: list[threading.Thread] = []
        self._waiting: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._left_out = 0
        self._changed = threading.Condition()
        threading.Thread(target=self._write_on, daemon=True).start()

    def say(self, text: str) -> None:
        self._add(_of(OWN_NAME, text))

    def announce(self, line: str) -> None:
        """A line for programs that wait for it, without a name before it."""
        self._add(line)

    def follow(self, name: str, output: IO[bytes]) -> None:
        """Pass a child's lines on until it closes its output."""
        follower = threading.Thread(target=self._pass_on, args=(name, output), daemon=True)
        follower.start()
        self._followers = [thread for thread in self._followers if thread.is_alive()] + [follower]

    def drain(self) -> None:
        """Let what dead children last said appear first."""
        for follower in self._followers:
            follower.join(DRAIN_S)
        self.flush()

    def flush(self) -> None:
        """Let everything appear that waits, unless nobody reads."""
        with self._changed:
            self._changed.wait_for(lambda: not self._waiting, DRAIN_S)

    def _pass_on(self, name: str, output: IO[bytes]) -> None:
        with output:
            for line in output:
                if text := line.decode(errors="replace").rstrip():
                    self._add(_of(name, text))

    def _add(self, line: str) -> None:
        content = f"{line}\n".encode(errors="replace")
        with self._changed:
            if self._waiting_bytes + len(content) > MOST_WAITING_BYTES:
                self._left_out += 1
                return
            if self._left_out:
                missing = _of(OWN_NAME, f"{self._left_out} lines are left out here: nobody read them in time")
                content, self._left_out = f"{missing}\n".encode() + content, 0
            self._waiting.append(content)
            self._waiting_bytes += len(content)
            self._changed.notify_all()

    def _write_on(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting)
                content = self._waiting[0]
            # A reader that went away (`make run | head`) must not stop the stack.
            with contextlib.suppress(OSError):
                _write_all(self._descriptor, content)
            with self._changed:
                self._waiting.popleft()
                self._waiting_bytes -= len(content)
                self._changed.notify_all()


def _of(name: str, text: str) -> str:
    return f"{name:<{NAME_WIDTH}} | {text}"


def _write_all(descriptor: int, content: bytes) -> None:
    while content:
        content = content[os.write(descriptor, content) :]
