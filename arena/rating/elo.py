"""Sequential Elo: ratings after every vote in the order they were cast. Order-dependent, so no interval is claimed.

A state plus later votes gives the same digits as all votes from the start.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Self

from arena.rating.errors import BadState
from arena.rating.scale import POINTS_PER_LOG_ODDS
from arena.rating.votes import VoteSequence

START = 1000.0
K_FACTORS = (4, 32)
HIGHEST_K = 1000  # far under where exp could overflow


@dataclass(frozen=True)
class EloState:
    """Ratings in log odds from START, so that one vote costs as little as can be; models in slug order."""

    k: float
    models: tuple[str, ...] = ()
    strengths: tuple[float, ...] = ()
    battles: int = 0
    last_number: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.k <= HIGHEST_K:
            raise BadState(f"k: {self.k!r} is not allowed; it must be above 0 and at most {HIGHEST_K}")

    @property
    def ratings(self) -> dict[str, float]:
        """By slug, in points."""
        listed = zip(self.models, self.strengths, strict=True)
        return {model: START + POINTS_PER_LOG_ODDS * strength for model, strength in listed}

    def to_json(self) -> dict[str, Any]:
        """Plain values that JSON keeps to the last digit."""
        strengths = dict(zip(self.models, self.strengths, strict=True))
        return {"k": self.k, "strengths": strengths, "battles": self.battles, "last_number": self.last_number}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """Raises BadState."""
        try:
            strengths = {model: float(stored["strengths"][model]) for model in sorted(stored["strengths"])}
            figures = (int(stored["battles"]), int(stored["last_number"]))
            return cls(float(stored["k"]), tuple(strengths), tuple(strengths.values()), *figures)
        except (KeyError, TypeError, ValueError) as wrong:
            raise BadState("stored state of Elo: must hold k, strengths, battles and last_number") from wrong


def replay_elo(state: EloState, votes: VoteSequence) -> EloState:
    """The state after these votes, all later than the state's (BadState if not): each moves winner and loser by
    K(s - E), E = 1/(1 + 10^((other - own)/400)), s = 1, 0 or 1/2 (A. E. Elo, 1978)."""
    if votes.battles and votes.last_number <= state.last_number:
        raise BadState(f"votes up to number {votes.last_number}: the state already has those to {state.last_number}")
    known = dict(zip(state.models, state.strengths, strict=True))
    strengths = [known.get(model, 0.0) for model in votes.models]
    _run(strengths, votes, state.k / POINTS_PER_LOG_ODDS)
    known |= zip(votes.models, strengths, strict=True)
    models = tuple(sorted(known))
    return EloState(
        k=state.k,
        models=models,
        strengths=tuple(known[model] for model in models),
        battles=state.battles + votes.battles,
        last_number=max(state.last_number, votes.last_number),
    )


def _run(strengths: list[float], votes: VoteSequence, k: float) -> None:
    exp, even = math.exp, (0.0, k / 2)
    # one line per operation on purpose: this loop runs once per vote ever cast
    for ahead, behind, tied in zip(*votes.winners_first(), strict=True):
        mine = strengths[ahead]
        other = strengths[behind]
        move = k / (1.0 + exp(mine - other)) - even[tied]
        strengths[ahead] = mine + move
        strengths[behind] = other - move
