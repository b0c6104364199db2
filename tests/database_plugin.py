"""Gives a test run a PostgreSQL and a data directory of its own, before Django's settings are read.

Loaded early by `addopts = -p tests.database_plugin`; with DATABASE_URL set, that server is used instead.
"""

import atexit
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from lumenboard.embedded.layout import Layout, StoreError
from lumenboard.embedded.process import Child
from lumenboard.embedded.store import Postgres, last_lines

START_PATIENCE_S = 60.0


def prepare_environment() -> None:
    """Workers of a parallel run inherit all of it from the process that started them."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        return
    layout = Layout(_throw_away_dir())
    os.environ |= {"LUMENBOARD_DATA_DIR": str(layout.data_dir), "LUMENBOARD_TESTING": "1"}
    os.environ.setdefault("BROKER_URL", "memory://")
    # tests vote as soon as a pair is there
    os.environ.setdefault("LUMENBOARD_FASTEST_VOTE_MS", "0")
    # one client makes all of a run's requests
    os.environ.setdefault("LUMENBOARD_API_REQUESTS_PER_MINUTE", "1000000")
    if not os.environ.get("DATABASE_URL"):
        start_database(layout)
        os.environ["DATABASE_URL"] = layout.database_url


def start_database(layout: Layout) -> None:
    """Run a server that ends with this process."""
    postgres = Postgres(throw_away=True)
    program = postgres.prepare(layout)
    child = Child(program)
    child.start()
    # Last in, first out: the server stops before its data goes.
    atexit.register(child.stop)
    deadline = time.monotonic() + START_PATIENCE_S
    while not postgres.is_ready(layout):
        if child.process is None or child.process.poll() is not None or time.monotonic() > deadline:
            shown = last_lines(program.log) if program.log else ""
            raise StoreError(f"the tests' PostgreSQL did not start:\n{shown}")
        postgres.complete(layout)
        time.sleep(0.01)


def _throw_away_dir() -> Path:
    place = Path(tempfile.mkdtemp(prefix="lumenboard-tests-"))
    # As root the server runs as `nobody`, who must be able to pass through.
    place.chmod(0o711)
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    return place


prepare_environment()
