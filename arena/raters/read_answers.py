"""Reads a board's counted votes with who cast them, and how the pictures of its entries look. Read side."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from typing import Any, Final

import numpy as np

from arena.models import Board, Entry, Voter
from arena.models.competitions import MOST_MEASURE_FAILURES
from arena.rating.raters.answers import Answers, Codes
from arena.rating.raters.looks import COVARIATES
from arena.rating.tallies import OUTCOMES, Floats
from arena.votes.log import TalliesUpTo, board_votes, read_tallies_up_to

PAGE_VOTES: Final = 50_000
# of one board; more would take minutes and gigabytes, and add nothing to what is found
MOST_VOTES: Final = 1_000_000
AT_ONCE: Final = 10_000
COLUMNS: Final = (
    *("number", "battle__voter_id", "battle__left_entry_id", "battle__right_entry_id"),
    *("battle__left_model_id", "battle__right_model_id", "outcome"),
)


class TooManyVotes(ValueError):
    """The board has more votes than are read with who cast them."""


class VotesMoved(RuntimeError):
    """Votes were taken out between two looks; a later run finds both alike."""


@dataclass(frozen=True, eq=False)
class BoardAnswers:
    """`voter_ids` by the codes of the answers; `read` are the tallies of the same votes."""

    answers: Answers
    voter_ids: tuple[int, ...]
    read: TalliesUpTo


def read_answers(board: Board, up_to: int) -> BoardAnswers:
    """Counted votes up to that number. Raises TooManyVotes, VotesMoved."""
    read = read_tallies_up_to(board, up_to)
    if read.tallies.battles > MOST_VOTES:
        raise TooManyVotes(f"{board.key} has {read.tallies.battles:,} votes; at most {MOST_VOTES:,} are read by voter")
    answers, voter_ids = Answers.from_columns(_columns(board, up_to), read.slugs)
    if len(answers) != read.tallies.battles:
        raise VotesMoved(f"{board.key}: {len(answers)} votes were read, the tallies count {read.tallies.battles}")
    return BoardAnswers(answers, voter_ids, read)


def _columns(board: Board, up_to: int) -> Codes:
    """Rows: voter (-1 for nobody), entries and models by id, place of the outcome; one column per vote, in order."""
    votes = board_votes(board).filter(number__lte=up_to, is_counted=True).order_by("number")
    parts, after = [np.zeros((0, 6), np.int64)], 0
    while rows := list(votes.filter(number__gt=after).values_list(*COLUMNS)[:PAGE_VOTES]):
        after = rows[-1][0]
        parts.append(
            np.array(
                [(-1 if voter is None else voter, *ids, OUTCOMES.index(outcome)) for _, voter, *ids, outcome in rows],
                dtype=np.int64,
            )
        )
    return np.concatenate(parts).T


def read_segments(voter_ids: Sequence[int], kind: str) -> list[str]:
    """The voters' `device`, `language` or `group`, in that order."""
    found: dict[int, str] = {}
    for start in range(0, len(voter_ids), AT_ONCE):
        some = voter_ids[start : start + AT_ONCE]
        found.update(Voter.objects.filter(id__in=some).values_list("id", kind))
    return [found.get(voter, "") for voter in voter_ids]


@dataclass(frozen=True, eq=False)
class PairLooks:
    """By pair of entries: `competition` (P) by id, and `measured` (P × 2 × covariates), NaN where it is not known.

    `unmeasured` are entries whose picture is there and not measured yet, without those that could not be, three times.
    """

    competition: Codes
    measured: Floats
    unmeasured: int


def read_looks(answers: Answers) -> PairLooks:
    """Of the pictures that were voted on."""
    wanted = np.unique(answers.entries)
    of_image = ("measure_failures", "width_px", "height_px", *COVARIATES[:3])
    columns = ("id", "competition_id", *(f"image__{name}" for name in of_image))
    competition, measured = np.zeros(len(wanted), np.int64), np.full((len(wanted), len(COVARIATES)), np.nan)
    unmeasured = 0
    for start in range(0, len(wanted), AT_ONCE):
        some = wanted[start : start + AT_ONCE].tolist()
        for entry, of, failures, width_px, height_px, *looks in Entry.objects.filter(id__in=some).values_list(*columns):
            place = int(np.searchsorted(wanted, entry))
            competition[place] = of
            unmeasured += width_px is not None and None in looks and failures < MOST_MEASURE_FAILURES
            if width_px and height_px and None not in looks:
                measured[place] = _covariates(width_px, height_px, looks)
    places = np.searchsorted(wanted, answers.entries)
    return PairLooks(competition[places[:, 0]], measured[places], unmeasured)


def _covariates(width_px: int, height_px: int, looks: Sequence[Any]) -> tuple[float, ...]:
    """In the order of COVARIATES: size and aspect as logarithms, of pixels and of width by height."""
    return (*looks, log(width_px * height_px), log(width_px / height_px))
