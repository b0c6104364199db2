"""The gateway's benchmark: what it counts of processes, what it holds figures to, and that it runs. No speeds."""

import os
import subprocess
import sys
import uuid

import pytest

from bench.gateway.earlier import CommitMissing, check_out
from bench.gateway.goals import BARE, BEFORE, DIRECT, LITELLM, OURS, figures, goals, memory_goal
from bench.gateway.processes import MARK, Amounts, family, memory_mb, processor_seconds
from bench.gateway.rounds import Result, Shape
from bench.load import Load
from tests.docs.pages import ROOT
from tests.embedded.factories import becomes_true

BURN = "import time\nwhile time.process_time() < {seconds}: pass\n"
# Burns in a child that ends, and in one whose parent ends before it.
PARENT = f"""
import subprocess, sys
subprocess.run([sys.executable, "-c", {BURN.format(seconds=0.2)!r}])
orphaner = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', sys.argv[1], 'web' + '_server'])"
subprocess.run([sys.executable, "-c", orphaner, {BURN.format(seconds=0.6) + "time.sleep(60)"!r}])
sys.stdin.read()
"""


def test_processor_time_of_children_that_ended_or_lost_their_parent_is_counted() -> None:
    mark = uuid.uuid4().hex
    process = subprocess.Popen([sys.executable, "-c", PARENT], env={**os.environ, MARK: mark}, stdin=subprocess.PIPE)
    try:
        assert becomes_true(lambda: processor_seconds(mark).web >= 0.4, 20)
        taken, held = processor_seconds(mark), memory_mb(mark)
        assert 0.2 <= taken.rest < 2.0
        assert held.web > 1
        assert held.rest > 1
        assert len(family(mark)) == 2
    finally:
        orphans = set(family(mark)) - {process.pid}
        process.communicate()
        for pid in orphans:
            os.kill(pid, 9)
    assert becomes_true(lambda: family(mark) == {}, 10)


def result(milliseconds: float, per_second: float, work_ms: float) -> Result:
    return Result(Load([milliseconds / 1000] * 100, 0, 100 / per_second), Amounts(web=work_ms / 10))


MEASURED = {
    DIRECT: result(2, 5000, 0.2),
    BARE: result(4, 1000, 0.5),
    OURS: result(12, 300, 3),
    BEFORE: result(42, 100, 10),
    LITELLM: result(30, 120, 9),
}


def test_each_goal_is_printed_with_its_verdict() -> None:
    lines = {line.what: line.cells[1:] for line in goals(Shape(16, 0.0, 100), MEASURED)}
    assert lines == {
        "requests : LiteLLM, 16 clients": ("300/s : 120/s", "2.50 ×", "≥ 3 ×", "not met"),
        "added time : LiteLLM, 16 clients": ("10.00 ms : 28.00 ms", "0.36 ×", "≤ ⅓ ×", "not met"),
        "processor time a call : LiteLLM, 16 clients": ("3.00 ms : 9.00 ms", "0.33 ×", "–", ""),
        "p99 : p50, 16 clients": ("12.0 ms : 12.0 ms", "1.00 ×", "≤ 3 ×", "met"),
        "processor time a call : before, 16 clients": ("3.00 ms : 10.00 ms", "0.30 ×", "≤ ⅓ ×", "met"),
        "added time : before, 16 clients": ("10.00 ms : 40.00 ms", "0.25 ×", "–", ""),
        "added time : bare proxy, 16 clients": ("costs 8.00 ms more (10.00 : 2.00 ms)", "5.00 ×", "–", ""),
        "processor time a call : bare proxy, 16 clients": ("3.00 ms : 0.50 ms", "6.00 ×", "–", ""),
    }


def test_goals_without_their_counterpart_are_left_out() -> None:
    alone = {DIRECT: MEASURED[DIRECT], OURS: MEASURED[OURS]}
    assert [line.what for line in goals(Shape(1, 0.0, 100), alone)] == []
    assert list(goals(Shape(1, 0.0, 100), {DIRECT: MEASURED[DIRECT]})) == []
    assert len(list(figures(Shape(1, 0.0, 100), alone))) == 2
    assert list(memory_goal({})) == []
    (line,) = memory_goal({OURS: Amounts(web=330, postgresql=100)})
    assert (line.figure, line.verdict) == ("330 MB", "not met")


def test_a_commit_is_checked_out_with_a_world_of_its_own(tmp_path) -> None:
    with pytest.raises(CommitMissing, match="not in this checkout's history"):
        check_out("0000000000", tmp_path)
    try:
        checkout = check_out("d09ccde", tmp_path)
    except CommitMissing:
        pytest.skip("no history here, or none that goes back so far")
    assert (checkout.root / "manage.py").exists()
    assert "providers.actions.api_keys" in checkout.world


def test_it_runs_from_the_command_line() -> None:
    command = [sys.executable, "-m", "bench.gateway", "--quick", "--only", "direct,bare", "--loads", "1"]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert answer.returncode == 0, answer.stderr
    assert [row.split(" one client")[0].strip() for row in answer.stdout.splitlines() if " one client" in row] == [
        "direct",
        "bare proxy",
    ]
    assert "0 refused" in answer.stdout
