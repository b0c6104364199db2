"""Use of an embedded store by one process: attaches to the running store, or starts it for as long as it is used."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from lumenboard.embedded.faults import LockHeld, StoreError
from lumenboard.embedded.keeper import POLL_S, START_PATIENCE_S, STORES, keeper_lock, users_lock
from lumenboard.embedded.layout import CHECKOUT, Layout
from lumenboard.embedded.locks import FileLock, is_held
from lumenboard.embedded.store import open_log

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
        self._keeper: subprocess.Popen[str] | None = None

    def begin(self) -> None:
        """Claim the store and start its keeper if it has none; does not wait for readiness."""
        # Blocks while a keeper is stopping the store, so that we find it gone.
        self._users.share()
        with FileLock(keeper_lock(self.layout, self.store.name)) as lock:
            try:
                lock.take_now()
            except LockHeld:
                return
            if self._keeper:
                self._keeper.wait()
            self._keeper = self._start_keeper(lock)

    def wait(self) -> None:
        """Return once the store is ready.

        Raises StoreError with the server's own words when it cannot start.
        """
        deadline = time.monotonic() + START_PATIENCE_S
        self._hear_keeper()
        while not self.store.is_ready(self.layout):
            if time.monotonic() > deadline:
                raise StoreError(f"{self.store.name} did not get ready within {START_PATIENCE_S:g} s")
            if not self._is_kept():
                self.begin()
                self._hear_keeper()
            time.sleep(POLL_S)

    def complaint(self) -> str:
        """What the keeper that has gone said of its failure; empty when it said nothing."""
        if self._keeper is None or self._keeper.stdout is None or self._keeper.stdout.closed:
            return ""
        with self._keeper.stdout as output:
            return output.read().strip()

    def is_lost(self) -> bool:
        """Whether keeper and server are gone though we still hold our claim."""
        return not self._is_kept()

    def end(self) -> None:
        """Give up the claim; when it was the last, wait until the store has stopped."""
        self._users.release()
        deadline = time.monotonic() + STOP_PATIENCE_S
        while self._is_kept() and not self._is_used() and time.monotonic() < deadline:
            time.sleep(POLL_S)
        self._users.close()
        if self._keeper and self._keeper.stdout:
            self._keeper.stdout.close()
        if self._keeper and not self._is_kept():
            self._keeper.wait()

    def _is_kept(self) -> bool:
        return is_held(keeper_lock(self.layout, self.store.name))

    def _is_used(self) -> bool:
        """Whether other processes share the store; false too when nobody does or its keeper is stopping it."""
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

    def _start_keeper(self, lock: FileLock) -> "subprocess.Popen[str]":
        arguments = [self.store.name, str(self.layout.data_dir), str(lock.descriptor)]
        with open_log(self.layout, "keeper").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "lumenboard.embedded.keeper", *arguments],
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

    def _hear_keeper(self) -> None:
        # Our own keeper closes its output when its store is ready, and says before it ends why it is not.
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
