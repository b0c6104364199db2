"""What a vote may say: each outcome once, with its words, its points and what it adds to either side's record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

TIE_POINTS: Final = 0.5


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """`name` stands in the vote log and is a column of tallies.

    `file_words` are those of files in the LMArena form: the first is written, all are read.

    `left_points` are the left side's, the right side has the rest of 1. `left_counters` and `right_counters` are the
    counters of either side's entry that one such vote adds 1 to; `mirrored` is the outcome with the sides exchanged.
    """

    name: str
    label: str
    verdict: str
    file_words: tuple[str, ...]
    left_points: float
    left_counters: tuple[str, ...]
    right_counters: tuple[str, ...]
    mirrored: str


ALL_OUTCOMES: Final = (
    Outcome(
        name="left",
        label="Left",
        verdict="A is better",
        file_words=("model_a",),
        left_points=1.0,
        left_counters=("wins",),
        right_counters=("losses",),
        mirrored="right",
    ),
    Outcome(
        name="right",
        label="Right",
        verdict="B is better",
        file_words=("model_b",),
        left_points=0.0,
        left_counters=("losses",),
        right_counters=("wins",),
        mirrored="left",
    ),
    Outcome(
        name="tie",
        label="Tie",
        verdict="a tie",
        file_words=("tie",),
        left_points=TIE_POINTS,
        left_counters=("ties",),
        right_counters=("ties",),
        mirrored="tie",
    ),
    Outcome(
        name="both_bad",
        label="Both bad",
        verdict="both bad",
        file_words=("tie (bothbad)", "both_bad", "bothbad"),
        left_points=TIE_POINTS,
        left_counters=("ties", "both_bad"),
        right_counters=("ties", "both_bad"),
        mirrored="both_bad",
    ),
)
# names in the order of tallies, digests and stored codes: new ones come last
OUTCOMES: Final = tuple(outcome.name for outcome in ALL_OUTCOMES)
# nobody won
UNDECIDED: Final = tuple(outcome.name for outcome in ALL_OUTCOMES if outcome.left_points == TIE_POINTS)
# an entry's record; `ties` hold `both_bad`
COUNTERS: Final = ("wins", "losses", "ties", "both_bad")
BY_NAME: Final = {outcome.name: outcome for outcome in ALL_OUTCOMES}
