"""Runs the whole stack on one machine: stores, database changes, web, worker and beat, until it is stopped."""

import contextlib
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException

from lumenboard.embedded.binaries import PartsFile, supervisor_lock
from lumenboard.embedded.layout import EmbeddedError, Layout, LockHeld, StackError, current_layout
from lumenboard.embedded.lease import Lease, StoreWatch, stores_in_use
from lumenboard.embedded.locks import FileLock
from lumenboard.embedded.output import Console
from lumenboard.embedded.process import Child, Program, die_with_parent, ending
from lumenboard.embedded.programs import HOST, beat, generations, outbound, preparation, simulator, web, worker

CHECK_EVERY_S = 0.25
POLL_S = 0.02
WEB_PATIENCE_S = 60.0
SIMULATOR_URL = "LUMENBOARD_SIMULATOR_URL"
# links to log in can then be read in the log
MAIL_SERVER, MAIL_TO_LOG = "LUMENBOARD_SMTP_HOST", "LUMENBOARD_MAIL_TO_LOG"


class Stopped(Exception):
    """A signal asked us to stop."""


class Supervisor:
    """One run of the stack."""

    def __init__(self, layout: Layout, port: int, environ: Mapping[str, str], console: Console) -> None:
        self.layout = layout
        self.port = port
        self.environ = environ
        self.console = console
        self.stopping = threading.Event()
        self.children: list[Child] = []

    def run(self, demo: bool) -> None:
        """Bring everything up, say so, and keep it up until a signal comes: whatever dies is started again for ever.

        Raises EmbeddedError when a part cannot be started in the first place.
        """
        self.console.say(f"data in {self.layout.data_dir}")
        with stores_in_use(self.layout) as leases:
            try:
                if demo and not self.environ.get(MAIL_SERVER, "").strip():
                    self.environ = {MAIL_TO_LOG: "true", **self.environ}
                simulator_port = self._simulator_port() if demo else None
                self._prepare(demo)
                if simulator_port:
                    self._launch(simulator(self.environ, simulator_port, self.layout))
                self._launch(web(self.environ, self.port))
                self._wait_for_pages()
                # After the pages, which would else wait for a processor; what they enqueue meanwhile waits.
                self._launch(worker(self.environ))
                self._launch(generations(self.environ))
                self._launch(outbound(self.environ))
                self._launch(beat(self.environ, self.layout))
                self.console.announce(f"ready http://{HOST}:{self.port}")
                self._watch(leases)
            except Stopped:
                self.console.say("stopping")
            finally:
                # Started last, stopped first: beat makes work, the worker does it, pages wait for it.
                for child in reversed(self.children):
                    child.stop()

    def _simulator_port(self) -> int | None:
        """Where simulated providers will be, for every part to know from its start; None where others were named."""
        if self.environ.get(SIMULATOR_URL, "").strip():
            return None
        port = free_port(self.port + 1)
        self.environ = {**self.environ, SIMULATOR_URL: f"http://{HOST}:{port}"}
        return port

    def _launch(self, program: Program) -> Child:
        self._go_on()
        child = Child(program, self.console.follow)
        child.start(time.monotonic())
        self.children.append(child)
        return child

    def _prepare(self, demo: bool) -> None:
        child = self._launch(preparation(self.environ, demo))
        while child.process and child.process.poll() is None:
            self._go_on()
            time.sleep(POLL_S)
        self.children.remove(child)
        if child.process and child.process.returncode != 0:
            self.console.drain()
            raise StackError(f"preparing the database failed with {ending(child.process.returncode)}; see above")

    def _wait_for_pages(self) -> None:
        deadline = time.monotonic() + WEB_PATIENCE_S
        while not answers(self.port):
            if time.monotonic() > deadline:
                raise StackError(f"no page was served on port {self.port} within {WEB_PATIENCE_S:g} s")
            self._check_children()
            for child in self.children:
                if child.restarts.keeps_dying(time.monotonic()):
                    raise StackError(f"{child.program.name} cannot be started: it {child.restarts.last}; see above")
            time.sleep(POLL_S)

    def _watch(self, leases: list[Lease]) -> None:
        stores = [StoreWatch(lease) for lease in leases]
        report = PartsFile(self.layout)
        while not self.stopping.wait(CHECK_EVERY_S):
            self._check_children()
            now = time.monotonic()
            for store in stores:
                self._say(store.check(now))
            problems = {store.name: store.problem(now) for store in stores}
            problems |= {child.program.name: child.problem(now) for child in self.children}
            with contextlib.suppress(OSError):
                report.write(problems)
        report.close()
        self._go_on()

    def _check_children(self) -> None:
        self._go_on()
        for child in self.children:
            self._say(child.check(time.monotonic()))

    def _say(self, happened: str | None) -> None:
        if happened:
            self.console.say(happened)

    def _go_on(self) -> None:
        if self.stopping.is_set():
            raise Stopped


def answers(port: int) -> bool:
    """Whether the health page is served."""
    link = HTTPConnection(HOST, port, timeout=5)
    try:
        link.request("GET", "/health")
        return link.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        link.close()


def port_from(environ: Mapping[str, str]) -> int:
    raw = environ.get("PORT", "").strip() or "8000"
    if not (raw.isascii() and raw.isdigit() and len(raw) <= 5) or not 1 <= int(raw) <= 65535:
        raise StackError(f"PORT={raw!r} is not usable: allowed is a whole number from 1 to 65535")
    return int(raw)


def free_port(preferred: int) -> int:
    """The port preferred, or any other where that is taken or not one."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except (OSError, OverflowError):
                continue
            return int(probe.getsockname()[1])
    raise StackError("no port is free for the simulated providers")


def refuse_taken_port(port: int) -> None:
    with socket.socket() as probe:
        # Without it a port we ourselves left a moment ago would count as taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise StackError(f"port {port} cannot be used: {error.strerror}; set PORT to another") from error


@contextmanager
def only_supervisor_of(layout: Layout) -> Iterator[None]:
    """Refuse to run a second stack on the same data."""
    layout.make_private_dir(layout.locks_dir)
    with FileLock(supervisor_lock(layout)) as lock:
        try:
            lock.take_now()
        except LockHeld as error:
            pid = lock.path.read_text().strip()
            raise StackError(
                f"lumenboard already runs on {layout.data_dir} (process {pid}); "
                "stop it, or set LUMENBOARD_DATA_DIR and PORT to run another"
            ) from error
        lock.write(str(os.getpid()))
        yield


def run(demo: bool, with_parent: bool) -> int:
    """The commands `run` and `demo`; returns the exit status."""
    console = Console(sys.stdout.fileno())
    try:
        layout, port = current_layout(), port_from(os.environ)
        with only_supervisor_of(layout):
            refuse_taken_port(port)
            supervisor = Supervisor(layout, port, os.environ, console)
            _stop_on_signals(supervisor.stopping, with_parent)
            supervisor.run(demo)
    except EmbeddedError as error:
        console.flush()
        errors = Console(sys.stderr.fileno())
        errors.announce(f"lumenboard: {error}")
        errors.flush()
        return 1
    console.flush()
    return 0


def _stop_on_signals(stopping: threading.Event, with_parent: bool) -> None:
    # Set even for SIGINT: a shell starts background jobs with it ignored.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stopping.set())
    if with_parent:
        die_with_parent(signal.SIGTERM)
