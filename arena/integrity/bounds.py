"""How many votes of one voter, network or day's newcomers count about one model, and which are past that. Pure.

Nothing here sees an outcome: the votes that came first stay.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

VOTER: Final = "voter"
NETWORK: Final = "network"
NEWCOMERS: Final = "newcomers"
EVERY: Final = "every"
KINDS: Final = (VOTER, NETWORK, NEWCOMERS)
SHARES: Final = {VOTER: 0.01, NETWORK: 0.05, NEWCOMERS: 0.10}  # of a model's votes, that a site's bounds grow to


@dataclass(frozen=True)
class Bound:
    """`least` votes about a model always count, and as many as are this `share` of the model's votes before; 0 and 0
    bound nothing."""

    least: int
    share: float

    def reached(self, own: int, every: int) -> bool:
        """Whether so many votes of one subject are all that count, the model having had `every`."""
        return bool(self.least or self.share) and own >= max(self.least, self.share * every)


@dataclass(frozen=True)
class CastVote:
    """One vote of the log without its outcome; `voter` is empty where it is of no known voter, and then unbounded.

    `scope` is within what models are compared, a mode and a criterion. `newcomer` says that it was cast on the
    voter's first day.
    """

    number: int
    scope: str
    models: tuple[int, int]
    day: date
    voter: str = ""
    network: str = ""
    newcomer: bool = False

    @property
    def subjects(self) -> tuple[tuple[str, str], ...]:
        """(kind, subject) of all it is bounded by; a network and newcomers are those of one day."""
        if not self.voter:
            return ()
        day = self.day.isoformat()
        found = [(VOTER, self.voter)]
        if self.network:
            found.append((NETWORK, f"{day} {self.network}"))
        if self.newcomer:
            found.append((NEWCOMERS, day))
        return tuple(found)


class Place(NamedTuple):
    """Whose votes are counted, and about which model."""

    kind: str
    subject: str
    scope: str
    model: int


Reach = Counter[Place]
"""How many votes each subject has cast about each model; kind `every` with an empty subject is of all votes."""


def places_of(vote: CastVote) -> list[Place]:
    """All that one vote is counted in."""
    subjects = ((EVERY, ""), *vote.subjects)
    return [Place(*subject, vote.scope, model) for subject in subjects for model in vote.models]


def past_bounds(votes: Iterable[CastVote], reach: Reach, bounds: Mapping[str, Bound]) -> dict[int, str]:
    """By number, the kind of bound that a vote is past: one of its subjects has had its votes about one of its models.

    Votes come in the order of their numbers. `reach` counts those before and is raised by every vote, past a bound or
    not; so what is found does not depend on how the log is cut into parts.
    """
    found: dict[int, str] = {}
    for vote in votes:
        for kind, subject in vote.subjects:
            bound = bounds[kind]
            if any(
                bound.reached(
                    reach[Place(kind, subject, vote.scope, model)], reach[Place(EVERY, "", vote.scope, model)]
                )
                for model in vote.models
            ):
                found[vote.number] = kind
                break
        reach.update(places_of(vote))
    return found
