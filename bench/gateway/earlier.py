"""An earlier commit of the project as a working tree of its own, run as it was run then."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from bench.gateway.servers import ROOT, Checkout

# What docs/benchmarks.md calls "before": the gateway when work on its speed began.
BEFORE: Final = "d09ccde"
# What it pinned, installed by `make bench`.
ENVIRONMENT: Final = ROOT / ".venv-before"


class CommitMissing(Exception):
    """There is no history here, or it does not go back so far."""


def check_out(commit: str, place: Path) -> Checkout:
    """Into `place`, without touching the repository; raises CommitMissing."""
    root = place / f"checkout-{commit}"
    root.mkdir()
    archive = root.with_suffix(".tar")
    command = ["git", "archive", "-o", str(archive), commit]
    if not shutil.which("git") or subprocess.run(command, cwd=ROOT, capture_output=True, check=False).returncode:
        raise CommitMissing(f"commit {commit} is not in this checkout's history")
    subprocess.run(["tar", "-xf", str(archive), "-C", str(root)], check=True)
    archive.unlink()
    return Checkout(root, _python(root), _world(root))


def _python(root: Path) -> str:
    """The environment with what the commit pinned; without one, ours, which may or may not do."""
    pinned, installed = root / "requirements.txt", ENVIRONMENT / "requirements.txt"
    fits = (ENVIRONMENT / ".ready").exists() and installed.read_text() == pinned.read_text()
    return str(ENVIRONMENT / "bin/python") if fits else sys.executable


def _world(root: Path) -> str:
    """As the commit's own benchmark makes it, for names move."""
    script = root / "bench/gateway/world.py"
    if script.exists():
        return script.read_text()
    found = re.search(r'^PREPARE = """\n(.*?)^"""', (root / "bench/gateway.py").read_text(), re.MULTILINE | re.DOTALL)
    if found is None:
        raise CommitMissing("that commit has no benchmark of the gateway")
    return found[1]
