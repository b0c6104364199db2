"""Faults of the connection, over real sockets: the server in a process of its own."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.embedded.factories import ROOT, becomes_true
from tests.simulator import calls
from tests.simulator.conftest import KEY
from tests.simulator.running import free_port

BODY = {"prompt": "x", "model": "gpt-image-1", "n": 2}


def started(place: Path) -> tuple["subprocess.Popen[bytes]", str, str]:
    """The process and its two addresses, once it answers."""
    port, tls_port = free_port(), free_port()
    argv = [sys.executable, "-m", "providers.simulator", "--port", str(port), "--tls-port", str(tls_port)]
    argv += ["--speed", "0", "--certificate-dir", str(place)]
    process = subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        try:
            return httpx2.get(f"{address}/health").status_code == 200
        except httpx2.ConnectError:
            return False

    assert becomes_true(answers, 30)
    return process, address, f"https://127.0.0.1:{tls_port}"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("simulator")


@pytest.fixture(scope="module")
def addresses(place: Path) -> Iterator[tuple[str, str]]:
    process, address, tls_address = started(place)
    yield address, tls_address
    process.terminate()
    assert process.wait(10) == 0


def asked(address: str, simulate: str, timeout_s: float = 5.0, **options: object) -> httpx2.Response:
    headers = {**KEY, "x-simulate": simulate}
    with httpx2.Client(timeout=timeout_s, **options) as client:  # type: ignore[arg-type]
        return client.post(address + calls.IMAGES, json=BODY, headers=headers)


def test_a_reset_is_one_before_the_answer_and_within_it(addresses: tuple[str, str]) -> None:
    for simulate in ("reset", "cut"):
        with pytest.raises(httpx2.ReadError) as raised:
            asked(addresses[0], simulate)
        causes = []
        cause: BaseException | None = raised.value
        while cause:
            causes.append(type(cause))
            cause = cause.__cause__ or cause.__context__
        assert ConnectionResetError in causes


def test_a_truncated_answer_ends_before_its_promised_length(addresses: tuple[str, str]) -> None:
    with pytest.raises(httpx2.RemoteProtocolError):
        asked(addresses[0], "truncated")


def test_answers_come_late_in_each_way(addresses: tuple[str, str]) -> None:
    for simulate in ("slow=0.3", "first-byte=0.3", "drip=0.4"):
        began = time.monotonic()
        assert len(asked(addresses[0], simulate).json()["data"]) == 2
        assert time.monotonic() - began >= 0.3, simulate


def test_headers_come_before_a_late_first_byte(addresses: tuple[str, str]) -> None:
    headers = {**KEY, "x-simulate": "first-byte=3"}
    with (
        httpx2.Client(timeout=1.5) as client,
        client.stream("POST", addresses[0] + calls.IMAGES, json=BODY, headers=headers) as answer,
    ):
        assert answer.status_code == 200
        with pytest.raises(httpx2.ReadTimeout):
            answer.read()


def test_a_hanging_call_hinders_no_other(addresses: tuple[str, str]) -> None:
    with pytest.raises(httpx2.ReadTimeout):
        asked(addresses[0], "hang", timeout_s=0.3)
    with pytest.raises(httpx2.ReadTimeout):
        asked(addresses[0], "never", timeout_s=0.3)
    assert asked(addresses[0], "").status_code == 200


def test_links_lead_back_the_way_the_call_came(addresses: tuple[str, str], place: Path) -> None:
    import ssl

    context = ssl.create_default_context(cafile=str(place / "simulator-certificate.pem"))
    for address in addresses:
        with httpx2.Client(verify=context) as client:
            found = client.post(address + calls.FAL_RUN, json={"prompt": "x"}, headers=KEY).json()
            link = found["images"][0]["url"]
            assert link.startswith(f"{address}/fal/cdn/files/")
            assert client.get(link).content.startswith(b"\x89PNG")


def test_it_stops_at_once_though_a_call_hangs(tmp_path: Path) -> None:
    process, address, _ = started(tmp_path)
    with socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2]))) as link:
        link.sendall(b"GET /ledger HTTP/1.1\r\nhost: x\r\n\r\n")
        assert link.recv(15) == b"HTTP/1.1 200 OK"
        body = b'{"prompt":"x"}'
        head = (
            b"POST %s HTTP/1.1\r\nhost: x\r\nauthorization: Bearer k\r\nx-simulate: hang\r\ncontent-length: %d\r\n\r\n"
        )
        link.sendall(head % (calls.IMAGES.encode(), len(body)) + body)
        time.sleep(0.2)
        process.terminate()
        assert process.wait(6) == 0
