import os
import time
from pathlib import Path

import psycopg
import pytest
import redis

from lumenboard.embedded.layout import Layout, StoreError
from lumenboard.embedded.lease import Lease, stores_in_use, stores_needed
from lumenboard.embedded.store import own_private_dir
from lumenboard.embedded.wire import DatabaseState, database_state
from tests.embedded.factories import becomes_true, kill, processes_naming, run_python

USE = """
import sys
from pathlib import Path
from lumenboard.embedded.layout import Layout
from lumenboard.embedded.lease import stores_in_use
with stores_in_use(Layout(Path(sys.argv[1]))):
    print("ready", flush=True)
    sys.stdin.read()
"""


def nothing_runs(layout: Layout) -> bool:
    return not [words for words in processes_naming(str(layout.data_dir)).values() if "stores_in_use" not in words]


def test_stores_run_while_used_keep_their_data_and_leave_nothing(layout: Layout) -> None:
    with stores_in_use(layout):
        with psycopg.connect(layout.database_url, autocommit=True) as link:
            link.execute("create table note as select 'kept' as text")
        redis.Redis(unix_socket_path=str(layout.broker_socket)).set("note", "kept too")
    assert nothing_runs(layout)
    with stores_in_use(layout):
        with psycopg.connect(layout.database_url) as link:
            assert link.execute("select text from note").fetchall() == [("kept",)]
        assert redis.Redis(unix_socket_path=str(layout.broker_socket)).get("note") == b"kept too"


def test_the_second_user_attaches_and_outlives_the_first(layout: Layout) -> None:
    with run_python(USE, layout.data_dir) as first:
        assert first.stdout
        first.stdout.readline()
        started = time.monotonic()
        with stores_in_use(layout):
            assert time.monotonic() - started < 0.3
            first.communicate("", timeout=10)
            assert first.returncode == 0
            with psycopg.connect(layout.database_url) as link:
                assert link.execute("select 1").fetchone() == (1,)
    assert nothing_runs(layout)


def test_two_users_starting_at_once_share_one_server(layout: Layout) -> None:
    with run_python(USE, layout.data_dir) as first, run_python(USE, layout.data_dir) as second:
        for user in (first, second):
            assert user.stdout
            assert user.stdout.readline() == "ready\n"
        servers = [words for words in processes_naming(str(layout.postgres_dir)).values() if " -D " in words]
        assert len(servers) == 1


def test_a_killed_user_leaves_nothing_running(layout: Layout) -> None:
    with run_python(USE, layout.data_dir) as user:
        assert user.stdout
        user.stdout.readline()
        assert not nothing_runs(layout)
        kill(user)
        assert becomes_true(lambda: nothing_runs(layout))


def test_everything_killed_at_once_starts_cleanly_again(layout: Layout) -> None:
    with run_python(USE, layout.data_dir) as user:
        assert user.stdout
        user.stdout.readline()
        for pid in processes_naming(str(layout.data_dir)):
            os.kill(pid, 9)
        assert becomes_true(lambda: nothing_runs(layout))
    with stores_in_use(layout):
        assert database_state(layout.database_socket) is DatabaseState.READY


def test_a_pid_file_naming_some_other_program_does_not_stop_the_start(layout: Layout) -> None:
    with stores_in_use(layout):
        pid_file = layout.postgres_dir / "postmaster.pid"
        rest = pid_file.read_text().split("\n", 1)[1]
    pid_file.write_text(f"{os.getpid()}\n{rest}")
    with stores_in_use(layout):
        assert database_state(layout.database_socket) is DatabaseState.READY


def test_a_server_that_cannot_start_is_reported_with_its_own_words(layout: Layout) -> None:
    with stores_in_use(layout):
        pass
    (layout.postgres_dir / "PG_VERSION").write_text("9\n")
    with pytest.raises(StoreError, match=r"(?s)postgres: the server ended with .*incompatible"), stores_in_use(layout):
        pytest.fail("it started")
    assert nothing_runs(layout)


def test_a_store_that_lost_its_keeper_is_noticed_and_started_again(layout: Layout) -> None:
    lease = Lease(layout, "valkey")
    lease.begin()
    lease.wait()
    assert not lease.is_lost()
    for pid in processes_naming(f"embedded.store_supervisor valkey {layout.data_dir}"):
        os.kill(pid, 9)
    assert becomes_true(lease.is_lost)
    lease.begin()
    lease.wait()
    assert lease.store.is_ready(layout)
    lease.end()
    assert nothing_runs(layout)


def test_a_socket_directory_that_others_could_enter_is_refused(layout: Layout) -> None:
    layout.make_data_dir()
    layout.run_dir.mkdir(mode=0o755)
    with pytest.raises(StoreError, match=r"must be a directory of user .* with mode 0700"):
        own_private_dir(layout.run_dir)


def test_stores_placed_elsewhere_are_not_ours_to_start() -> None:
    assert stores_needed({}) == ["postgres", "valkey"]
    assert stores_needed({"DATABASE_URL": "postgresql://db/x"}) == ["valkey"]
    assert stores_needed({"BROKER_URL": "redis://broker", "DATABASE_URL": " "}) == ["postgres"]


def test_a_silent_socket_is_a_server_that_is_down(tmp_path: Path) -> None:
    assert database_state(tmp_path / "none") is DatabaseState.DOWN
