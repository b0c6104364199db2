"""What the supervisor reports, read by another process; and a store that comes back whatever stood in its way."""

import os

from lumenboard.embedded.binaries import LONGEST_TEXT, PartsFile, read_parts, supervisor_lock
from lumenboard.embedded.layout import Layout
from lumenboard.embedded.lease import Lease, StoreWatch
from lumenboard.embedded.locks import FileLock
from tests.embedded.factories import becomes_true, processes_naming


def test_no_supervisor_no_report(layout: Layout) -> None:
    assert read_parts(layout) is None
    report = PartsFile(layout)
    report.write({"web": "ended with exit status 1"})
    assert read_parts(layout) is None
    report.close()


def test_troubles_are_read_as_they_were_written_and_cut_to_one_block(layout: Layout) -> None:
    report = PartsFile(layout)
    with FileLock(supervisor_lock(layout)) as lock:
        lock.take_now()
        assert read_parts(layout).problems == {}
        report.write({"web": "", "worker": "x" * 9000})
        report.write({"web": "", "worker": "y" * 9000, "beat": "ended with exit status 1"})
        found = read_parts(layout)
    report.close()
    assert found.problems == {"web": "", "worker": "y" * LONGEST_TEXT, "beat": "ended with exit status 1"}
    assert found.age_s < 5


def test_a_store_that_cannot_start_is_tried_until_it_can(layout: Layout) -> None:
    lease = Lease(layout, "postgres")
    lease.begin()
    lease.wait()
    version = layout.postgres_dir / "PG_VERSION"
    right = version.read_text()
    version.write_text("9\n")
    for pid in processes_naming(f"embedded.store_supervisor postgres {layout.data_dir}"):
        os.kill(pid, 9)
    assert becomes_true(lease.is_lost)
    watch, now = StoreWatch(lease), 100.0
    assert watch.check(now) == "postgres was lost (its supervisor has gone); starting it again in 0.5 s"
    for pause in (1.0, 2.0):
        now = watch.retry_at
        assert watch.check(now) is None
        assert becomes_true(lease.is_lost, 20)
        happened = watch.check(now)
        assert happened is not None
        assert "incompatible" in happened
        assert happened.endswith(f"again in {pause:g} s")
    assert "incompatible" in watch.problem(now)
    version.write_text(right)
    assert watch.check(watch.retry_at) is None
    assert becomes_true(lambda: lease.store.is_ready(layout), 20)
    assert watch.check(now + 60) is None
    assert watch.problem(now + 60) == ""
    lease.end()
