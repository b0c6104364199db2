"""The supervisor's side of the terminal: its own lines, and each child's with the child's name before them."""

import contextlib
import threading
from typing import IO, TextIO

OWN_NAME = "lumenboard"
NAME_WIDTH = 10
DRAIN_S = 1.0


class Console:
    """One stream shared by several writers, line by line."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._followers: list[threading.Thread] = []

    def say(self, text: str) -> None:
        self._write(f"{OWN_NAME:<{NAME_WIDTH}} | {text}")

    def announce(self, line: str) -> None:
        """A line for programs that wait for it, without a name before it."""
        self._write(line)

    def follow(self, name: str, output: IO[bytes]) -> None:
        """Pass a child's lines on until it closes its output."""
        follower = threading.Thread(target=self._pass_on, args=(name, output), daemon=True)
        follower.start()
        self._followers = [thread for thread in self._followers if thread.is_alive()] + [follower]

    def drain(self) -> None:
        """Let what dead children last said appear first."""
        for follower in self._followers:
            follower.join(DRAIN_S)

    def _pass_on(self, name: str, output: IO[bytes]) -> None:
        with output:
            for line in output:
                if text := line.decode(errors="replace").rstrip():
                    self._write(f"{name:<{NAME_WIDTH}} | {text}")

    def _write(self, line: str) -> None:
        # A reader that went away (`make run | head`) must not stop the stack or block its children.
        with self._lock, contextlib.suppress(OSError):
            self._stream.write(line + "\n")
            self._stream.flush()
