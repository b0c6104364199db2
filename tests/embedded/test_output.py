"""Lines on the terminal: whose they are, and that a reader who is gone or asleep holds nobody up."""

import io
import os
import re
import subprocess
import sys
import time

from lumenboard.embedded.output import MOST_WAITING_BYTES, Console

LINE = "a line of fifty characters, as such programs write"
LEFT_OUT = re.compile(r"lumenboard \| (\d+) lines are left out here: nobody read them in time")
BESIDE_AN_UNREAD_PIPE = f"""
import sys
from lumenboard.embedded.output import Console
console = Console(sys.stdout.fileno())
for number in range(100_000):
    console.say(f"{{number:06}} {LINE}")
console.flush()
print("went on", file=sys.stderr)
"""


def written() -> tuple[Console, int]:
    """A console and where to read what it wrote."""
    reading, writing = os.pipe()
    return Console(writing), reading


def test_lines_of_a_child_carry_its_name_and_empty_ones_are_left_out() -> None:
    console, reading = written()
    console.follow("web", io.BytesIO(b"one\n\ntw\xff\n"))
    console.drain()
    assert os.read(reading, 1000).decode() == "web        | one\nweb        | tw�\n"


def test_the_line_others_wait_for_stands_alone() -> None:
    console, reading = written()
    console.announce("ready http://127.0.0.1:8000")
    assert os.read(reading, 1000) == b"ready http://127.0.0.1:8000\n"


def test_a_reader_that_went_away_is_no_error() -> None:
    console, reading = written()
    os.close(reading)
    console.say("into the void")
    console.say("and again")
    began = time.monotonic()
    console.flush()
    assert time.monotonic() - began < 0.5


def test_a_reader_that_sleeps_holds_nobody_up_and_is_told_what_it_missed() -> None:
    console, reading = written()
    began = time.monotonic()
    for number in range(100_000):
        console.say(f"{number:06} {LINE}")
    assert time.monotonic() - began < 10
    lines = read_to(reading, f"{MOST_WAITING_BYTES // 100:06}")
    console.say("awake")
    lines += read_to(reading, "awake")
    shown = [int(line.split()[2]) for line in lines if LINE in line]
    notes = [int(found[1]) for line in lines if (found := LEFT_OUT.fullmatch(line))]
    assert lines[-1] == "lumenboard | awake"
    assert shown == sorted(set(shown))
    assert (shown[0], shown[-1] < 99_999) == (0, True)
    assert sum(notes) == 100_000 - len(shown)
    assert len(shown) * 70 < MOST_WAITING_BYTES + (1 << 17)


def read_to(reading: int, word: str) -> list[str]:
    """Lines up to the one with the word."""
    content = ""
    while word not in content or not content.endswith("\n"):
        content += os.read(reading, 1 << 16).decode()
    return content.splitlines()


def test_a_process_ends_though_its_lines_are_never_read() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", BESIDE_AN_UNREAD_PIPE], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stderr is not None
        assert process.stderr.read() == b"went on\n"
        assert process.wait(20) == 0
