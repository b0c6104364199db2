"""Connections of our own, plain and under TLS: kept between answers, and never used once something is left in them."""

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import httpx2
import pytest
import uvloop
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from providers.dispatch.addresses import is_operators
from providers.dispatch.guard import GuardedTransport

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s"
LARGE = b"x" * (3 << 20)


def certificate(place: Path) -> Path:
    """Of 127.0.0.1, with its key in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = place / "pair.pem"
    path.write_bytes(key.private_bytes(*form) + made.public_bytes(serialization.Encoding.PEM))
    return path


class Upstream:
    """Answers each request with the next of its bodies, and may leave something behind it."""

    def __init__(self, bodies: list[bytes], left_over: bytes = b"") -> None:
        self.bodies, self.left_over, self.connections = bodies, left_over, 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                await reader.readuntil(b"\r\n\r\n")
                body = self.bodies.pop(0)
                writer.write(ANSWER % (len(body), body))
                await writer.drain()
                if self.left_over:
                    await asyncio.sleep(0.05)
                    writer.write(self.left_over)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


def ask(upstream: Upstream, times: int, pair: Path | None = None, trusts: bool = True) -> list[bytes]:
    async def talk() -> list[bytes]:
        served = None
        if pair is not None:
            served = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            served.load_cert_chain(pair)
        theirs = ssl.create_default_context(cafile=pair if trusts else None)
        async with (
            await asyncio.start_server(upstream.serve, "127.0.0.1", 0, ssl=served) as server,
            GuardedTransport(is_operators, httpx2.Limits(), theirs) as transport,
        ):
            base = f"http{'s' if pair else ''}://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
            got = []
            for _ in range(times):
                response = await transport.handle_async_request(httpx2.Request("GET", base))
                got.append(await response.aread())
                await response.aclose()
                await asyncio.sleep(0.1)
            return got

    # the loop the web server runs
    return uvloop.run(talk())


@pytest.mark.parametrize("is_secure", [False, True], ids=["plain", "tls"])
def test_a_connection_is_kept_and_answers_of_megabytes_come_whole(is_secure: bool, tmp_path: Path) -> None:
    upstream = Upstream([b"one", LARGE, b"three"])
    assert ask(upstream, 3, certificate(tmp_path) if is_secure else None) == [b"one", LARGE, b"three"]
    assert upstream.connections == 1


def test_a_certificate_nobody_vouches_for_is_no_connection(tmp_path: Path) -> None:
    with pytest.raises(httpx2.ConnectError):
        ask(Upstream([b"one"]), 1, certificate(tmp_path), trusts=False)


@pytest.mark.parametrize("is_secure", [False, True], ids=["plain", "tls"])
def test_what_comes_unasked_is_nobodys_answer(is_secure: bool, tmp_path: Path) -> None:
    upstream = Upstream([b"one", b"two"], ANSWER % (6, b"forged"))
    assert ask(upstream, 2, certificate(tmp_path) if is_secure else None) == [b"one", b"two"]
    assert upstream.connections == 2


def test_an_answer_that_came_before_the_connection_broke_is_read() -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 Too Large\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}")
        await writer.drain()
        # closed with unread bytes of the body: the system resets the connection
        writer.transport.close()

    async def talk() -> int:
        context = ssl.create_default_context()
        async with (
            await asyncio.start_server(refuse, "127.0.0.1", 0, limit=1024) as server,
            GuardedTransport(is_operators, httpx2.Limits(), context) as transport,
        ):
            base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
            response = await transport.handle_async_request(httpx2.Request("POST", base, content=LARGE * 8))
            await response.aread()
            return response.status_code

    for _ in range(5):
        assert uvloop.run(talk()) == 413
