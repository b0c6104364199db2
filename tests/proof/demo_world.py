"""The demo world in small pictures, made once for all proofs of a run; each works on a copy of its own.

The pictures' size has no part in what these proofs look at.
"""

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from lumenboard.embedded.layout import Layout
from tests.embedded.factories import ROOT
from tests.proof.stack import environ_for, free_port, running

DemoWorld = Callable[[Layout], None]
SEED = "from lumenboard.demo.seed import seed_demo; seed_demo(print, side_px=64)"


@contextmanager
def made_demo_world() -> Iterator[DemoWorld]:
    """Gives what puts a copy where a layout says; that place must not be there yet."""
    with tempfile.TemporaryDirectory(prefix="lumenboard-world-") as parent:
        Path(parent).chmod(0o711)
        original = Layout(Path(parent) / "data")
        with running(original, free_port()) as stack:
            stack.ready_after()
            argv = [sys.executable, "manage.py", "shell", "-v0", "-c", SEED]
            subprocess.run(argv, cwd=ROOT, env=environ_for(original, free_port()), timeout=600, check=True)
            stack.stop()

        def put(layout: Layout) -> None:
            # with its owners: the database's files are not ours
            subprocess.run(["cp", "-a", str(original.data_dir), str(layout.data_dir)], check=True)

        yield put
