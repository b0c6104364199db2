"""A board's votes for everybody to recompute: no name, network or time, voters as pseudonyms of this one export.

Of votes younger than the site's delay no voter is named: who sees somebody vote would know all the votes of theirs.

Streamed, and read back for checking.
"""

import csv
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.db.models import Case, CharField, Q, Value, When
from django.utils import timezone

from arena.models import Board
from arena.rating.tallies import OUTCOMES, Tallies, TallyRow
from arena.votes.exported import new_secret, voter_pseudonym, weight_reason
from arena.votes.log import board_votes
from providers.exports import csv_text, ndjson_text
from providers.plain_values import whole_number

COLUMNS: Final = (
    *("number", "battle", "left", "right", "outcome", "counted"),
    *("competition", "criterion", "voter", "weight_reason"),
)
PAGE_VOTES: Final = 5_000
Row = tuple[Any, ...]


class BadVotesFile(ValueError):
    """A line that is no exported vote; the message names it."""


@dataclass(frozen=True)
class ExportedVote:
    """One line of the export, left and right by slug."""

    number: int
    left: str
    right: str
    outcome: str
    counted: bool
    competition: str
    voter: str


def export(board: Board, form: str) -> Iterator[str]:
    """The whole board as `csv` or `ndjson`, a page of votes at a time; excluded and withdrawn votes say so."""
    if form == "csv":
        yield csv_text([], COLUMNS)
    for page in _pages(board):
        yield csv_text(page) if form == "csv" else ndjson_text(page, COLUMNS)


def read_export(lines: Iterable[str]) -> Iterator[ExportedVote]:
    """Votes of an exported file, CSV or NDJSON, by its first line. Raises BadVotesFile."""
    stream = iter(lines)
    first = next(stream, "")
    if first.lstrip("\ufeff").startswith("{"):
        yield from (_vote(at, _object(at, line)) for at, line in enumerate((first, *stream), start=1))
        return
    if tuple(first.lstrip("\ufeff").strip().split(",")) != COLUMNS:
        raise BadVotesFile(f"line 1: must be {','.join(COLUMNS)}, or the file must be NDJSON")
    for at, cells in enumerate(csv.reader(stream), start=2):
        yield _vote(at, dict(zip(COLUMNS, cells, strict=False)))


def tallies_by_competition(votes: Iterable[ExportedVote], up_to: int) -> list[Tallies]:
    """The counts of the counted votes up to and with that number, of each competition that has any."""
    counts: dict[str, Counter[tuple[str, str, str]]] = defaultdict(Counter)
    for vote in votes:
        if vote.counted and vote.number <= up_to:
            counts[vote.competition][vote.left, vote.right, vote.outcome] += 1
    return [Tallies.from_rows(_tally_rows(of_one)) for of_one in counts.values()]


def _tally_rows(counts: Counter[tuple[str, str, str]]) -> list[TallyRow]:
    pairs = sorted({key[:2] for key in counts})
    return [(left, right, *(counts[left, right, outcome] for outcome in OUTCOMES)) for left, right in pairs]


def _pages(board: Board) -> Iterator[list[Row]]:
    young = Q(cast_at__gt=timezone.now() - timedelta(hours=settings.VOTES_DELAY_HOURS))
    voter = Case(When(young, then=Value(None)), default=voter_pseudonym(new_secret()), output_field=CharField())
    votes = board_votes(board).annotate(voter=voter, weight_reason=weight_reason())
    left, right = "battle__left_model__slug", "battle__right_model__slug"
    columns = (
        *("number", "battle__public_id", left, right, "outcome", "is_counted"),
        *("battle__competition__public_id", "criterion", "voter", "weight_reason"),
    )
    after = 0
    while rows := list(votes.filter(number__gt=after).order_by("number").values_list(*columns)[:PAGE_VOTES]):
        after = rows[-1][0]
        yield [(row[0], str(row[1]), *row[2:]) for row in rows]


def _object(at: int, line: str) -> dict[str, object]:
    try:
        cells = json.loads(line)
    except ValueError:
        cells = None
    if not isinstance(cells, dict):
        raise BadVotesFile(f"line {at}: is not a JSON object")
    return cells


def _vote(at: int, cells: dict[str, object]) -> ExportedVote:
    missing = [column for column in COLUMNS if column not in cells]
    if missing:
        raise BadVotesFile(f"line {at}: has no {missing[0]}")
    number, counted = whole_number(str(cells["number"])), str(cells["counted"]).lower()
    if number is None:
        raise BadVotesFile(f"line {at}: number is {str(cells['number'])[:40]!r}; it must be a whole number")
    if cells["outcome"] not in OUTCOMES:
        raise BadVotesFile(f"line {at}: outcome is {cells['outcome']!r}; allowed are {', '.join(OUTCOMES)}")
    if counted not in {"true", "false"}:
        raise BadVotesFile(f"line {at}: counted is {counted!r}; it must be true or false")
    left, right, outcome, competition = (str(cells[name]) for name in ("left", "right", "outcome", "competition"))
    return ExportedVote(number, left, right, outcome, counted == "true", competition, str(cells["voter"] or ""))
