"""A simulator in a process of its own, for tests that need real connections."""

import json
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.embedded.factories import ROOT, becomes_true


@contextmanager
def running_simulator(*options: str) -> Iterator[str]:
    """Its address, for as long as the block runs; it answers at once unless `options` say otherwise."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    argv = [sys.executable, "-m", "providers.simulator", "--port", str(port), *(options or ("--speed", "0"))]
    process = subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        assert becomes_true(lambda: answers(f"{address}/health"), 30)
        yield address
    finally:
        process.terminate()
        process.wait(10)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(address: str) -> bool:
    try:
        urllib.request.urlopen(address, timeout=1).close()
    except OSError:
        return False
    return True


def charges_by_intent(address: str) -> dict[str, int]:
    with urllib.request.urlopen(f"{address}/ledger", timeout=5) as answer:
        found: list[dict[str, Any]] = json.load(answer)["charges"]
    counted: dict[str, int] = {}
    for charge in found:
        counted[charge["intent"]] = counted.get(charge["intent"], 0) + 1
    return counted
