"""What the supervisor reports of the stack's parts, for other processes of this machine: `/health/ready` shows it.

Written in place into a file of one block, which a full disk allows.
"""

import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lumenboard.embedded.layout import Layout
from lumenboard.embedded.locks import is_held

BLOCK = 4096
LONGEST_TEXT = 200
# A supervisor that has said nothing for so long does not run.
SILENT_S = 15.0


@dataclass(frozen=True)
class PartsReport:
    """Seconds since it was written, and of each part what is wrong with it, empty where nothing is."""

    age_s: float
    problems: dict[str, str]


class PartsFile:
    """The report as its one writer holds it."""

    def __init__(self, layout: Layout) -> None:
        layout.make_private_dir(layout.locks_dir)
        self._descriptor = os.open(_path(layout), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def write(self, problems: Mapping[str, str]) -> None:
        """Raises OSError only where the first block cannot be had."""
        parts = {name: text[:LONGEST_TEXT] for name, text in problems.items()}
        line = json.dumps({"at": time.monotonic(), "parts": parts}).encode()
        os.pwrite(self._descriptor, line.ljust(BLOCK)[:BLOCK], 0)

    def close(self) -> None:
        os.close(self._descriptor)


def read_parts(layout: Layout) -> PartsReport | None:
    """The report of the supervisor that runs on this data; None where none does."""
    if not supervisor_lock(layout).exists() or not is_held(supervisor_lock(layout)):
        return None
    try:
        found = json.loads(_path(layout).read_bytes())
        return PartsReport(max(0.0, time.monotonic() - float(found["at"])), dict(found["parts"]))
    except (OSError, ValueError, KeyError, TypeError):
        # Not yet written, or just being written.
        return PartsReport(0.0, {})


def supervisor_lock(layout: Layout) -> Path:
    """Held by the supervisor of this data as long as it runs."""
    return layout.locks_dir / "supervisor"


def _path(layout: Layout) -> Path:
    return layout.locks_dir / "parts"
