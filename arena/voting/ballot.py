"""What a vote is made of, what became of it, and why it or a step of its battle may be refused. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from arena.rating.criteria import OVERALL
from arena.rating.tallies import OUTCOMES


@dataclass(frozen=True)
class Ballot:
    """What came in, unchecked; `voter_id`, `network` and `criterion` are the server's own knowledge."""

    battle: UUID
    token: str
    outcome: str
    voter_id: int | None
    network: str
    criterion: str = OVERALL


@dataclass(frozen=True)
class RecordedVote:
    """A vote's number in the log, how many votes its voter now has, and whether it counts."""

    number: int
    votes_of_voter: int
    is_counted: bool = True


REFUSALS: Final[dict[str, tuple[int, str]]] = {
    "unknown_battle": (404, "There is no such battle."),
    "wrong_token": (403, "This vote does not carry the token of its battle."),
    "wrong_voter": (
        403,
        "This vote did not count: its pair belongs to another browser, or the cookie it was opened with is gone.",
    ),
    "already_voted": (409, "This battle has its vote already; it counts once."),
    "revealed": (409, "The models of this battle are named; a vote comes before."),
    "expired": (410, "This battle was open for 30 minutes and has expired."),
    "void": (410, "This battle was cancelled and can no longer be voted on."),
    "bad_outcome": (400, f"A vote is one of {', '.join(OUTCOMES)}."),
    "voter_cap": (429, "You have used up today's votes. Come back tomorrow."),
    "network_cap": (429, "Today's votes from your network are used up. Come back tomorrow."),
    "burst": (429, "That was quicker than anyone can look. Wait a few seconds."),
}
STEPS: Final[dict[str, tuple[int, str]]] = {
    "unknown_battle": REFUSALS["unknown_battle"],
    "wrong_voter": (403, "This pair belongs to another browser, or the cookie it was opened with is gone."),
    "already_voted": (409, "This battle has its vote already."),
    "not_voted": (409, "The models are named after the vote, not before."),
    "revealed": (409, "Once the models are named, a vote stays."),
    "too_late": (409, "A vote can be taken back for ten minutes."),
    "void": (410, "This battle was cancelled."),
    "skips_used_up": (429, "You have skipped as many pairs as you may for now. Vote on this one to go on."),
    "pairs_used_up": (429, "You have opened as many pairs as you may today without a vote. Come back tomorrow."),
    "newcomers_used_up": (
        429,
        "Too many pairs were opened from your network today without a vote. Come back tomorrow.",
    ),
}


class Refused(Exception):
    """Carries the reason's code, the HTTP status and a sentence for people."""

    def __init__(self, reason: str, status: int, message: str) -> None:
        self.reason, self.status, self.message = reason, status, message
        super().__init__(message)


class VoteRefused(Refused):
    """A vote that does not count; it is kept with its reason."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, *REFUSALS[reason])


class StepRefused(Refused):
    """An undo, reveal, skip or report that the battle's state does not allow."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, *STEPS[reason])
