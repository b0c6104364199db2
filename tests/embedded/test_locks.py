from pathlib import Path

import pytest

from lumenboard.embedded.layout import LockHeld
from lumenboard.embedded.locks import FileLock, is_held
from tests.embedded.factories import kill, run_python

HOLD = """
import sys
from pathlib import Path
from lumenboard.embedded.locks import FileLock
lock = FileLock(Path(sys.argv[1]))
getattr(lock, sys.argv[2])()
print("held", flush=True)
sys.stdin.read()
"""


def test_a_lock_held_alone_is_seen_by_others(tmp_path: Path) -> None:
    with run_python(HOLD, tmp_path / "lock", "take") as holder:
        assert holder.stdout
        holder.stdout.readline()
        assert is_held(tmp_path / "lock")


def test_a_shared_lock_admits_sharers_but_no_one_alone(tmp_path: Path) -> None:
    with run_python(HOLD, tmp_path / "lock", "share") as holder, FileLock(tmp_path / "lock") as lock:
        assert holder.stdout
        holder.stdout.readline()
        lock.share_now()
        with pytest.raises(LockHeld):
            lock.take_now()


def test_a_killed_holder_leaves_the_lock_free(tmp_path: Path) -> None:
    with run_python(HOLD, tmp_path / "lock", "take") as holder, FileLock(tmp_path / "lock") as lock:
        assert holder.stdout
        holder.stdout.readline()
        kill(holder)
        lock.take_now()


def test_a_note_in_the_lock_replaces_the_one_before(tmp_path: Path) -> None:
    with FileLock(tmp_path / "lock") as lock:
        lock.write("12345")
        lock.write("7")
    assert (tmp_path / "lock").read_text() == "7"
