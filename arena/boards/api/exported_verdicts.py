"""The verdicts of a board from its exported votes, and where they are not those that are published."""

from array import array
from collections.abc import Iterable

import numpy as np

from arena.boards.api.vote_export import ExportedVote
from arena.boards.verdicts import board_verdicts
from arena.models import Board, Verdict
from arena.rating.tallies import OUTCOMES
from arena.rating.verdicts import Decision, VerdictState, replay_verdicts
from arena.rating.votes import VoteSequence


def decided(votes: Iterable[ExportedVote], up_to: int, margin: float) -> tuple[Decision, ...]:
    """What the counted votes up to and with that number decide, judged after each; `margin` in points.

    Raises RatingError.
    """
    place: dict[str, int] = {}
    columns = (array("q"), array("q"), array("q"), array("q"))
    for vote in votes:
        if vote.counted and vote.number <= up_to:
            ends = (place.setdefault(slug, len(place)) for slug in (vote.left, vote.right))
            for column, code in zip(columns, (*ends, OUTCOMES.index(vote.outcome), vote.number), strict=True):
                column.append(code)
    left, right, outcomes, numbers = (np.array(column, dtype=np.int64) for column in columns)
    last = int(numbers[-1]) if len(numbers) else 0
    sequence = VoteSequence(tuple(place), left, right, outcomes, last)
    return replay_verdicts(VerdictState(margin=margin), sequence, numbers.tolist()).decisions


def verdict_differences(board: Board, votes: Iterable[ExportedVote]) -> list[str]:
    """One line for each decision that is on one side only; none where the board was not judged. Raises RatingError."""
    known = board_verdicts(board)
    if known.withheld:
        return []
    columns = ("kind", "first__slug", "second__slug", "number")
    published = set(Verdict.objects.filter(board=board).values_list(*columns))
    computed = {
        (each.kind, each.first, each.second, each.number) for each in decided(votes, known.judged, known.margin)
    }
    return [
        f"{first}, {second}: {kind} since vote {number} is {'published' if found in published else 'computed'} only"
        for found in sorted(published ^ computed)
        for kind, first, second, number in (found,)
    ]
