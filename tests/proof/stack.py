"""Runs the whole stack as a user would, with data and port of its own, and watches its processes."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from lumenboard.embedded.layout import Layout
from tests.embedded.factories import ROOT, alive, becomes_true, processes_naming

OURS = ("DATABASE_URL", "BROKER_URL", "LUMENBOARD_TESTING", "LUMENBOARD_DATA_DIR", "PORT", "DJANGO_SETTINGS_MODULE")
START_PATIENCE_S = 90.0
STOP_PATIENCE_S = 30.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environ_for(layout: Layout, port: int) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in OURS}
    return {**kept, "LUMENBOARD_DATA_DIR": str(layout.data_dir), "PORT": str(port)}


def processes_of(layout: Layout) -> dict[int, str]:
    """Every process of the stack: it names the data directory in its arguments or its environment."""
    found = processes_naming(str(layout.data_dir))
    marker = f"LUMENBOARD_DATA_DIR={layout.data_dir}".encode()
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if marker in (place / "environ").read_bytes().split(b"\0") and alive(int(place.name)):
                found[int(place.name)] = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
    return found


LOAD = "import django; django.setup(); import lumenboard.urls"


def loads_of_the_site(times: float, layout: Layout) -> float:
    """So many times the seconds in which a process loads the site now: what a machine's speed is measured by."""
    environ = {**environ_for(layout, free_port()), "DJANGO_SETTINGS_MODULE": "lumenboard.settings"}
    started = time.monotonic()
    subprocess.run([sys.executable, "-c", LOAD], cwd=ROOT, env=environ, check=True)
    return times * (time.monotonic() - started)


@dataclass
class Stack:
    """One running `manage.py run`."""

    layout: Layout
    port: int
    process: "subprocess.Popen[str]"
    lines: list[str] = field(default_factory=list)

    def ready_after(self, patience_s: float = START_PATIENCE_S) -> float:
        """Wait for the ready line; returns the seconds it took."""
        started = time.monotonic()
        wanted = f"ready http://127.0.0.1:{self.port}"
        came = becomes_true(lambda: wanted in self.lines or self.process.poll() is not None, patience_s)
        assert came, self.output()
        assert wanted in self.lines, self.output()
        return time.monotonic() - started

    def said(self, part: str) -> bool:
        return any(part in line for line in self.lines)

    def output(self) -> str:
        return "\n".join(self.lines)

    def find(self, words: str) -> list[int]:
        return sorted(pid for pid, line in processes_of(self.layout).items() if words in line)

    def page(self, path: str = "/health") -> int:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            return int(answer.status)

    def serves(self) -> bool:
        try:
            return self.page() == 200
        except OSError:
            return False

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.process.wait(STOP_PATIENCE_S)

    def is_gone(self) -> bool:
        return not processes_of(self.layout)


@contextmanager
def running(layout: Layout, port: int, command: tuple[str, ...] = ("manage.py", "run")) -> Iterator[Stack]:
    """Start the stack; whatever a test leaves of it is killed."""
    process = subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        env=environ_for(layout, port),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    stack = Stack(layout, port, process)
    reader = threading.Thread(target=_collect, args=(process, stack.lines))
    reader.start()
    try:
        yield stack
    finally:
        process.kill()
        process.wait()
        if not becomes_true(stack.is_gone):
            kill_all(processes_of(layout))
        reader.join()


def kill_all(pids: Iterable[int]) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _collect(process: "subprocess.Popen[str]", lines: list[str]) -> None:
    assert process.stdout
    with process.stdout as output:
        for line in output:
            lines.append(line.rstrip("\n"))
