import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from lumenboard.embedded.layout import Layout
from tests.embedded.factories import ROOT, becomes_true
from tests.proof.stack import Stack, environ_for, free_port, loads_of_the_site, running

# loads of the site; twice is usual, and whatever waits for a lock or a recovery takes far longer
WARM_START = 6
NOTE = "from django.contrib.auth.models import Group; Group.objects.create(name='kept')"
READ = "from django.contrib.auth.models import Group; print(Group.objects.get().name)"
PARENT = """
import subprocess, sys
subprocess.run([sys.executable, "manage.py", "run", "--with-parent"], check=False)
"""


@pytest.fixture(scope="module")
def layout() -> Iterator[Layout]:
    """One data directory for all: its first start is slow, and every later one must find it sound."""
    parent = Path(tempfile.mkdtemp(prefix="lumenboard-proof-"))
    parent.chmod(0o711)
    yield Layout(parent / "data")
    shutil.rmtree(parent)


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def stack(layout: Layout, port: int) -> Iterator[Stack]:
    with running(layout, port) as stack:
        stack.ready_after()
        yield stack


def manage(stack: Stack, *words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "manage.py", *words]
    environ = environ_for(stack.layout, stack.port)
    return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)


def test_interrupting_leaves_no_process_and_the_second_start_is_quick_and_keeps_the_data(
    layout: Layout, port: int
) -> None:
    with running(layout, port) as first:
        first.ready_after()
        assert first.page() == 200
        assert manage(first, "shell", "-v0", "-c", NOTE).returncode == 0
        assert first.stop() == 0, first.output()
        assert first.is_gone()
    soon = loads_of_the_site(WARM_START, layout)
    with running(layout, port) as second:
        assert second.ready_after() < soon, second.output()
        assert manage(second, "shell", "-v0", "-c", READ).stdout == "kept\n"
        assert not second.said("static files copied")


def test_commands_work_while_nothing_runs(layout: Layout, port: int, stack: Stack) -> None:
    stack.stop()
    assert manage(stack, "shell", "-v0", "-c", "print('ran')").stdout == "ran\n"
    assert stack.is_gone()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_other_requests_to_stop_are_heard(stack: Stack, number: signal.Signals) -> None:
    assert stack.stop(number) == 0
    assert stack.is_gone()


def test_an_interrupt_is_heard_in_the_background_of_a_script(layout: Layout, port: int) -> None:
    # A shell without job control starts what it puts in the background with SIGINT ignored.
    previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with running(layout, port) as stack:
            stack.ready_after()
            assert stack.stop(signal.SIGINT) == 0
            assert stack.is_gone()
    finally:
        signal.signal(signal.SIGINT, previous)


def test_a_killed_supervisor_leaves_no_orphan_and_the_next_start_is_clean(layout: Layout, port: int) -> None:
    with running(layout, port) as stack:
        stack.ready_after()
        os.kill(stack.process.pid, signal.SIGKILL)
        assert becomes_true(stack.is_gone, 5), stack.output()
    soon = loads_of_the_site(WARM_START, layout)
    with running(layout, port) as stack:
        assert stack.ready_after() < soon, stack.output()
        assert stack.page() == 200


def test_a_supervisor_killed_while_it_starts_leaves_no_orphan(layout: Layout, port: int) -> None:
    with running(layout, port) as stack:
        assert becomes_true(lambda: stack.said("prepare"), 30)
        os.kill(stack.process.pid, signal.SIGKILL)
        assert becomes_true(stack.is_gone, 5), stack.output()


def test_an_interrupt_while_it_starts_leaves_nothing(layout: Layout, port: int) -> None:
    with running(layout, port) as stack:
        assert becomes_true(lambda: stack.said("prepare"), 30)
        assert stack.stop() == 0
        assert stack.is_gone()


def test_it_ends_with_the_process_that_started_it_when_asked_to(layout: Layout, port: int) -> None:
    with running(layout, port, ("-c", PARENT)) as stack:
        stack.ready_after()
        os.kill(stack.process.pid, signal.SIGKILL)
        assert becomes_true(stack.is_gone, 15), stack.output()


@pytest.mark.parametrize(
    "part", ["embedded.web_server", "--queues celery", "--queues generations", "--queues outbound", "lumenboard beat"]
)
def test_a_dead_part_is_started_again(stack: Stack, part: str) -> None:
    before = stack.find(part)
    assert before
    # Of several the oldest, which started the others: they must not outlive it.
    os.kill(before[0], signal.SIGKILL)
    assert becomes_true(lambda: stack.said("restarted") and not set(before) & set(stack.find(part)), 10)
    assert becomes_true(lambda: stack.find(part) != [] and stack.serves())


def test_a_killed_web_worker_process_is_replaced(stack: Stack) -> None:
    one = stack.find("embedded.web_server")[-1]
    os.kill(one, signal.SIGKILL)
    assert becomes_true(
        lambda: len(stack.find("embedded.web_server")) == 3 and one not in stack.find("embedded.web_server"), 10
    )
    # what was under way to the one that died may still break
    assert becomes_true(stack.serves)


@pytest.mark.parametrize("store", ["postgres", "valkey"])
def test_a_dead_store_is_started_again_with_its_data(stack: Stack, store: str) -> None:
    server = stack.find(f"bin/{store} -D" if store == "postgres" else "valkey-server unixsocket")
    assert len(server) == 1
    os.kill(server[0], signal.SIGKILL)
    assert becomes_true(lambda: manage(stack, "shell", "-v0", "-c", READ).stdout == "kept\n", 20)
    assert becomes_true(stack.serves)


@pytest.mark.parametrize("store", ["postgres", "valkey"])
def test_a_store_that_lost_its_keeper_is_started_again(stack: Stack, store: str) -> None:
    os.kill(stack.find(f"embedded.store_supervisor {store}")[0], signal.SIGKILL)
    assert becomes_true(lambda: stack.said(f"{store} was lost"), 10)
    assert becomes_true(lambda: stack.find(f"embedded.store_supervisor {store}") != [] and stack.serves())


def test_a_taken_port_is_reported(layout: Layout, port: int) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        with running(layout, port) as stack:
            assert stack.process.wait(10) == 1
    assert stack.lines == [f"lumenboard: port {port} cannot be used: Address already in use; set PORT to another"]


def test_a_second_stack_on_the_same_data_is_refused(stack: Stack) -> None:
    answer = manage(stack, "run")
    assert answer.returncode == 1
    assert f"already runs on {stack.layout.data_dir} (process {stack.process.pid})" in answer.stderr
    assert stack.serves()
