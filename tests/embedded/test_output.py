import io
import os

from lumenboard.embedded.output import Console


def test_lines_of_a_child_carry_its_name_and_empty_ones_are_left_out() -> None:
    stream = io.StringIO()
    console = Console(stream)
    console.follow("web", io.BytesIO(b"one\n\ntw\xff\n"))
    console.drain()
    assert stream.getvalue() == "web        | one\nweb        | tw�\n"


def test_the_line_others_wait_for_stands_alone() -> None:
    stream = io.StringIO()
    Console(stream).announce("ready http://127.0.0.1:8000")
    assert stream.getvalue() == "ready http://127.0.0.1:8000\n"


def test_a_reader_that_went_away_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    stream = os.fdopen(writing, "w", buffering=1)
    console = Console(stream)
    console.say("into the void")
    console.say("and again")
    os.dup2(os.open(os.devnull, os.O_WRONLY), writing)
    stream.close()
