"""Ratings in vote order: Elo, and TrueSkill for two players with draws, shown as 1000 + 10(mu - 3 sigma).

A state plus later votes gives the same digits as all votes from the start.
"""

import math
from dataclasses import dataclass
from typing import Any, Final, Self

from arena.rating.chances import POINTS_PER_LOG_ODDS
from arena.rating.errors import BadState
from arena.rating.votes import VoteSequence

MU: Final = 25.0
SIGMA: Final = MU / 3
BETA: Final = SIGMA / 2
TAU: Final = SIGMA / 100
DRAW_CHANCE: Final = 0.1
# as the engine trueskill 0.4.5 has it, to agree with its digits: 2.1e-7 under the exact sqrt(2) * BETA * quantile
DRAW_MARGIN: Final = 0.7404663754266132
_ROOT_HALF: Final = math.sqrt(0.5)
_DENSITY_AT_0: Final = 1 / math.sqrt(2 * math.pi)


@dataclass(frozen=True)
class TrueSkillState:
    """Means and variances of the skills, models in slug order."""

    models: tuple[str, ...] = ()
    means: tuple[float, ...] = ()
    variances: tuple[float, ...] = ()
    battles: int = 0
    last_number: int = 0

    @property
    def sigmas(self) -> tuple[float, ...]:
        return tuple(math.sqrt(variance) for variance in self.variances)

    @property
    def ratings(self) -> dict[str, float]:
        """By slug, the lower bound in points."""
        listed = zip(self.models, self.means, self.sigmas, strict=True)
        return {model: 1000 + 10 * (mean - 3 * sigma) for model, mean, sigma in listed}

    def to_json(self) -> dict[str, Any]:
        """Plain values that JSON keeps to the last digit."""
        skills = {m: [mean, v] for m, mean, v in zip(self.models, self.means, self.variances, strict=True)}
        return {"skills": skills, "battles": self.battles, "last_number": self.last_number}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """Raises BadState."""
        try:
            skills = {model: stored["skills"][model] for model in sorted(stored["skills"])}
            means = tuple(float(mean) for mean, _ in skills.values())
            variances = tuple(float(variance) for _, variance in skills.values())
            return cls(tuple(skills), means, variances, int(stored["battles"]), int(stored["last_number"]))
        except (KeyError, TypeError, ValueError) as wrong:
            raise BadState("stored state of TrueSkill: must hold skills, battles and last_number") from wrong


def replay_trueskill(state: TrueSkillState, votes: VoteSequence) -> TrueSkillState:
    """The state after these votes, all later than the state's (BadState if not); R. Herbrich et al., 2006."""
    if votes.battles and votes.last_number <= state.last_number:
        raise BadState(f"votes up to number {votes.last_number}: the state already has those to {state.last_number}")
    listed = zip(state.models, zip(state.means, state.variances, strict=True), strict=True)
    known = dict(listed)
    skills = [known.get(model, (MU, SIGMA**2)) for model in votes.models]
    means, variances = [mean for mean, _ in skills], [variance for _, variance in skills]
    _run(means, variances, votes)
    known |= zip(votes.models, zip(means, variances, strict=True), strict=True)
    models = tuple(sorted(known))
    return TrueSkillState(
        models=models,
        means=tuple(known[model][0] for model in models),
        variances=tuple(known[model][1] for model in models),
        battles=state.battles + votes.battles,
        last_number=max(state.last_number, votes.last_number),
    )


def _run(means: list[float], variances: list[float], votes: VoteSequence) -> None:
    for ahead, behind, tied in zip(*votes.winners_first(), strict=True):
        mine, other = variances[ahead] + TAU**2, variances[behind] + TAU**2
        spread = mine + other + 2 * BETA**2
        scale = math.sqrt(spread)
        lead, margin = (means[ahead] - means[behind]) / scale, DRAW_MARGIN / scale
        shift, shrink = _drawn(lead, margin) if tied else _won(lead - margin)
        means[ahead] += mine / scale * shift
        means[behind] -= other / scale * shift
        variances[ahead] = mine * (1 - mine / spread * shrink)
        variances[behind] = other * (1 - other / spread * shrink)


def _won(lead: float) -> tuple[float, float]:
    """v and w of a normal variable cut off below: how far its mean moves, how much its variance shrinks."""
    below = _below(lead)
    # so far out the ratio of density and tail is its limit
    shift = _density(lead) / below if below else -lead
    return shift, min(1.0, shift * (shift + lead))


def _drawn(lead: float, margin: float) -> tuple[float, float]:
    """v and w of a normal variable kept within the margin; worked out for the stronger side, then signed."""
    distance = abs(lead)
    upper, lower = margin - distance, -margin - distance
    within = _below(upper) - _below(lower)
    if not within:
        return math.copysign(upper, -lead), 1.0
    shift = (_density(lower) - _density(upper)) / within
    shrink = shift**2 + (upper * _density(upper) - lower * _density(lower)) / within
    return (shift if lead >= 0 else -shift), min(1.0, shrink)


def _below(x: float) -> float:
    return math.erfc(-x * _ROOT_HALF) / 2


def _density(x: float) -> float:
    return _DENSITY_AT_0 * math.exp(-x * x / 2)


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
    _elo_run(strengths, votes, state.k / POINTS_PER_LOG_ODDS)
    known |= zip(votes.models, strengths, strict=True)
    models = tuple(sorted(known))
    return EloState(
        k=state.k,
        models=models,
        strengths=tuple(known[model] for model in models),
        battles=state.battles + votes.battles,
        last_number=max(state.last_number, votes.last_number),
    )


def _elo_run(strengths: list[float], votes: VoteSequence, k: float) -> None:
    exp, even = math.exp, (0.0, k / 2)
    # one line per operation on purpose: this loop runs once per vote ever cast
    for ahead, behind, tied in zip(*votes.winners_first(), strict=True):
        mine = strengths[ahead]
        other = strengths[behind]
        move = k / (1.0 + exp(mine - other)) - even[tied]
        strengths[ahead] = mine + move
        strengths[behind] = other - move
