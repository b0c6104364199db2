"""What the launcher of each embedded store offers, and how their failures read."""

import os
import tempfile
from pathlib import Path
from typing import Protocol

from lumenboard.embedded.faults import StoreError
from lumenboard.embedded.layout import NOBODY_UID, Layout
from lumenboard.embedded.process import Program

LARGEST_LOG_BYTES = 8 * 1024 * 1024
LINES_SHOWN = 12


class Store(Protocol):
    """A server run out of a wheel."""

    name: str

    def prepare(self, layout: Layout) -> Program:
        """Make its directories and files; returns the server to run."""

    def is_ready(self, layout: Layout) -> bool:
        """Whether the application can use it now."""

    def complete(self, layout: Layout) -> None:
        """Bring what the application expects in a server that answers; nothing when it does not answer yet."""


def server_uid() -> int | None:
    """The user the server runs as, when it cannot be ours."""
    return NOBODY_UID if os.geteuid() == 0 else None


def own_private_dir(path: Path) -> None:
    """Make a directory for the server alone; refuses one that another user put in its place."""
    owner = os.geteuid() if server_uid() is None else NOBODY_UID
    if not path.is_symlink() and not path.exists():
        _move_in(path, owner)
    status = path.lstat()
    if path.is_symlink() or not path.is_dir() or status.st_uid != owner or status.st_mode & 0o077:
        raise StoreError(f"{path} must be a directory of user {owner} with mode 0700; remove it and start again")


def _move_in(path: Path, owner: int) -> None:
    # Renamed into place with its owner: two stores starting at once must both find it whole.
    draft = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}."))
    os.chown(draft, owner, -1)
    try:
        draft.rename(path)
    except OSError:
        draft.rmdir()


def open_log(layout: Layout, name: str) -> Path:
    """The store's log file; a large one is set aside so that it never grows without bound."""
    layout.make_private_dir(layout.logs_dir)
    log = layout.logs_dir / f"{name}.log"
    if log.exists() and log.stat().st_size > LARGEST_LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))
    return log


def last_lines(log: Path) -> str:
    """The end of a log, to show with an error."""
    if not log.exists():
        return "(nothing logged)"
    lines = log.read_text(errors="replace").splitlines()[-LINES_SHOWN:]
    return "\n".join(f"    {line}" for line in lines) or "(nothing logged)"
