"""Makes data directories and programs for the tests of the embedded stack."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lumenboard.embedded.process import Program

ROOT = Path(__file__).resolve().parents[2]


def make_program(code: str, **changes: Any) -> Program:
    """A Python program of one string."""
    values: dict[str, Any] = {"patience_s": 2.0, "log": Path(os.devnull)} | changes
    return Program("program", [sys.executable, "-c", code], ROOT, dict(os.environ), **values)


@contextmanager
def run_python(code: str, *arguments: object) -> Iterator["subprocess.Popen[str]"]:
    """Another Python process with our modules at hand; what it prints is read from its `stdout`."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def kill(process: "subprocess.Popen[str]") -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and only waits to be read counts as gone."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in {"Z", "X"}


def processes_naming(text: str) -> dict[int, str]:
    """Command lines of running processes that mention the text, by process number."""
    found = {}
    for place in Path("/proc").glob("[0-9]*"):
        try:
            words = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if text in words and alive(int(place.name)):
            found[int(place.name)] = words
    return found


def becomes_true(condition: Callable[[], bool], within_s: float = 10.0) -> bool:
    deadline = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
