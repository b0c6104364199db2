"""The real stack with the demo world, and a real browser to look at it with."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.proof.demo_world import DemoWorld, made_demo_world
from tests.proof.gateway_stack import gateway

__all__ = ["gateway"]

ROOT = Path(__file__).resolve().parents[2]
READY = "ready http://"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Demo:
    """A running `manage.py demo`: where it answers, what it said until then, and its data."""

    url: str
    said: str
    data_dir: str

    @property
    def password(self) -> str:
        """Of the account it made."""
        found = re.search(r"name operator, password (\S+)", self.said)
        assert found, self.said
        return found[1]

    def command(self, *words: str) -> str:
        """What `manage.py` prints, on the demo's data."""
        argv = [sys.executable, "manage.py", *words]
        environ = {**_inherited(), "LUMENBOARD_DATA_DIR": self.data_dir}
        done = subprocess.run(argv, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60, check=True)
        return done.stdout


def _inherited() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "BROKER_URL", "LUMENBOARD_TESTING"}}


@pytest.fixture(scope="session")
def demo(demo_stack: Demo) -> str:
    """The address of a running demo."""
    return demo_stack.url


@pytest.fixture(scope="session")
def demo_stack() -> Iterator[Demo]:
    """`manage.py demo` with data of its own, in a place that `nobody` may pass through, unlike pytest's own."""
    with tempfile.TemporaryDirectory(prefix="lumenboard-demo-") as parent:
        Path(parent).chmod(0o711)
        yield from _running_demo(f"{parent}/data")


def _running_demo(data_dir: str) -> Iterator[Demo]:
    port = free_port()
    # a program that tries everything asks oftener than people do
    limits = {"LUMENBOARD_API_REQUESTS_PER_MINUTE": "1000000"}
    environment = {**_inherited(), **limits, "PORT": str(port), "LUMENBOARD_DATA_DIR": data_dir}
    stack = subprocess.Popen(
        [sys.executable, "manage.py", "demo"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    said = []
    for line in stack.stdout:
        said.append(line)
        if READY in line:
            break
    else:
        pytest.fail("the demo did not start:\n" + "".join(said[-40:]))
    # read on: a full pipe would stop the whole stack in the middle of a line
    reader = threading.Thread(target=stack.stdout.read)
    reader.start()
    yield Demo(f"http://127.0.0.1:{port}", "".join(said), data_dir)
    stack.send_signal(signal.SIGINT)
    stack.wait(60)
    reader.join()
    stack.stdout.close()


@pytest.fixture(scope="session")
def demo_world() -> Iterator[DemoWorld]:
    """Puts a copy of the demo world where a layout says."""
    with made_demo_world() as put:
        yield put


def chromium() -> str:
    """Where Debian's Chromium is; without it the test is skipped."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    return found


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    program = chromium()
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program)
        yield started
        started.close()
