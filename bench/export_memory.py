"""`python -m bench.export_memory FORM`: the most memory, in bytes, that one whole answer adds to a fresh process.

A process of its own each time: memory freed by an earlier answer would hide what this one takes.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.test import Client

STATUS = Path("/proc/self/status")
# tells the kernel to forget the highest mark so far
CLEAR_HIGHEST = ("/proc/self/clear_refs", "5")


def grown_by(form: str) -> int:
    """Measured in a process of its own, on the stores that the environment names."""
    command = [sys.executable, "-m", "bench.export_memory", form]
    return int(subprocess.run(command, capture_output=True, text=True, check=True, timeout=900).stdout)


def _measure(form: str) -> int:
    import django

    django.setup()
    from django.test import Client

    client = Client(HTTP_HOST="localhost")
    # what loads with the first answer is the site's own, not the export's
    if client.get("/api/v1/votes?limit=1").status_code != 200:
        raise SystemExit("the votes did not answer")
    return highest_added(lambda: _read(client, form))


def highest_added(task: Callable[[], object]) -> int:
    """Bytes by which this process's resident memory stood at most above where it stood before the task."""
    Path(CLEAR_HIGHEST[0]).write_text(CLEAR_HIGHEST[1])
    before = _kib("VmRSS")
    task()
    return (_kib("VmHWM") - before) * 1024


def _read(client: Client, form: str) -> None:
    blocks = client.get(f"/api/v1/votes?format={form}").streaming_content
    if not sum(block.count(b"\n") for block in blocks):
        raise SystemExit("there were no votes to export")


def _kib(mark: str) -> int:
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith(f"{mark}:"))
    return int(line.split()[1])


if __name__ == "__main__":
    sys.stdout.write(str(_measure(sys.argv[1])))
