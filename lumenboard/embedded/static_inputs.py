"""A digest of everything static files are made from, cheap enough to take at every start."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

# Packages bring files of their own, and the settings choose which are taken and how they are named.
RULES = ("requirements.txt", "lumenboard/settings/__init__.py")
FOLDERS = ("static", "lumenboard/static", "arena/static", "providers/static")
FINDERS = "lumenboard/*finders*.py"
SETTINGS = ("LUMENBOARD_DEBUG", "LUMENBOARD_TESTING")


def digest_of_inputs(checkout: Path) -> str:
    """Hash of names and contents of the files that collectstatic reads or is steered by."""
    digest = hashlib.sha256()
    for setting in SETTINGS:
        digest.update(f"{setting}={os.environ.get(setting, '')}\n".encode())
    for file in _inputs(checkout):
        digest.update(f"{file.relative_to(checkout)}\n".encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _inputs(checkout: Path) -> Iterator[Path]:
    yield from (checkout / name for name in RULES)
    yield from sorted(checkout.glob(FINDERS))
    for folder in FOLDERS:
        yield from sorted(path for path in (checkout / folder).rglob("*") if path.is_file())
