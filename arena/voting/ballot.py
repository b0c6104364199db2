"""What a vote is made of and what became of it, as it passes between door and actions. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class Ballot:
    """What came in, unchecked; `voter_id` and `network` are the server's own knowledge."""

    battle: UUID
    token: str
    outcome: str
    voter_id: int | None
    network: str


@dataclass(frozen=True)
class KeptVote:
    """A vote's number in the log, how many votes its voter now has, and whether it counts."""

    number: int
    votes_of_voter: int
    is_counted: bool = True
