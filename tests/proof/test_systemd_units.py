"""The service manager's units: known to systemd, one worker per queue, and their commands start and end."""

import os
import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lumenboard.embedded.layout import Layout
from lumenboard.embedded.lease import stores_in_use
from lumenboard.embedded.supervisor import answers
from lumenboard.queues import QUEUES
from tests.embedded.factories import ROOT, becomes_true
from tests.proof.stack import environ_for, free_port

UNITS = ROOT / "docs" / "systemd"
PARTS = (
    "lumenboard-web.service",
    *(f"lumenboard-worker@{queue}.service" for queue in QUEUES),
    "lumenboard-beat.service",
)


def text_of(name: str) -> str:
    """A unit file with this checkout in the place it names; an instance is its template's."""
    template = re.sub(r"@.+\.", "@.", name)
    return (UNITS / template).read_text().replace("/opt/lumenboard", str(ROOT))


def command_of(name: str, environ: dict[str, str], data: Path) -> list[str]:
    """ExecStart as systemd would run it."""
    (line,) = re.findall(r"^ExecStart=(.*)$", text_of(name), re.MULTILINE)
    instance = name.partition("@")[2].removesuffix(".service")
    line = line.replace("%%", "\0").replace("%i", instance).replace("\0", "%").replace("/var/lib/lumenboard", str(data))
    return [word.replace("${PORT}", environ["PORT"]) for word in shlex.split(line)]


def test_the_target_wants_a_worker_for_every_queue() -> None:
    wanted = re.findall(r"^Wants=(.*)$", text_of("lumenboard-production.target"), re.MULTILINE)[0].split()
    assert set(wanted) == set(PARTS)


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
def test_systemd_finds_nothing_wrong_with_them(tmp_path: Path) -> None:
    names = [path.name for path in UNITS.iterdir() if "@" not in path.name]
    names += [name for name in PARTS if "@" in name]
    for name in names:
        (tmp_path / name).write_text(text_of(name))
    argv = ["systemd-analyze", "verify", "--man=no", *(str(tmp_path / name) for name in names)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@contextmanager
def started(argv: list[str], environ: dict[str, str], log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    with log.open("wb") as output:
        process = subprocess.Popen(argv, cwd=ROOT, env=environ, stdout=output, stderr=output)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_every_part_starts_works_and_ends_when_asked_to(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "BROKER_URL"):
        monkeypatch.delenv(name, raising=False)
    with tempfile.TemporaryDirectory(prefix="lumenboard-units-") as folder:
        Path(folder).chmod(0o711)
        stores, data = Layout(Path(folder) / "stores"), Path(folder) / "data"
        environ = environ_for(Layout(data), free_port()) | {
            "DATABASE_URL": stores.database_url,
            "BROKER_URL": stores.broker_url,
        }
        with stores_in_use(stores):
            prepare = command_of("lumenboard-prepare.service", environ, data)
            done = subprocess.run(prepare, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
            _parts_work(environ, data)


def _parts_work(environ: dict[str, str], data: Path) -> None:
    signs = {"web": "", "beat": "Scheduler: Sending due task", "worker": " ready."}
    for name in PARTS:
        log = data / f"{name}.log"
        with started(command_of(name, environ, data), environ, log) as process:
            sign = next(sign for part, sign in signs.items() if part in name)

            def works(sign: str = sign, log: Path = log) -> bool:
                # granian's main process forgets to stop a worker that is told so while it starts
                both = log.read_text().count("Started worker-") >= 4
                return sign in log.read_text() if sign else both and answers(int(environ["PORT"]))

            assert becomes_true(works, 60), log.read_text()[-2000:]
            process.terminate()
            assert process.wait(40) in {0, -15}, log.read_text()[-2000:]
            assert os.path.exists(data / "static"), "made by the preparation"
