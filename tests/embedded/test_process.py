import signal
from pathlib import Path

from lumenboard.embedded.layout import StoreError
from lumenboard.embedded.process import Child, Program, Restarts, ending, spawn
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
    assert child.check(100.0) == "program ended with signal SIGKILL; starting it again in 0.5 s"
    assert child.check(100.4) is None
    assert child.check(100.5) == "program restarted"
    assert child.process.pid != first.pid
    assert child.check(100.6) is None
    child.stop()


def test_pauses_grow_up_to_a_bound_and_there_is_no_last_attempt() -> None:
    restarts = Restarts()
    pauses = []
    for now in range(1000):
        restarts.started(float(now))
        pauses.append(restarts.pause_after("ended with exit status 1", now + 0.5))
    assert pauses[:7] == [0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 15.0]
    assert pauses[-1] == 15.0


def test_what_ran_for_a_while_is_started_again_soon_however_often_it_dies() -> None:
    restarts = Restarts()
    pauses = set()
    for now in range(0, 1000, 20):
        restarts.started(float(now))
        pauses.add(restarts.pause_after("ended with signal SIGKILL", now + 10.0))
    assert pauses == {0.5}
    assert not restarts.keeps_dying(1000.0)


def test_a_part_that_keeps_dying_is_named_with_its_reason_until_it_has_run_again() -> None:
    child = Child(make_program("raise SystemExit(3)"))
    child.start(100.0)
    assert child.problem(100.0) == ""
    now = 100.0
    for _ in range(3):
        assert child.process
        child.process.wait()
        child.check(now)
        assert "ended with exit status 3" in child.problem(now)
        now = child.retry_at
        assert child.check(now) == "program restarted"
    assert child.problem(now) == "ended with exit status 3, 3 in a row; started again"
    assert child.problem(now + 10.0) == ""
    child.stop()


def test_a_program_that_cannot_even_be_started_is_tried_again() -> None:
    def renew() -> Program:
        raise StoreError("no room for its log")

    child = Child(make_program("pass"), renew=renew)
    child.start(100.0)
    assert child.process
    child.process.wait()
    child.check(100.0)
    assert child.check(101.0) == "program could not be started: no room for its log; starting it again in 1 s"
    assert "no room for its log" in child.problem(101.0)
    child.renew = lambda: make_program(SLEEP)
    assert child.check(102.0) == "program restarted"
    child.stop()


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
