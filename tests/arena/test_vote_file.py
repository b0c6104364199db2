"""Reading a CSV of votes: what is understood, what is refused and where, and that nothing runs without bounds."""

import csv
import hashlib
import io
from itertools import repeat

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arena.exchange.vote_file import LONGEST_LINE_BYTES, VoteFile, VoteFileError, read_votes
from arena.rating.tallies import OUTCOMES
from providers.names import name_problem, tidy
from tests.arena.factories import LIGHTFIELD, read


def votes_of(file: VoteFile) -> list[tuple[str, str, str, str]]:
    """Competition, left, right, outcome of each vote, in order."""
    pairs = [file.pairings[place] for place in file.pairing]
    return [
        (file.competitions[pair.competition], file.models[pair.left], file.models[pair.right], OUTCOMES[outcome])
        for pair, outcome in zip(pairs, file.outcome, strict=True)
    ]


def test_reads_left_right_winner() -> None:
    file = read("left,right,winner\nA,B,left\nB,A,right\nA,C,tie\nC,B,both_bad\n")
    assert votes_of(file) == [
        ("", "A", "B", "left"),
        ("", "B", "A", "right"),
        ("", "A", "C", "tie"),
        ("", "C", "B", "both_bad"),
    ]


@pytest.mark.parametrize(
    ("winner", "outcome"),
    [
        ("model_a", "left"),
        ("model_b", "right"),
        ("tie", "tie"),
        ("tie (bothbad)", "both_bad"),
        ("bothbad", "both_bad"),
        ("both_bad", "both_bad"),
    ],
)
def test_reads_the_arena_form(winner: str, outcome: str) -> None:
    assert votes_of(read(f"model_a,model_b,winner\nA,B,{winner}\n")) == [("", "A", "B", outcome)]


def test_reads_the_competition_from_its_column_and_ignores_others() -> None:
    file = read("when,winner,right,scene,left\n1,left,B,Car,A\n2,right,B,Bikes,A\n", "scene")
    assert votes_of(file) == [("Car", "A", "B", "left"), ("Bikes", "A", "B", "right")]


def test_keeps_names_exactly() -> None:
    names = ["Z-Image Turbo (v1.5)", " padded ", "=cmd|' /C calc'!A0", 'say "hi", twice', "模型", "<b>bold</b>"]
    rows = "".join(f'"{name.replace(chr(34), chr(34) * 2)}",other,left\n' for name in names)
    assert [left for _, left, _, _ in votes_of(read("left,right,winner\n" + rows))] == names


def test_accepts_a_byte_order_mark_windows_line_ends_and_empty_lines() -> None:
    assert len(read(b"\xef\xbb\xbfleft,right,winner\r\nA,B,left\r\n\r\nB,A,tie\r\n\r\n")) == 2


def test_accepts_a_last_line_without_an_end() -> None:
    assert len(read("left,right,winner\nA,B,left")) == 1


HEADER = "left,right,winner\n"
REFUSED = {
    "empty file": ("", "the file is empty"),
    "missing column": ("left,winner\nA,left\n", "line 1, column right: missing from the header"),
    "missing arena column": ("model_a,model_b\nA,B\n", "line 1, column winner: missing from the header"),
    "no known column": ("a;b;c\nA;B;C\n", "line 1, column left: missing from the header, which has 'a;b;c'"),
    "column twice": ("left,right,left,winner\nA,B,C,left\n", "line 1, column left: appears more than once"),
    "header alone": (HEADER, "line 1: a header without votes"),
    "unknown winner": (
        HEADER + "A,B,left\nA,B,A\n",
        "line 3, column winner: 'A' is not known; allowed are left, right",
    ),
    "winner of the other form": (HEADER + "A,B,model_a\n", "line 2, column winner: 'model_a' is not known"),
    "long winner": (HEADER + f"A,B,{'x' * 500}\n", f"line 2, column winner: '{'x' * 40}…' is not known"),
    "empty name": (HEADER + "A,,left\n", "line 2, column right: empty"),
    "blank name": (HEADER + "  ,B,left\n", "line 2, column left: empty"),
    "against itself": (HEADER + "A,B,tie\nA,A,left\n", "line 3, column right: 'A' is on both sides"),
    "too few cells": (HEADER + "A,B\n", "line 2: 2 cells; the header has 3 columns"),
    "too many cells": (HEADER + "A,B,left,Car\n", "line 2: 4 cells; the header has 3 columns"),
    "long name": (HEADER + f"{'n' * 201},B,left\n", "line 2, column left: 'nnnn"),
    "NUL": (HEADER + "A\0,B,left\n", "line 2"),
    "control character": (HEADER + "A\x1bb,B,left\n", "line 2, column left: 'A\\x1bb' holds a control character"),
    "bad encoding": (HEADER.encode() + b"A,B,left\nCaf\xe9,B,left\n", "line 3: byte 4 (0xe9) is not UTF-8"),
    "utf-16": ((HEADER + "A,B,left\n").encode("utf-16"), "line 1: byte 1 (0xff) is not UTF-8"),
    "line break in a cell": (HEADER + '"A\nB",C,left\n', "line 2: a quoted cell does not end on its line"),
    "open quote at the end": (HEADER + '"A,B,left', "line 2: a quoted cell does not end on its line"),
    "text after a quote": (HEADER + '"A"x,B,left\n', "line 2: not readable as CSV"),
    "bare carriage returns": ("left,right,winner\rA,B,left\r", "line 1: not readable as CSV"),
    "long line": (HEADER + "A,B,left," + "x" * LONGEST_LINE_BYTES, "line 2: longer than 65,536 bytes"),
    "long header": ("x" * (LONGEST_LINE_BYTES + 1), "line 1: longer than 65,536 bytes"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refuses_with_place_and_reason(case: str) -> None:
    text, message = REFUSED[case]
    with pytest.raises(VoteFileError) as refused:
        read(text)
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 600


def test_refuses_a_missing_competition_column() -> None:
    with pytest.raises(VoteFileError, match="line 1, column scene: missing from the header"):
        read(HEADER + "A,B,left\n", "scene")


def test_refuses_a_competition_column_that_means_something_else() -> None:
    with pytest.raises(VoteFileError, match="line 1, column winner: cannot name the competition too"):
        read(HEADER + "A,B,left\n", "winner")


def test_refuses_an_empty_competition() -> None:
    with pytest.raises(VoteFileError, match="line 3, column scene: empty"):
        read("left,right,winner,scene\nA,B,left,Car\nA,B,left,\n", "scene")


class Endless:
    """A stream that never ends; counts what was taken from it."""

    def __init__(self, head: bytes, line: bytes) -> None:
        self.pieces = iter([*head.splitlines(keepends=True)])
        self.line = line
        self.taken = 0

    def readline(self, limit: int, /) -> bytes:
        piece = next(self.pieces, self.line)[:limit]
        self.taken += len(piece)
        return piece


@pytest.mark.parametrize("head", [b"", HEADER.encode(), HEADER.encode() + b"A,B,left\n"])
def test_an_endless_line_is_refused_within_its_first_bytes(head: bytes) -> None:
    stream = Endless(head, b"x" * (1 << 20))
    with pytest.raises(VoteFileError, match="longer than 65,536 bytes"):
        read_votes(stream)
    assert stream.taken < 2 * LONGEST_LINE_BYTES


def test_an_endless_quoted_record_is_refused_at_its_first_line_end() -> None:
    stream = Endless(HEADER.encode() + b'"A\n', b'","\n')
    with pytest.raises(VoteFileError, match="line 2: a quoted cell"):
        read_votes(stream)
    assert stream.taken < 100


def test_refuses_more_models_than_a_board_can_hold() -> None:
    rows = "".join(f"A,B{n},left\n" for n in range(2000))
    with pytest.raises(VoteFileError, match="line 2001, column right: more than 2,000 different names"):
        read(HEADER + rows)


def test_digests_are_those_of_the_documented_rows() -> None:
    file = read("left,right,winner,scene\nA,B,left,Car\nB,A,both_bad,Bikes\n", "scene")
    first, second = b"Car\x1fA\x1fB\x1fleft\n", b"Bikes\x1fB\x1fA\x1fboth_bad\n"
    assert file.digests([1, 2, 3]) == {
        1: hashlib.sha256(first).hexdigest(),
        2: hashlib.sha256(first + second).hexdigest(),
    }


def test_the_digest_ignores_what_does_not_count() -> None:
    plain = read("left,right,winner\nA,B,left\n")
    other_form = read("id,model_b,model_a,winner\r\n7,B,A,model_a\r\n\r\n")
    assert plain.digests([1]) == other_form.digests([1])


def test_reads_the_light_field_votes() -> None:
    with LIGHTFIELD.open("rb") as stream:
        file = read_votes(stream, "category")
    assert (len(file), len(file.competitions), len(file.models)) == (26_580, 14, 37)


letters = st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"])
names = st.text(letters, min_size=1, max_size=20).filter(lambda name: not name_problem(tidy(name)))
votes = st.lists(
    st.tuples(names, names, st.sampled_from(OUTCOMES)).filter(lambda vote: vote[0] != vote[1]), min_size=1, max_size=30
)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(votes)
def test_what_was_written_as_csv_is_read_back(rows: list[tuple[str, str, str]]) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([("left", "right", "winner"), *rows])
    assert votes_of(read(text.getvalue())) == [(c, *row) for c, row in zip(repeat(""), rows, strict=False)]


@settings(deadline=None, derandomize=True, max_examples=200)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for head in (b"", HEADER.encode()):
        try:
            votes_read = len(read(head + data))
        except VoteFileError:
            continue
        assert votes_read > 0
