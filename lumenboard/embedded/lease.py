"""Use of an embedded store by one process: attaches to the running store, or starts it for as long as it is used.

While the stack runs, a store whose supervisor has gone is brought back.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from lumenboard.embedded.layout import CHECKOUT, EmbeddedError, Layout, LockHeld, StoreError
from lumenboard.embedded.locks import FileLock, is_held
from lumenboard.embedded.process import Restarts
from lumenboard.embedded.store import open_log
from lumenboard.embedded.store_supervisor import POLL_S, START_PATIENCE_S, STORES, store_supervisor_lock, users_lock

# Which setting names a store of the operator's own, in the order in which stores start.
SETTINGS = {"postgres": "DATABASE_URL", "valkey": "BROKER_URL"}
STOP_PATIENCE_S = 30.0


class Lease:
    """One process's claim on one store. The kernel ends it with the process, and the last one ends the store."""

    def __init__(self, layout: Layout, store: str) -> None:
        self.layout = layout
        self.store = STORES[store]
        layout.make_private_dir(layout.locks_dir)
        self._users = FileLock(users_lock(layout, store))
        self._supervisor: subprocess.Popen[str] | None = None

    def begin(self) -> None:
        """Claim the store and start its supervisor if it has none; does not wait for readiness."""
        # Blocks while a supervisor is stopping the store, so that we find it gone.
        self._users.share()
        with FileLock(store_supervisor_lock(self.layout, self.store.name)) as lock:
            try:
                lock.take_now()
            except LockHeld:
                return
            if self._supervisor:
                self._supervisor.wait()
            self._supervisor = self._start_supervisor(lock)

    def wait(self) -> None:
        """Return once the store is ready.

        Raises StoreError with the server's own words when it cannot start.
        """
        deadline = time.monotonic() + START_PATIENCE_S
        self._raise_complaint()
        while not self.store.is_ready(self.layout):
            if time.monotonic() > deadline:
                raise StoreError(f"{self.store.name} did not get ready within {START_PATIENCE_S:g} s")
            if not self._is_running():
                self.begin()
                self._raise_complaint()
            time.sleep(POLL_S)

    def complaint(self) -> str:
        """What the supervisor that has gone said of its failure; empty when it said nothing."""
        if self._supervisor is None or self._supervisor.stdout is None or self._supervisor.stdout.closed:
            return ""
        with self._supervisor.stdout as output:
            return output.read().strip()

    def is_lost(self) -> bool:
        """Whether supervisor and server are gone though we still hold our claim."""
        return not self._is_running()

    def end(self) -> None:
        """Give up the claim; when it was the last, wait until the store has stopped."""
        self._users.release()
        deadline = time.monotonic() + STOP_PATIENCE_S
        while self._is_running() and not self._is_used() and time.monotonic() < deadline:
            time.sleep(POLL_S)
        self._users.close()
        if self._supervisor and self._supervisor.stdout:
            self._supervisor.stdout.close()
        if self._supervisor and not self._is_running():
            self._supervisor.wait()

    def _is_running(self) -> bool:
        return is_held(store_supervisor_lock(self.layout, self.store.name))

    def _is_used(self) -> bool:
        """Whether other processes share the store; false too when nobody does or its supervisor is stopping it."""
        try:
            self._users.take_now()
        except LockHeld:
            return self._is_shared()
        self._users.release()
        return False

    def _is_shared(self) -> bool:
        try:
            self._users.share_now()
        except LockHeld:
            return False
        self._users.release()
        return True

    def _start_supervisor(self, lock: FileLock) -> "subprocess.Popen[str]":
        arguments = [self.store.name, str(self.layout.data_dir), str(lock.descriptor)]
        with open_log(self.layout, "store_supervisor").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "lumenboard.embedded.store_supervisor", *arguments],
                cwd=CHECKOUT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                # Out of reach of the terminal's Ctrl-C: the store outlives us while others use it.
                start_new_session=True,
                # It owns the lock from before its first instruction.
                pass_fds=(lock.descriptor,),
            )

    def _raise_complaint(self) -> None:
        # Our own supervisor closes its output when its store is ready, and says before it ends why it is not.
        if complaint := self.complaint():
            raise StoreError(complaint)


def stores_needed(environ: Mapping[str, str]) -> list[str]:
    """The stores the environment leaves to us."""
    return [store for store, setting in SETTINGS.items() if not environ.get(setting, "").strip()]


@contextmanager
def stores_in_use(layout: Layout) -> Iterator[list[Lease]]:
    """Both stores, or those that the environment does not place elsewhere, ready for the duration."""
    leases = [Lease(layout, store) for store in stores_needed(os.environ)]
    try:
        for lease in leases:
            lease.begin()
        for lease in leases:
            lease.wait()
        yield leases
    finally:
        for lease in reversed(leases):
            lease.end()


@dataclass
class StoreWatch:
    """One leased store. Never waits for it: whoever else has to be looked after must not wait either."""

    lease: Lease
    restarts: Restarts = field(default_factory=Restarts)
    retry_at: float | None = None

    @property
    def name(self) -> str:
        return self.lease.store.name

    def check(self, now: float) -> str | None:
        """Start its supervisor again when it has gone and the pause is over; returns what happened, if anything."""
        if self.retry_at is not None:
            return self._begin(now) if now >= self.retry_at else None
        if not self.lease.is_lost():
            return None
        return self._plan(self.lease.complaint() or "its supervisor has gone", now)

    def problem(self, now: float) -> str:
        """Why it is not there, or not to be relied on; empty when all is well."""
        if self.retry_at is None and not self.restarts.keeps_dying(now):
            return ""
        return f"{self.restarts.last}, {self.restarts.in_a_row} in a row"

    def _begin(self, now: float) -> str | None:
        self.retry_at = None
        self.restarts.started(now)
        try:
            self.lease.begin()
        except (EmbeddedError, OSError) as error:
            return self._plan(str(error), now)
        return None

    def _plan(self, how: str, now: float) -> str:
        pause = self.restarts.pause_after(how, now)
        self.retry_at = now + pause
        return f"{self.name} was lost ({how}); starting it again in {pause:g} s"
