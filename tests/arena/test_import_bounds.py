"""The import command as a process of its own, fed lines that never end: refused early, in little memory."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

MEBIBYTE = 1 << 20
REPOSITORY = Path(__file__).resolve().parents[2]


def run_import(source: str, stdin: int | None = None) -> tuple[str, int]:
    """Standard error and peak resident bytes of one run, which must fail with exit code 1."""
    command = [sys.executable, "-m", "django", "import_votes", source, "--mode", "text-to-image", "--title", "T"]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "lumenboard.settings"}
    process = subprocess.Popen(command, cwd=REPOSITORY, env=environment, stdin=stdin, stderr=subprocess.PIPE)
    assert process.stderr is not None
    told = process.stderr.read().decode()
    process.stderr.close()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 1, told
    return told, usage.ru_maxrss * 1024


def pour(sink: int, head: bytes, piece: bytes, written: list[int]) -> None:
    """Writes for ever, until nobody reads."""
    with os.fdopen(sink, "wb", buffering=0) as pipe:
        try:
            pipe.write(head)
            while True:
                written[0] += pipe.write(piece)
        except BrokenPipeError:
            return


ENDLESS = {
    "header": (b"", b"x" * 65536, "line 1: longer than 65,536 bytes"),
    "line": (b"left,right,winner\nA,B,left\n", b"x" * 65536, "line 3: longer than 65,536 bytes"),
    "quoted cell": (b'left,right,winner\n"A', b'\n,"' * 20000, "line 2: a quoted cell does not end on its line"),
}


@pytest.fixture(scope="module")
def plain_memory(tmp_path_factory: pytest.TempPathFactory) -> int:
    """What the command takes to refuse a file of a few bytes."""
    path = tmp_path_factory.mktemp("plain") / "votes.csv"
    path.write_text("left,right\n")
    return run_import(str(path))[1]


@pytest.mark.parametrize("case", ENDLESS)
def test_what_never_ends_is_refused_while_it_streams(case: str, tmp_path: Path, plain_memory: int) -> None:
    head, piece, message = ENDLESS[case]
    fifo, written = tmp_path / "votes.csv", [0]
    os.mkfifo(fifo)
    writer = threading.Thread(target=lambda: pour(os.open(fifo, os.O_WRONLY), head, piece, written))
    writer.start()
    told, peak = run_import(str(fifo))
    writer.join(timeout=20)
    assert message in told
    assert "Traceback" not in told
    assert written[0] < MEBIBYTE
    assert peak - plain_memory < 64 * MEBIBYTE


def test_standard_input_is_bounded_too(plain_memory: int) -> None:
    source, sink = os.pipe()
    writer = threading.Thread(target=pour, args=(sink, *ENDLESS["line"][:2], [0]))
    writer.start()
    told, peak = run_import("-", stdin=source)
    os.close(source)
    writer.join(timeout=20)
    assert "standard input: line 3: longer than 65,536 bytes" in told
    assert peak - plain_memory < 64 * MEBIBYTE
