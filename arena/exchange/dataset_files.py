"""The files of a dataset and the manifest that holds them to their digests. Pure but for reading and writing files."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from arena.rating.criteria import OVERALL, checked_criterion
from arena.rating.tallies import ALL_OUTCOMES, COUNTERS
from providers.plain_values import whole_number

FORMAT: Final = 4
READABLE: Final = (1, 2, 3, FORMAT)
MANIFEST: Final = "manifest.json"
CATALOGUE: Final = "catalogue"
IMAGES: Final = "images"
VOTES: Final = "votes.csv"
STANDINGS: Final = "standings.ndjson"
BOARDS: Final = "boards.ndjson"
CATEGORIES: Final = "categories.ndjson"
COMPETITIONS: Final = "competitions.ndjson"
ENTRIES: Final = "entries.ndjson"
EXCLUSIONS: Final = "exclusions.ndjson"
IMPORTS: Final = "imports.ndjson"
KEPT_OFF: Final = "kept_off.ndjson"
# what formats 1 and 2 had, and format 3
VOTE_COLUMNS_2: Final = (
    *("number", "battle", "competition", "model_a", "model_b", "winner", "entry_a", "entry_b"),
    *("opened_at", "cast_at", "counted", "withdrawn_at", "exclusion", "pair_probability"),
)
VOTE_COLUMNS_3: Final = (*VOTE_COLUMNS_2, "criterion")
# of format 4 before it told restored votes
VOTE_COLUMNS_4: Final = (*VOTE_COLUMNS_3, "voter", "weight_reason")
VOTE_COLUMNS: Final = (*VOTE_COLUMNS_4, "restored")
LONGEST_VOTER: Final = 64
# what formats 1 to 3 had of a standing; their bounds are those on the board's own prompts
FIGURES_BEFORE: Final = ("rating", "lower", "upper", "rank", "rank_best", "rank_worst", *COUNTERS)
# of an entry's picture, in this order, since format 4
LOOKS: Final = ("sharpness", "saturation", "contrast")
WINNERS: Final = {outcome.name: outcome.file_words[0] for outcome in ALL_OUTCOMES}
CHUNK_BYTES: Final = 1 << 20
LONGEST_LINE: Final = 1 << 22


class DatasetRefused(ValueError):
    """The directory is no dataset that can be taken in; the message names the file and what is wrong."""


@dataclass(frozen=True, kw_only=True)
class FileNote:
    """One file as the manifest knows it; `path` is relative to the dataset."""

    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What the dataset is, under which licence, and the digests of its files."""

    format: int
    site: str
    version: str
    exported_at: str
    licence: str
    votes: int
    files: tuple[FileNote, ...]


def note_of(root: Path, path: Path) -> FileNote:
    """Size and digest of a file, read in pieces."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK_BYTES):
            digest.update(chunk)
            size += len(chunk)
    return FileNote(path=path.relative_to(root).as_posix(), bytes=size, sha256=digest.hexdigest())


def write_manifest(root: Path, manifest: Manifest) -> None:
    """Written last: a directory without it is an export that did not end."""
    (root / MANIFEST).write_text(json.dumps(asdict(manifest), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read_manifest(root: Path) -> Manifest:
    """The manifest, with every file there and unchanged. Raises DatasetRefused."""
    path = root / MANIFEST
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        files = tuple(FileNote(**note) for note in found.pop("files"))
        manifest = Manifest(files=files, **found)
    except OSError as error:
        raise DatasetRefused(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise DatasetRefused(f"{path}: is not the manifest of a dataset: {error}") from None
    if manifest.format not in READABLE:
        raise DatasetRefused(f"{path}: format is {manifest.format!r}; this version reads {READABLE[0]} to {FORMAT}")
    for note in manifest.files:
        _check(root, note)
    return manifest


def _check(root: Path, note: FileNote) -> None:
    path = root / note.path
    if Path(note.path).is_absolute() or ".." in Path(note.path).parts or path.is_symlink():
        raise DatasetRefused(f"{note.path}: must lie within the dataset")
    if not path.is_file():
        raise DatasetRefused(f"{note.path}: is missing")
    if note_of(root, path) != note:
        raise DatasetRefused(f"{note.path}: is not the file that was exported: its SHA-256 differs from the manifest's")


def write_lines(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """One JSON object per line."""
    with path.open("w", encoding="utf-8") as stream:
        stream.writelines(map(line_of, rows))


def line_of(row: Mapping[str, Any]) -> str:
    """One line of an NDJSON file."""
    return json.dumps(row, ensure_ascii=False, default=str) + "\n"


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """Objects of an NDJSON file. Raises DatasetRefused, naming the line."""
    with path.open("r", encoding="utf-8") as stream:
        for number, line in enumerate(iter(lambda: stream.readline(LONGEST_LINE), ""), start=1):
            try:
                found = json.loads(line)
            except ValueError:
                found = None
            if not isinstance(found, dict):
                raise DatasetRefused(f"{path.name}: line {number}: is not a JSON object")
            yield found


OUTCOMES_BY_WINNER: Final = {winner: outcome for outcome, winner in WINNERS.items()}
FLAGS: Final = {"t": True, "f": False}


@dataclass(frozen=True, slots=True)
class VoteLine:
    """One vote; times and probability stay text, "" where there is none, and are checked by the database."""

    number: int
    battle: str
    competition: str
    model_a: str
    model_b: str
    outcome: str
    entry_a: str
    entry_b: str
    opened_at: str
    cast_at: str
    counted: bool
    withdrawn_at: str
    exclusion: str
    pair_probability: str
    criterion: str = OVERALL
    voter: str = ""
    weight_reason: str = ""
    restored: bool = False


def read_votes(path: Path) -> Iterator[VoteLine]:
    """Votes in ascending order of number. Raises DatasetRefused, naming the line."""
    last = 0
    with path.open("r", encoding="utf-8", newline="") as stream:
        rows = csv.reader(stream)
        columns = tuple(next(rows, ()))
        if columns not in {VOTE_COLUMNS, VOTE_COLUMNS_4, VOTE_COLUMNS_3, VOTE_COLUMNS_2}:
            raise DatasetRefused(f"{VOTES}: line 1: must be {','.join(VOTE_COLUMNS)}")
        for line, cells in enumerate(rows, start=2):
            vote = _vote_line(line, columns, cells)
            if vote.number <= last:
                raise DatasetRefused(f"{VOTES}: line {line}: number {vote.number} does not follow {last}")
            last = vote.number
            yield vote


def _vote_line(line: int, columns: Sequence[str], cells: list[str]) -> VoteLine:
    if len(cells) != len(columns):
        raise DatasetRefused(f"{VOTES}: line {line}: has {len(cells)} cells; {len(columns)} are needed")
    named = dict(zip(columns, cells, strict=True))
    try:
        UUID(named["battle"])
        checked_criterion(named.get("criterion", OVERALL))
        if len(named.get("voter", "")) > LONGEST_VOTER:
            raise ValueError(f"voter has more than {LONGEST_VOTER} characters")
        outcome, counted = OUTCOMES_BY_WINNER[named["winner"]], FLAGS[named["counted"]]
        restored = FLAGS[named.get("restored", "f")]
        if (number := whole_number(named["number"])) is None:
            raise ValueError(f"number is {named['number'][:40]!r}; it must be a whole number")
    except (ValueError, KeyError) as error:
        raise DatasetRefused(f"{VOTES}: line {line}: cannot be read: {error}") from None
    rest = {name: named[name] for name in columns if name not in {"number", "winner", "counted", "restored"}}
    return VoteLine(number=number, outcome=outcome, counted=counted, restored=restored, **rest)
