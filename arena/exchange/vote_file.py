"""A CSV file of votes, read from a stream of bytes with bounds and checked to the last row. Pure: no database.

Names stay as the file has them, so that a file is known again; each must be one by the rule of all names
(providers.names). Empty lines and columns not asked for are skipped.
"""

from __future__ import annotations

import csv
import hashlib
from array import array
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Final, NamedTuple

from arena.rating.tallies import ALL_OUTCOMES, OUTCOMES
from providers.names import name_problem, shown, tidy

LONGEST_LINE_BYTES: Final = 64 * 1024
MOST_MODELS: Final = 2_000  # a fit works on squares of this
MOST_COMPETITIONS: Final = 20_000
MOST_VOTES: Final = 100_000_000
MOST_VOTERS: Final = 10_000_000
LONGEST_VOTER: Final = 200
PROGRESS_EVERY: Final = 100_000
NAMES_SHOWN: Final = 12

Progress = Callable[[int], None]


class VoteFileError(ValueError):
    """The file cannot be used; the message says where, what was wrong and what is allowed."""

    def __init__(self, line: int, problem: str, column: str = "") -> None:
        self.line, self.column = line, column
        place = f"line {line}, column {column}" if column else f"line {line}" if line else ""
        super().__init__(f"{place}: {problem}" if place else problem)


class FilePairing(NamedTuple):
    """Places in the file's tables: a competition, and the models on the left and on the right."""

    competition: int
    left: int
    right: int


@dataclass(frozen=True, eq=False)
class VoteFile:
    """All votes of one file: five bytes each, the names once.

    `pairing` (4 bytes each) are places in `pairings`, `outcome` (1 byte each) places in OUTCOMES.
    Without a competition column `competitions` is ("",). `lines` are those on which each pairing stands first.
    `voter` (4 bytes each) are places in `voters`, whose first is "", nobody known; else both are empty.
    """

    models: tuple[str, ...]
    competitions: tuple[str, ...]
    pairings: tuple[FilePairing, ...]
    pairing: array[int]
    outcome: array[int]
    lines: tuple[int, ...] = ()
    voters: tuple[str, ...] = ()
    voter: array[int] = field(default_factory=lambda: array("I"))

    def __len__(self) -> int:
        return len(self.outcome)

    def digests(self, lengths: Collection[int]) -> dict[int, str]:
        """SHA-256 of the first n votes in canonical form, for each n asked for that the file reaches.

        A canonical row is competition, left, right and outcome, separated by U+001F, ended by a line feed.
        """
        lines = [
            "\x1f".join(
                (self.competitions[pair.competition], self.models[pair.left], self.models[pair.right], f"{outcome}\n")
            ).encode()
            for pair in self.pairings
            for outcome in OUTCOMES
        ]
        digest, done, found = hashlib.sha256(), 0, {}
        for length in sorted(n for n in set(lengths) if n <= len(self)):
            for start in range(done, length, PROGRESS_EVERY):
                end = min(start + PROGRESS_EVERY, length)
                votes = zip(self.pairing[start:end], self.outcome[start:end], strict=True)
                digest.update(b"".join([lines[pair * len(OUTCOMES) + outcome] for pair, outcome in votes]))
            done = length
            found[length] = digest.hexdigest()
        return found


@dataclass(frozen=True)
class _Form:
    """How a file names its columns and outcomes; `winners` gives places in OUTCOMES."""

    left: str
    right: str
    winners: dict[str, int]


FORMS: Final = (
    _Form("left", "right", {name: code for code, name in enumerate(OUTCOMES)}),
    _Form("model_a", "model_b", {word: code for code, one in enumerate(ALL_OUTCOMES) for word in one.file_words}),
)
WINNER: Final = "winner"
VOTER: Final = "voter"


def read_votes(stream: BinaryIO, competition_column: str = "", progress: Progress | None = None) -> VoteFile:
    """Read the whole stream; `progress` is told how many votes were read. Raises VoteFileError."""
    lines = _Lines(stream)
    rows = csv.reader(lines, strict=True)
    header = _next_row(rows, lines)
    if header is None:
        raise VoteFileError(0, "the file is empty; it must begin with the header left,right,winner")
    columns = _columns(header, competition_column)
    table = _Table(columns)
    while (row := _next_row(rows, lines)) is not None:
        if row:
            table.add(row, lines.number)
            if progress and len(table.outcome) % PROGRESS_EVERY == 0:
                progress(len(table.outcome))
    if not table.outcome:
        raise VoteFileError(lines.number, "a header without votes; at least one row must follow it")
    return table.finished()


class _Lines:
    """Bounded, decoded lines for the CSV reader; a record may not run over its line, so it is bounded too."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.number = 0
        self.inside_record = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self.inside_record:
            raise VoteFileError(self.number, "a quoted cell does not end on its line; cells cannot hold line breaks")
        raw = self.stream.readline(LONGEST_LINE_BYTES + 1)
        if not raw:
            raise StopIteration
        self.number += 1
        self.inside_record = True
        if len(raw) > LONGEST_LINE_BYTES:
            raise VoteFileError(self.number, f"longer than {LONGEST_LINE_BYTES:,} bytes; a vote is one short line")
        try:
            return raw.decode("utf-8-sig" if self.number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            problem = f"byte {error.start + 1} (0x{raw[error.start]:02x}) is not UTF-8; save the file as UTF-8"
            raise VoteFileError(self.number, problem) from None


def _next_row(rows: Iterator[list[str]], lines: _Lines) -> list[str] | None:
    lines.inside_record = False
    try:
        return next(rows, None)
    except csv.Error as error:
        raise VoteFileError(lines.number, f"not readable as CSV: {error}") from None


@dataclass(frozen=True)
class _Columns:
    """Where the cells of a row stand."""

    form: _Form
    width: int
    left: int
    right: int
    winner: int
    competition: int | None
    competition_name: str
    voter: int | None


def _columns(header: list[str], competition_column: str) -> _Columns:
    form = max(FORMS, key=lambda form: (form.left in header) + (form.right in header))
    needed = [form.left, form.right, WINNER]
    if competition_column in needed:
        raise VoteFileError(1, "cannot name the competition too; choose another column", competition_column)
    for name in needed + [competition_column] * bool(competition_column):
        if header.count(name) != 1:
            problem = "appears more than once in the header" if name in header else "missing from the header"
            raise VoteFileError(1, f"{problem}, which has {_listed(header)}; {_needs(needed)}", shown(name)[1:-1])
    competition = header.index(competition_column) if competition_column else None
    left, right, winner = (header.index(name) for name in needed)
    if header.count(VOTER) > 1:
        raise VoteFileError(1, "appears more than once in the header", VOTER)
    voter = header.index(VOTER) if VOTER in header and competition_column != VOTER else None
    return _Columns(form, len(header), left, right, winner, competition, competition_column, voter)


def _needs(needed: list[str]) -> str:
    return f"needed are {', '.join(needed)}" + (" (or model_a, model_b, winner)" if needed[0] == "left" else "")


def _listed(header: list[str]) -> str:
    names = ", ".join(shown(name) for name in header[:NAMES_SHOWN]) or "no columns"
    return names + (f" and {len(header) - NAMES_SHOWN} more" if len(header) > NAMES_SHOWN else "")


class _Table:
    """The votes read so far."""

    def __init__(self, columns: _Columns) -> None:
        self.columns = columns
        self.models: dict[str, int] = {}
        self.competitions: dict[str, int] = {} if columns.competition is not None else {"": 0}
        self.pairings: dict[FilePairing, int] = {}
        self.lines: list[int] = []
        self.pairing = array("I")
        self.outcome = array("B")
        self.voters: dict[str, int] = {"": 0} if columns.voter is not None else {}
        self.voter = array("I")

    def add(self, row: list[str], line: int) -> None:
        columns = self.columns
        if len(row) != columns.width:
            raise VoteFileError(line, f"{len(row)} cells; the header has {columns.width} columns")
        left, right = row[columns.left], row[columns.right]
        pair = FilePairing(
            self._competition(row, line),
            self._place(self.models, left, line, columns.form.left, MOST_MODELS),
            self._place(self.models, right, line, columns.form.right, MOST_MODELS),
        )
        if pair.left == pair.right:
            problem = f"{shown(left)} is on both sides; a vote is between two different models"
            raise VoteFileError(line, problem, columns.form.right)
        outcome = columns.form.winners.get(row[columns.winner])
        if outcome is None:
            allowed = ", ".join(columns.form.winners)
            raise VoteFileError(line, f"{shown(row[columns.winner])} is not known; allowed are {allowed}", WINNER)
        if len(self.outcome) == MOST_VOTES:
            raise VoteFileError(line, f"more than {MOST_VOTES:,} votes; split the file")
        place = self.pairings.setdefault(pair, len(self.pairings))
        if place == len(self.lines):
            self.lines.append(line)
        self.pairing.append(place)
        self.outcome.append(outcome)
        if columns.voter is not None:
            self.voter.append(self._voter(row[columns.voter], line))

    def finished(self) -> VoteFile:
        names = (tuple(self.models), tuple(self.competitions), tuple(self.pairings))
        return VoteFile(*names, self.pairing, self.outcome, tuple(self.lines), tuple(self.voters), self.voter)

    def _voter(self, name: str, line: int) -> int:
        place = self.voters.get(name)
        if place is None:
            if len(name) > LONGEST_VOTER:
                raise VoteFileError(line, f"longer than {LONGEST_VOTER} characters", VOTER)
            if len(self.voters) > MOST_VOTERS:
                raise VoteFileError(line, f"more than {MOST_VOTERS:,} different names", VOTER)
            place = self.voters[name] = len(self.voters)
        return place

    def _competition(self, row: list[str], line: int) -> int:
        at = self.columns.competition
        if at is None:
            return 0
        return self._place(self.competitions, row[at], line, self.columns.competition_name, MOST_COMPETITIONS)

    def _place(self, known: dict[str, int], name: str, line: int, column: str, most: int) -> int:
        place = known.get(name)
        if place is None:
            _check_name(name, line, column)
            if len(known) == most:
                raise VoteFileError(line, f"more than {most:,} different names", column)
            place = known[name] = len(known)
        return place


def _check_name(name: str, line: int, column: str) -> None:
    if problem := name_problem(tidy(name)):
        raise VoteFileError(line, problem, column)
