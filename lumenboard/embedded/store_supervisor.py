"""Runs one embedded store for as long as any process uses it, then stops it and ends.

Started by `lease`, detached, with its lock already taken; not meant to be run by hand.
"""

import contextlib
import os
import signal
import sys
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from lumenboard.embedded.layout import EmbeddedError, Layout, StoreError
from lumenboard.embedded.locks import FileLock
from lumenboard.embedded.process import Child, Program, ending
from lumenboard.embedded.store import Postgres, Valkey, last_lines

STORES: dict[str, Postgres | Valkey] = {store.name: store for store in (Postgres(), Valkey())}
START_PATIENCE_S = 60.0
POLL_S = 0.01
CHECK_EVERY_S = 0.25


def store_supervisor_lock(layout: Layout, store: str) -> Path:
    """Held by the store's supervisor and server from their first moment to their last."""
    return layout.locks_dir / f"{store}.keeper"


def users_lock(layout: Layout, store: str) -> Path:
    """Shared by every process that uses the store; the supervisor ends once it can have it alone."""
    return layout.locks_dir / f"{store}.users"


def main(store_name: str, data_dir: str, lock: str) -> int:
    """Run the store; why a start failed is printed.

    `lock` is the inherited descriptor of the supervisor's lock. It is never closed here and handed on to the server, so
    the lock is free only once both are gone, and two servers never work on the same files.
    """
    layout, store = Layout(Path(data_dir)), STORES[store_name]
    over = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: over.set())
    users = FileLock(users_lock(layout, store.name))
    threading.Thread(target=_wait_for_the_last_user, args=(users, over), daemon=True).start()
    try:
        child = _start(store, layout, int(lock), over)
    except (EmbeddedError, OSError) as error:
        print(f"{store.name}: {error}", flush=True)
        return 1
    _let_go_of_output()
    return _run_until_over(child, over)


def _wait_for_the_last_user(users: FileLock, over: threading.Event) -> None:
    users.take()
    over.set()


def _start(store: Postgres | Valkey, layout: Layout, lock: int, over: threading.Event) -> Child:
    def program() -> Program:
        return replace(store.prepare(layout), inherited=(lock,))

    # Made anew for each restart: what a killed server or a full disk left of its files is cleared away first.
    child = Child(program(), renew=program)
    child.start(time.monotonic())
    deadline = time.monotonic() + START_PATIENCE_S
    while not over.is_set() and not store.is_ready(layout):
        code = child.process.poll() if child.process else None
        if code is not None or time.monotonic() > deadline:
            child.stop()
            how = "did not get ready" if code is None else f"ended with {ending(code)}"
            shown = last_lines(child.program.log) if child.program.log else ""
            raise StoreError(f"the server {how}; the end of its log, {child.program.log}:\n{shown}")
        store.complete(layout)
        over.wait(POLL_S)
    return child


def _let_go_of_output() -> None:
    # Whoever started us reads until the end of output, and must not wait for ours.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


def _run_until_over(child: Child, over: threading.Event) -> int:
    try:
        while not over.wait(CHECK_EVERY_S):
            happened = child.check(time.monotonic())
            if happened:
                _log(happened)
    finally:
        child.stop()
    return 0


def _log(happened: str) -> None:
    # The log lies on the store's own disk, and a full one must not end who waits for space.
    with contextlib.suppress(OSError):
        print(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} {happened}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
