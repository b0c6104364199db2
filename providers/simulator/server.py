"""Serves the simulator on a plain port and, where asked, on one with TLS: one process, one world."""

import asyncio
import ipaddress
import logging
import os
import signal
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

import uvloop
from granian.constants import Interfaces
from granian.server.embed import Server
from starlette.routing import Mount, Router

from providers.simulator import control
from providers.simulator.dashscope import generation
from providers.simulator.fal import runs
from providers.simulator.openai import images
from providers.simulator.replicate import library, predictions
from providers.simulator.world import Conditions, World


def application(world: World) -> Router:
    """A router without middleware: there is nothing to add, and every call pays for it."""
    return Router(
        routes=[
            Mount("/openai", routes=images.routes(world)),
            Mount("/fal", routes=runs.routes(world)),
            Mount("/replicate", routes=[*predictions.routes(world), *library.routes(world)]),
            Mount("/dashscope", routes=generation.routes(world)),
            *control.routes(world),
        ],
        redirect_slashes=False,
    )


LIFETIME = timedelta(days=30)


class Certificate(NamedTuple):
    """Files in PEM; `certificate` is what SSL_CERT_FILE may name."""

    certificate: Path
    key: Path


def make_certificate(directory: Path) -> Certificate:
    """Write a new self-signed certificate and its key, the key for us alone."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "simulated providers")])
    names = [x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName("localhost")]
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    made = Certificate(directory / "simulator-certificate.pem", directory / "simulator-key.pem")
    directory.mkdir(parents=True, exist_ok=True)
    made.certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    made.key.unlink(missing_ok=True)
    made.key.touch(mode=0o600)
    made.key.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return made


BACKLOG: Final = 1024
GRACE_S: Final = 0.5


@dataclass(frozen=True, kw_only=True)
class Serving:
    """Address, ports and conditions; the certificate of the TLS port is written to `certificate_dir`."""

    host: str
    port: int
    conditions: Conditions
    certificate_dir: Path


def serve(serving: Serving) -> None:
    """Serve until SIGINT or SIGTERM."""
    # Granian announces that serving within a process is young; nothing here depends on what may change.
    logging.getLogger("_granian").setLevel(logging.ERROR)
    uvloop.run(_serve(serving))


async def _serve(serving: Serving) -> None:
    world = World(serving.conditions)
    app = application(world)
    servers = [_server(app, serving.host, serving.port)]
    if serving.conditions.tls_port is not None:
        made = make_certificate(serving.certificate_dir)
        servers.append(_server(app, serving.host, serving.conditions.tls_port, made.certificate, made.key))
        print(f"certificate {made.certificate}", flush=True)  # noqa: T201
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, _stop, servers)
    print(f"simulated providers on http://{serving.host}:{serving.port}", flush=True)  # noqa: T201
    try:
        await asyncio.gather(*(server.serve() for server in servers))
    finally:
        world.pictures.close()


def _server(app: Router, host: str, port: int, certificate: Path | None = None, key: Path | None = None) -> Server:
    return Server(
        app,
        address=host,
        port=port,
        interface=Interfaces.ASGINL,
        websockets=False,
        backlog=BACKLOG,
        log_enabled=False,
        ssl_cert=certificate,
        ssl_key=key,
    )


def _stop(servers: list[Server]) -> None:
    for server in servers:
        server.stop()
    # A call that hangs on purpose would keep it for as long as its client has patience; nothing here needs saving.
    asyncio.get_running_loop().call_later(GRACE_S, os._exit, 0)
