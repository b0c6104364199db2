"""Counters on a disk that fills: nothing is mapped or raised; what could not be written comes with a later count."""

import os
import resource
import signal
from pathlib import Path

import pytest
from prometheus_client import values
from prometheus_client.mmap_dict import MmapedDict, mmap_key

from lumenboard.request_counters import CounterFile


def key_of(number: int) -> str:
    return mmap_key("requests", "requests_total", ["route"], [f"/page/{number}"], "Requests.")


def read_back(file: Path) -> dict[str, float]:
    """As the library reads the files of other processes."""
    return {key: value for key, value, _, _ in MmapedDict.read_all_values_from_file(str(file))}


def test_the_library_reads_what_we_write_and_we_read_what_was_left(tmp_path: Path) -> None:
    file = tmp_path / "counter_1.db"
    counters = CounterFile(str(file))
    for number in range(2000):
        counters.write_value(key_of(number), float(number), 0.0)
    counters.close()
    assert read_back(file) == {key_of(number): float(number) for number in range(2000)}
    again = CounterFile(str(file))
    assert again.read_value(key_of(77)) == (77.0, 0.0)
    assert again.read_value(key_of(5000)) == (0.0, 0.0)
    again.close()
    theirs = MmapedDict(str(tmp_path / "theirs.db"))
    theirs.write_value(key_of(1), 3.0, 0.0)
    theirs.close()
    assert CounterFile(str(tmp_path / "theirs.db")).read_value(key_of(1)) == (3.0, 0.0)


def test_a_disk_without_room_loses_no_count_once_there_is_room(tmp_path: Path) -> None:
    """A limit on the size of files stands for the disk: writes past it fail, and may be cut short."""
    file = tmp_path / "counter_1.db"
    counters = CounterFile(str(file))
    counters.write_value(key_of(0), 1.0, 0.0)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    previous = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (os.path.getsize(file) + 20, hard))
    try:
        for number in range(50):
            counters.write_value(key_of(number), number + 2.0, 0.0)
        assert counters.read_value(key_of(49)) == (51.0, 0.0)
        assert read_back(file)[key_of(0)] == 2.0
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, previous)
    counters.write_value(key_of(0), 100.0, 0.0)
    assert read_back(file) == {key_of(number): number + 2.0 for number in range(1, 50)} | {key_of(0): 100.0}


@pytest.mark.parametrize("left", [b"", b"\x07\x00", b"\xff" * 64, b"\x40\x00\x00\x00" + b"\0" * 8])
def test_what_is_no_counter_file_is_begun_anew(tmp_path: Path, left: bytes) -> None:
    file = tmp_path / "counter_1.db"
    file.write_bytes(left)
    counters = CounterFile(str(file))
    counters.write_value(key_of(1), 2.0, 0.0)
    assert read_back(file) == {key_of(1): 2.0}


def test_a_directory_that_is_not_there_costs_counts_of_other_processes_only(tmp_path: Path) -> None:
    counters = CounterFile(str(tmp_path / "gone" / "counter_1.db"))
    counters.write_value(key_of(1), 2.0, 0.0)
    assert counters.read_value(key_of(1)) == (2.0, 0.0)


def test_the_site_counts_that_way() -> None:
    import lumenboard.request_counters  # noqa: F401

    assert vars(values)["MmapedDict"] is CounterFile
