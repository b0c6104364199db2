"""Hosts on one machine: network namespaces on a bridge, each with an address, processes and data of its own.

Nothing is shared but what a network carries: the stores, a bucket and the providers listen on the bridge's address.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from lumenboard.embedded.layout import DATABASE_NAME, DATABASE_PORT, DATABASE_USER, Layout
from lumenboard.embedded.process import Child, Program
from lumenboard.embedded.store import Postgres, Valkey
from tests.embedded.factories import ROOT, becomes_true

NETWORK: Final = "10.213.77"
OUTSIDE: Final = f"{NETWORK}.1"
BRIDGE: Final = "lbproof0"
BROKER_PORT: Final = "6379"
DATABASE_URL: Final = f"postgresql://{DATABASE_USER}@{OUTSIDE}:{DATABASE_PORT}/{DATABASE_NAME}"
BROKER_URL: Final = f"redis://{OUTSIDE}:{BROKER_PORT}/0"


def missing() -> str:
    """Why this machine can make no hosts; empty where it can."""
    if os.geteuid() != 0 or not shutil.which("ip"):
        return "hosts of their own need root and the program ip"
    probe = subprocess.run(["unshare", "--net", "true"], capture_output=True, text=True, check=False)
    return f"network namespaces are not to be had here: {probe.stderr.strip()}" if probe.returncode else ""


@dataclass
class Host:
    """One namespace; `environ` is what its programs are told, `place` its own directory."""

    name: str
    number: int
    place: Path
    environ: Mapping[str, str]
    programs: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"{NETWORK}.{self.number}"

    @property
    def namespace(self) -> str:
        return f"lbproof-{self.name}"

    @property
    def cable(self) -> str:
        return f"lbproof{self.number}"

    def log(self, name: str) -> str:
        """What one of its programs has written so far."""
        return (self.place / f"{name}.log").read_text()

    def start(self, name: str, *words: str) -> None:
        """A program of ours that goes on; what it says is in `<place>/<name>.log`."""
        with (self.place / f"{name}.log").open("wb") as output:
            command = ["ip", "netns", "exec", self.namespace, sys.executable, *words]
            self.programs.append(
                subprocess.Popen(command, cwd=ROOT, env=self.environ, stdout=output, stderr=subprocess.STDOUT)
            )

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A command of ours, to its end."""
        command = ["ip", "netns", "exec", self.namespace, sys.executable, "manage.py", *words]
        return subprocess.run(command, cwd=ROOT, env=self.environ, capture_output=True, text=True, check=False)

    def kill(self) -> None:
        """All that runs on it, at once."""
        listed = subprocess.run(["ip", "netns", "pids", self.namespace], capture_output=True, text=True, check=False)
        for pid in map(int, listed.stdout.split()):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for program in self.programs:
            program.wait()

    def lose_power(self) -> None:
        """Its cable first: nobody is told that its connections ended."""
        ip("link", "set", self.cable, "down")
        self.kill()


@contextmanager
def network(*hosts: Host) -> Iterator[None]:
    """The bridge with the hosts on it, gone afterwards with all that runs there."""
    _take_down(hosts)
    try:
        ip("link", "add", BRIDGE, "type", "bridge")
        ip("address", "add", f"{OUTSIDE}/24", "dev", BRIDGE)
        ip("link", "set", BRIDGE, "up")
        for host in hosts:
            _plug_in(host)
        yield
    finally:
        for host in hosts:
            host.kill()
        _take_down(hosts)


def _plug_in(host: Host) -> None:
    host.place.mkdir(mode=0o711)
    ip("netns", "add", host.namespace)
    ip("link", "add", host.cable, "type", "veth", "peer", "name", "eth0", "netns", host.namespace)
    ip("link", "set", host.cable, "master", BRIDGE, "up")
    ip("-n", host.namespace, "address", "add", f"{host.address}/24", "dev", "eth0")
    for link in ("lo", "eth0"):
        ip("-n", host.namespace, "link", "set", link, "up")


def _take_down(hosts: tuple[Host, ...]) -> None:
    """Also what a run that was killed has left."""
    gone = [["netns", "delete", host.namespace] for host in hosts]
    for words in (*gone, *(["link", "delete", host.cable] for host in hosts), ["link", "delete", BRIDGE]):
        subprocess.run(["ip", *words], capture_output=True, check=False)


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


@contextmanager
def stores(layout: Layout) -> Iterator[None]:
    """PostgreSQL and Valkey as the embedded stack sets them up, and reachable over the network."""
    database, broker = Postgres(), Valkey()
    server = database.prepare(layout)
    with (layout.postgres_dir / "pg_hba.conf").open("a") as rules:
        rules.write(f"host all all {NETWORK}.0/24 trust\n")
    queue = broker.prepare(layout)
    started = [
        _child(server, "-c", f"listen_addresses={OUTSIDE}", "-c", "max_connections=200"),
        _child(queue, "--port", BROKER_PORT, "--bind", OUTSIDE, "--protected-mode", "no"),
    ]
    try:

        def ready() -> bool:
            database.complete(layout)
            return database.is_ready(layout) and broker.is_ready(layout)

        assert becomes_true(ready, 60)
        yield
    finally:
        for child in reversed(started):
            child.stop()


def _child(program: Program, *more: str) -> Child:
    """A word that is repeated counts where it stands last."""
    child = Child(replace(program, argv=[*program.argv, *more]))
    child.start()
    return child
