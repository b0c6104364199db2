import signal
from pathlib import Path

import pytest

from lumenboard.embedded.faults import GaveUp
from lumenboard.embedded.process import Child, Restarts, ending, spawn
from tests.embedded.factories import alive, becomes_true, kill, make_program, run_python

SLEEP = "import time; time.sleep(60)"
SLEEP_THOUGH_ASKED = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); {SLEEP}"
PARENT_AND_CHILD = f"""
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", {SLEEP!r}])
print(child.pid, flush=True)
{SLEEP}
"""
SPAWN_AND_SLEEP = f"""
from tests.embedded.factories import make_program
from lumenboard.embedded.process import spawn
print(spawn(make_program({SLEEP!r})).pid, flush=True)
{SLEEP}
"""


def test_a_killed_parent_takes_its_children_along() -> None:
    with run_python(SPAWN_AND_SLEEP) as parent:
        assert parent.stdout
        child = int(parent.stdout.readline())
        assert alive(child)
        kill(parent)
        assert becomes_true(lambda: not alive(child))


def test_a_child_that_ignores_the_request_is_killed() -> None:
    child = Child(make_program(SLEEP_THOUGH_ASKED, patience_s=0.2, log=None))
    child.start()
    assert child.process
    assert child.process.stdout
    with child.process.stdout as output:
        assert output.readline() == b"deaf\n"
        pid = child.process.pid
        child.stop()
    assert not alive(pid)


def test_stopping_a_child_stops_what_it_started() -> None:
    child = Child(make_program(PARENT_AND_CHILD, log=None))
    child.start()
    assert child.process
    assert child.process.stdout
    with child.process.stdout as output:
        grandchild = int(output.readline())
    child.stop()
    assert becomes_true(lambda: not alive(grandchild))


def test_a_dead_child_is_started_again_after_a_pause() -> None:
    child = Child(make_program(SLEEP))
    child.start()
    assert child.process
    first = child.process
    first.kill()
    first.wait()
    assert child.tend(100.0) == "program ended with signal SIGKILL; starting it again in 0.5 s"
    assert child.tend(100.4) is None
    assert child.tend(100.5) == "program restarted"
    assert child.process.pid != first.pid
    assert child.tend(100.6) is None
    child.stop()


def test_pauses_grow_and_the_fifth_death_in_a_minute_is_the_last() -> None:
    restarts = Restarts()
    pauses = [restarts.pause_after("web", "exit status 1", now) for now in (0.0, 1.0, 2.0, 3.0)]
    assert pauses == [0.5, 1.0, 2.0, 4.0]
    with pytest.raises(GaveUp, match="web died 5 times within a minute, last with exit status 1"):
        restarts.pause_after("web", "exit status 1", 59.0)


def test_deaths_more_than_a_minute_ago_are_forgotten() -> None:
    restarts = Restarts()
    assert {restarts.pause_after("web", "exit status 1", now * 61.0) for now in range(20)} == {0.5}


def test_output_goes_to_the_log_of_the_program(tmp_path: Path) -> None:
    process = spawn(make_program("print('hello')", log=tmp_path / "log"))
    process.wait()
    assert (tmp_path / "log").read_text() == "hello\n"


def test_children_receive_signals_that_we_block() -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    try:
        process = spawn(make_program(SLEEP))
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    process.terminate()
    assert process.wait(5) == -signal.SIGTERM


def test_endings_are_named() -> None:
    assert ending(3) == "exit status 3"
    assert ending(-9) == "signal SIGKILL"
    assert ending(-62) == "signal 62"
