"""Clients that never stop sending or hang up, at the running gateway: refused in bounds, and nothing stays stuck."""

import json
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest

from tests.embedded.factories import becomes_true
from tests.proof.gateway_stack import ORDER, Gateway

MIB = 1024 * 1024
MOST_SENT = 400 * MIB
MOST_GROWTH = 64 * MIB
# rejected: it hung up before its body had been read
FINAL = {"completed", "failed", "cancelled", "rejected"}
ENDLESS = {
    "generations": ("application/json", b'{"model": "z-image-turbo", "prompt": "', b"a" * 65_536),
    "edits": (
        "multipart/form-data; boundary=b",
        b'--b\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n\r\n\x89PNG\r\n\x1a\n',
        bytes(65_536),
    ),
}


def memory_of(pid: int) -> int:
    """Bytes, shared pages shared out; 0 for a process that is gone."""
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/smaps_rollup").read_text().partition("Pss:")[2].split()[0]) * 1024
    return 0


@contextmanager
def watched(measure: Callable[[], int]) -> Iterator[list[int]]:
    """What is measured before, and then the most of it."""
    seen, done = [measure()], threading.Event()

    def look() -> None:
        while not done.wait(0.05):
            seen.append(measure())

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield seen
    finally:
        done.set()
        watcher.join()


def send_without_end(gateway: Gateway, operation: str) -> tuple[int, bytes]:
    """Bytes taken before the server gave up, and the head of its answer."""
    kind, opening, piece = ENDLESS[operation]
    address = urlsplit(gateway.base)
    sent = 0
    with socket.create_connection((address.hostname, address.port), timeout=20) as line:
        line.sendall(
            f"POST /openai/v1/images/{operation} HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Type: {kind}\r\n"
            f"Authorization: Bearer {gateway.keys['OPENAI_API_KEY']}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
            + b"%x\r\n%b\r\n" % (len(opening), opening)
        )
        with suppress(OSError):
            while sent < MOST_SENT:
                line.sendall(b"%x\r\n%b\r\n" % (len(piece), piece))
                sent += len(piece)
        with suppress(OSError):
            return sent, line.recv(65_536)
    return sent, b""


@pytest.mark.parametrize("operation", ENDLESS)
def test_an_endless_body_is_refused_within_bounds(gateway: Gateway, operation: str) -> None:
    servers = gateway.stack.find("web_server")
    assert servers
    disk = gateway.stack.layout.data_dir
    with (
        watched(lambda: sum(map(memory_of, servers))) as memory,
        watched(lambda: shutil.disk_usage(disk).used) as used,
    ):
        sent, answer = send_without_end(gateway, operation)
    assert sent < MOST_SENT
    assert answer == b"" or answer.startswith(b"HTTP/1.1 4"), answer[:200]
    assert max(memory) - memory[0] < MOST_GROWTH, f"{(max(memory) - memory[0]) / MIB:.0f} MiB of memory"
    assert max(used) - used[0] < MOST_GROWTH, f"{(max(used) - used[0]) / MIB:.0f} MiB on disk"
    assert gateway.post(ORDER, "?dryRun=true")[0] == 200


def test_a_client_that_hangs_up_leaves_nothing_running(gateway: Gateway) -> None:
    address = urlsplit(gateway.base)
    body = json.dumps({**ORDER, "prompt": "[simulate slow=1] a boat nobody waits for"}).encode()
    for _ in range(5):
        with socket.create_connection((address.hostname, address.port), timeout=10) as line:
            line.sendall(
                f"POST /openai/v1/images/generations HTTP/1.1\r\nHost: {address.netloc}\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
                f"Authorization: Bearer {gateway.keys['OPENAI_API_KEY']}\r\n\r\n".encode()
                + body
            )
            time.sleep(0.2)
    assert becomes_true(lambda: len(statuses(gateway)) >= 5 and set(statuses(gateway)) <= FINAL, 30), statuses(gateway)
    assert gateway.post(ORDER)[0] == 200


def statuses(gateway: Gateway) -> list[str]:
    """Of the key's latest requests."""
    headers = {"Authorization": f"Bearer {gateway.keys['OPENAI_API_KEY']}"}
    with urlopen(Request(f"{gateway.base}/v1/requests?limit=20", headers=headers)) as answer:
        return [row["status"] for row in json.load(answer)["data"]]
