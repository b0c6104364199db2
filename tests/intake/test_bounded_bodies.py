"""A real server process takes no body without an end and keeps no more of a file than it may."""

import os
import select
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from uuid import uuid4

import pytest

from lumenboard.embedded.process import Child
from lumenboard.embedded.programs import HOST, web

MIB = 1 << 20
GROWTH_BYTES = 64 * MIB
UPLOAD_BYTES = 20 * MIB


@dataclass(frozen=True)
class Server:
    port: int
    pid: int
    temporary: Path

    def memory_bytes(self) -> int:
        """The most that the server and its workers have held, each at its own time."""
        return sum(peak_bytes(pid) for pid in family(self.pid))


def family(pid: int) -> list[int]:
    born = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(each for child in born for each in family(int(child)))]


def peak_bytes(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    port, temporary = free_port(), tmp_path_factory.mktemp("uploads")
    log = tmp_path_factory.mktemp("log") / "web"
    child = Child(replace(web({**os.environ, "TMPDIR": str(temporary)}, port), log=log))
    child.start()
    try:
        deadline = time.monotonic() + 30
        while not is_up(port):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        yield Server(port, child.process.pid, temporary)
    finally:
        child.stop()


def is_up(port: int) -> bool:
    try:
        return get(port, "/admin/login/").status == 200
    except OSError:
        return False


def get(port: int, path: str):
    with closing(HTTPConnection(HOST, port, timeout=20)) as link:
        link.request("GET", path)
        answer = link.getresponse()
        answer.read()
        return answer


def poured(link: socket.socket, piece: bytes, most: int) -> tuple[int, bytes]:
    """Bytes sent until the server answered, hung up or `most` were taken, and what it answered."""
    sent, answer = 0, b""
    link.settimeout(5)
    try:
        while sent < most and not select.select([link], [], [], 0)[0]:
            sent += link.send(piece)
        answer = link.recv(4096)
    except OSError:
        pass
    return sent, answer


def assert_refused(answer: bytes, status: bytes) -> None:
    """The answer is lost where the server hangs up while more is on its way."""
    assert not answer or answer.startswith(b"HTTP/1.1 " + status)


def test_a_body_without_a_length_is_told_so(server: Server) -> None:
    head = b"POST /admin/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    with socket.create_connection((HOST, server.port), timeout=20) as link:
        # in one piece: the server hangs up as soon as it has read the head
        link.sendall(head + b"3\r\na=b\r\n0\r\n\r\n")
        answer = HTTPResponse(link)
        answer.begin()
        assert (answer.status, answer.read()) == (411, b"The length of the body must be stated (Content-Length).\n")


def test_an_endless_body_is_refused_unread(server: Server) -> None:
    get(server.port, "/admin/login/")
    before = server.memory_bytes()
    head = b"POST /admin/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n"
    head += b"Content-Type: multipart/form-data; boundary=b\r\n\r\n"
    with socket.create_connection((HOST, server.port)) as link:
        link.sendall(head)
        sent, answer = poured(link, b"10000\r\n" + bytes(0x10000) + b"\r\n", 1024 * MIB)
    print(f"{sent / MIB:.1f} MiB sent, {(server.memory_bytes() - before) / MIB:.1f} MiB grown")
    assert_refused(answer, b"411")
    assert sent < GROWTH_BYTES
    assert server.memory_bytes() - before < GROWTH_BYTES
    assert list(server.temporary.iterdir()) == []
    assert is_up(server.port)


def test_a_body_that_says_it_is_too_long_is_refused_unread(server: Server) -> None:
    head = b"POST /admin/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000000000000\r\n\r\n"
    before = server.memory_bytes()
    with socket.create_connection((HOST, server.port)) as link:
        link.sendall(head)
        sent, answer = poured(link, bytes(0x10000), 1024 * MIB)
    assert_refused(answer, b"413")
    assert sent < GROWTH_BYTES
    assert server.memory_bytes() - before < GROWTH_BYTES


def test_of_a_file_that_is_too_long_little_more_than_allowed_reaches_the_disk(server: Server) -> None:
    cookie = get(server.port, "/admin/login/").headers["Set-Cookie"].partition(";")[0]
    start = b'--b\r\nContent-Disposition: form-data; name="upload"; filename="a.png"\r\n\r\n'
    end, length = b"\r\n--b--\r\n", 58 * MIB
    before, watch = server.memory_bytes(), Watch(server.temporary)
    with closing(HTTPConnection(HOST, server.port, timeout=60)) as link:
        # refused in JSON, for which no table is read: the database is an empty one
        link.putrequest("POST", f"/battles/{uuid4()}/vote")
        for name, value in (
            ("Content-Length", length),
            ("Content-Type", "multipart/form-data; boundary=b"),
            ("Accept", "application/json"),
            ("Cookie", cookie),
            ("Origin", f"http://{HOST}:{server.port}"),
        ):
            link.putheader(name, str(value))
        link.endheaders()
        for piece in (start, *[bytes(MIB)] * 57, bytes(MIB - len(start) - len(end)), end):
            link.send(piece)
        answer = link.getresponse()
        answer.read()
    most = watch.most()
    print(f"{most / MIB:.1f} MiB on disk, {(server.memory_bytes() - before) / MIB:.1f} MiB grown")
    assert answer.status == 403
    assert UPLOAD_BYTES <= most <= UPLOAD_BYTES + 2 * MIB
    assert server.memory_bytes() - before < GROWTH_BYTES
    assert list(server.temporary.iterdir()) == []


class Watch:
    """The most bytes that a directory held while it was looked at."""

    def __init__(self, place: Path) -> None:
        self.place, self.seen, self.over = place, 0, threading.Event()
        self.thread = threading.Thread(target=self._look)
        self.thread.start()

    def _look(self) -> None:
        while not self.over.wait(0.002):
            try:
                held = sum(file.stat().st_size for file in self.place.iterdir())
            except FileNotFoundError:
                continue
            self.seen = max(self.seen, held)

    def most(self) -> int:
        self.over.set()
        self.thread.join()
        return self.seen
