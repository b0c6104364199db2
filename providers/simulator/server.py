"""Serves the simulator on a plain port and, where asked, on one with TLS: one process, one world."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import uvloop
from granian.constants import Interfaces
from granian.server.embed import Server
from starlette.routing import Router

from providers.simulator.app import application
from providers.simulator.certificate import make_certificate
from providers.simulator.world import Conditions, World

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
