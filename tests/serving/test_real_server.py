"""Streams, files and bodies through the real server: slow readers, hang-ups, what fails in the middle, slow senders."""

import ast
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse, IncompleteRead

import pytest

from tests.embedded.factories import ROOT, becomes_true
from tests.proof.stack import free_port

BIG = 800 << 16


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    number = free_port()
    environ = {**os.environ, "SMALL_SITE": str(tmp_path_factory.mktemp("small-site"))}
    argv = [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "rsgi",
        "--port",
        str(number),
        "--no-ws",
        "--loop",
        "uvloop",
    ]
    server = subprocess.Popen(
        [*argv, "--workers-kill-timeout", "2", "--log-level", "error", "tests.serving.small_site:application"],
        cwd=ROOT,
        env=environ,
    )
    try:
        assert becomes_true(lambda: _listens(number), 20)
        yield number
    finally:
        server.terminate()
        server.wait(10)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def asked(port: int, path: str, method: str = "GET", body: bytes | None = None) -> Iterator[HTTPResponse]:
    link = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        link.request(method, path, body)
        # It holds the connection open by itself.
        with link.getresponse() as answer:
            yield answer
    finally:
        link.close()


def whole(port: int, path: str) -> bytes:
    with asked(port, path) as answer:
        assert answer.status == 200
        return answer.read()


def status_of(port: int, path: str) -> int:
    with asked(port, path) as answer:
        return answer.status


def state(port: int) -> tuple[list[str], int, int, int]:
    """Threads that handled streams, streams begun, closed, and how many are being made or read."""
    threads, begun, closed, reading = ast.literal_eval(whole(port, "/state").decode())
    return threads, begun, closed, reading


def begin(port: int, path: str, head: str = "GET", more: str = "") -> socket.socket:
    link = socket.create_connection(("127.0.0.1", port), timeout=10)
    link.sendall(f"{head} {path} HTTP/1.1\r\nHost: x\r\n{more}".encode() + (b"\r\n" if head == "GET" else b""))
    return link


def test_a_stream_is_made_and_closed_in_the_threads_of_streams_and_its_length_is_known(port: int) -> None:
    with asked(port, "/big") as answer:
        assert int(answer.headers["content-length"]) == BIG
        assert len(answer.read()) == BIG
    assert len(whole(port, "/small")) == 2 << 16
    assert all(name.startswith("stream") for name in state(port)[0])


def test_a_stream_that_fails_in_the_middle_is_an_error_and_not_a_short_file(port: int) -> None:
    with asked(port, "/broken") as answer:
        assert (answer.status, answer.headers["retry-after"]) == (503, "5")


def test_a_reader_that_is_too_slow_is_cut_off_and_sees_it(port: int) -> None:
    with asked(port, "/big") as answer:
        answer.read(10)
        time.sleep(5)
        with pytest.raises((IncompleteRead, ConnectionError)):
            answer.read()


@pytest.mark.parametrize("more", ["", "Accept-Encoding: gzip\r\n"])
def test_who_hangs_up_ends_the_making_of_a_stream(port: int, more: str) -> None:
    _, begun, closed, _ = state(port)
    link = begin(port, "/endless", more=more)
    assert becomes_true(lambda: state(port)[1] == begun + 1, 5)
    link.close()
    assert becomes_true(lambda: state(port)[2] == closed + 1, 5)


def test_more_streams_than_allowed_are_told_to_come_again_and_pages_go_on(port: int) -> None:
    links = [begin(port, "/endless") for _ in range(4)]
    time.sleep(0.3)
    with asked(port, "/small") as answer:
        assert (answer.status, answer.headers["retry-after"]) == (503, "5")
    assert state(port)
    for link in links:
        link.close()
    assert becomes_true(lambda: status_of(port, "/small") == 200, 5)


def test_slow_readers_of_long_files_keep_nobody_from_short_ones(port: int) -> None:
    assert becomes_true(lambda: state(port)[3] == 0, 5)
    links = [begin(port, "/big") for _ in range(4)]
    assert all(link.recv(100).startswith(b"HTTP/1.1 200") for link in links)
    assert len(whole(port, "/small")) == 2 << 16
    assert status_of(port, "/big") == 503
    for link in links:
        link.close()
    assert becomes_true(lambda: status_of(port, "/big") == 200, 5)


@pytest.mark.parametrize("manner", ["whole", "half"])
def test_a_long_download_that_has_ended_makes_room_at_once(port: int, manner: str) -> None:
    assert becomes_true(lambda: state(port)[3] == 0, 5)
    with asked(port, "/big") as answer:
        assert answer.status == 200
        answer.read() if manner == "whole" else answer.read(1)
        ended_at = time.monotonic()
    assert becomes_true(lambda: state(port)[3] == 0, 5)
    # One that is read slowly may take three seconds.
    assert time.monotonic() - ended_at < 2


def test_a_stored_file_comes_whole(port: int) -> None:
    assert whole(port, "/stored") == bytes(range(256)) * 4096


def test_slow_bodies_hold_no_thread_and_are_refused(port: int) -> None:
    links = [begin(port, "/echo", "POST") for _ in range(16)]
    for link in links:
        link.sendall(b"Content-Length: 1000\r\n\r\nx")
    started = time.monotonic()
    assert state(port)
    assert time.monotonic() - started < 0.5
    for link in links:
        assert link.recv(200).startswith(b"HTTP/1.1 408")
        link.close()


def test_long_bodies_come_whole_and_only_so_many_at_once(port: int) -> None:
    with asked(port, "/echo", "POST", b"y" * (5 << 20)) as answer:
        assert answer.read() == b"y" * (5 << 20)
    links = [begin(port, "/echo", "POST") for _ in range(2)]
    for link in links:
        link.sendall(b"Content-Length: 1000000\r\n\r\nx")
    time.sleep(0.2)
    with begin(port, "/echo", "POST") as third:
        third.sendall(b"Content-Length: 1000000\r\n\r\nx")
        assert third.recv(300).startswith(b"HTTP/1.1 503")
    with asked(port, "/echo", "POST", b"a vote") as answer:
        assert answer.read() == b"a vote"
    for link in links:
        link.close()


def test_many_streams_read_fast_and_slowly_and_half_are_all_right(port: int) -> None:
    def one(number: int) -> bool:
        if number % 3 == 2:
            begin(port, "/big").close()
            return True
        with asked(port, "/small") as answer:
            if answer.status == 503:
                return True
            time.sleep(0.05 * (number % 3))
            return len(answer.read()) == 2 << 16

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(one, range(60)))
    _, begun, closed, _ = state(port)
    assert becomes_true(lambda: state(port)[1] <= state(port)[2], 5), (begun, closed)
