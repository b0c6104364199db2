"""What the votes of a board decide about two models, judged after every vote: better, equivalent, or undecided.

About the prompts it has. Not how a verdict is put into words.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, Self

import numpy as np

from arena.rating.boundary import seen_from_equal, shows_better, shows_equivalent
from arena.rating.bradley_terry import curvature_and_score_variance, refit
from arena.rating.chances import POINTS_PER_LOG_ODDS
from arena.rating.components import Mask, Places
from arena.rating.errors import BadState
from arena.rating.fit import MINIMUM_BATTLES
from arena.rating.tallies import Counts, Floats
from arena.rating.votes import FIRST_TIE, WON_BY_RIGHT, VoteSequence

MARGIN: Final = 25.0  # points within which two models are as good as equal
BETTER: Final = "better"
EQUIVALENT: Final = "equivalent"
PRIOR: Final = 1.0
# no share of ties, all of them even, leaves less to chance than this
LEAST_DECIDED: Final = 0.1
# elements of one array: votes are counted in blocks, and fitted after each vote of a block together
ELEMENTS_AT_ONCE: Final = 160_000
# differences, their variances and the number of pairs that share the chance of a false word in; where it holds out
Rule = Callable[[Floats, Floats, int], Mask]


@dataclass(frozen=True)
class Decision:
    """`kind` of two models since the vote `number`; of BETTER the first is the better one."""

    kind: str
    first: str
    second: str
    number: int


@dataclass(frozen=True, eq=False)
class VerdictState:
    """The counts behind the votes so far, by models in slug order, and what was decided on the way.

    `wins` and `ties` (n × n) are W and T, `strengths` (n) the fit to them, `margin` is in points. A decision stands
    whatever later votes say.
    """

    margin: float = MARGIN
    models: tuple[str, ...] = ()
    wins: Counts = field(default_factory=lambda: np.zeros((0, 0), dtype=np.int64))
    ties: Counts = field(default_factory=lambda: np.zeros((0, 0), dtype=np.int64))
    strengths: Floats = field(default_factory=lambda: np.zeros(0))
    decisions: tuple[Decision, ...] = ()
    battles: int = 0
    last_number: int = 0

    def to_json(self) -> dict[str, Any]:
        """Plain values that JSON keeps to the last digit."""
        arrays = {name: getattr(self, name).tolist() for name in ("wins", "ties", "strengths")}
        decisions = [[each.kind, each.first, each.second, each.number] for each in self.decisions]
        plain = {"margin": self.margin, "battles": self.battles, "last_number": self.last_number}
        return {**plain, **arrays, "models": list(self.models), "decisions": decisions}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """Raises BadState."""
        try:
            models = tuple(str(model) for model in stored["models"])
            square = (len(models), len(models))
            return cls(
                margin=float(stored["margin"]),
                models=models,
                wins=np.array(stored["wins"], dtype=np.int64).reshape(square),
                ties=np.array(stored["ties"], dtype=np.int64).reshape(square),
                strengths=np.array(stored["strengths"], dtype=np.float64).reshape(len(models)),
                decisions=tuple(Decision(str(k), str(a), str(b), int(n)) for k, a, b, n in stored["decisions"]),
                battles=int(stored["battles"]),
                last_number=int(stored["last_number"]),
            )
        except (KeyError, TypeError, ValueError) as wrong:
            raise BadState("stored state of verdicts: must hold what VerdictState.to_json gives") from wrong


def first_place(decisions: Iterable[Decision], ranked: Collection[str]) -> str | None:
    """The one of the ranked models, two at least, that is decided to be better than each of the others.

    The chance that a board ever says anything false bounds this too, however many rivals there are.
    """
    beaten = Counter(each.first for each in decisions if each.kind == BETTER and {each.first, each.second} <= {*ranked})
    firsts = [model for model, rivals in beaten.items() if rivals == len(ranked) - 1]
    return firsts[0] if len(firsts) == 1 else None


def replay_verdicts(state: VerdictState, votes: VoteSequence, numbers: Sequence[int]) -> VerdictState:
    """The state after these votes, all later than the state's (BadState if not), judged after each of them.

    `numbers` are theirs in the log. The pairs of models that have battles and are not decided share the chance of
    a false word evenly (S. Holm, 1979). A pair is judged while battles link its models and each has MINIMUM_BATTLES.
    """
    if votes.battles and votes.last_number <= state.last_number:
        raise BadState(f"votes up to number {votes.last_number}: the state already has those to {state.last_number}")
    replay = _Replay.of(state, votes.models)
    places = np.array([replay.models.index(model) for model in votes.models], dtype=np.intp)
    swapped = votes.outcomes == WON_BY_RIGHT
    ahead = places[np.where(swapped, votes.right, votes.left)]
    behind = places[np.where(swapped, votes.left, votes.right)]
    first = 0
    while first < votes.battles:
        block = slice(first, first + replay.link(ahead[first:], behind[first:]))
        replay.count(ahead[block], behind[block], votes.outcomes[block] >= FIRST_TIE, numbers[block])
        first = block.stop
    return VerdictState(
        margin=state.margin,
        models=replay.models,
        wins=replay.wins,
        ties=replay.ties,
        strengths=replay.strengths,
        decisions=tuple(replay.decisions),
        battles=state.battles + votes.battles,
        last_number=max(state.last_number, votes.last_number),
    )


@dataclass(eq=False)
class _Replay:
    """A state on its way through votes, over its own models and theirs. `part` (n) numbers what battles link."""

    margin: float
    models: tuple[str, ...]
    wins: Counts
    ties: Counts
    strengths: Floats
    decisions: list[Decision]
    undecided: dict[str, Mask]
    part: Places

    @classmethod
    def of(cls, state: VerdictState, models: tuple[str, ...]) -> Self:
        listed = tuple(sorted({*state.models, *models}))
        size, at = len(listed), np.array([listed.index(model) for model in state.models], dtype=np.intp)
        (wins, ties), strengths = np.zeros((2, size, size), dtype=np.int64), np.zeros(size)
        wins[np.ix_(at, at)], ties[np.ix_(at, at)], strengths[at] = state.wins, state.ties, state.strengths
        undecided = {kind: np.triu(np.ones((size, size), dtype=np.bool_), 1) for kind in (BETTER, EQUIVALENT)}
        for each in state.decisions:
            ends = sorted((listed.index(each.first), listed.index(each.second)))
            undecided[each.kind][ends[0], ends[1]] = False
        part = _parts((wins + wins.T + ties) > 0)
        return cls(state.margin, listed, wins, ties, strengths, list(state.decisions), undecided, part)

    def link(self, ahead: Places, behind: Places) -> int:
        """Link the models of the first vote; how many votes, this one and others, then link nothing new."""
        self.part[self.part == self.part[behind[0]]] = self.part[ahead[0]]
        most = max(1, ELEMENTS_AT_ONCE // len(self.models) ** 2)
        linking = np.flatnonzero(self.part[ahead[:most]] != self.part[behind[:most]])
        return int(linking[0]) if len(linking) else min(most, len(ahead))

    def count(self, ahead: Places, behind: Places, tied: Mask, numbers: Sequence[int]) -> None:
        """Votes of `link`: winner, loser and whether it was a tie of both."""
        battling: Mask = np.any(self.wins + self.wins.T + self.ties, axis=1)
        battling[[ahead[0], behind[0]]] = True
        active = np.flatnonzero(battling)
        square = np.ix_(active, active)
        winner, loser = np.searchsorted(active, ahead), np.searchsorted(active, behind)
        wins, ties = np.zeros((2, len(ahead), len(active), len(active)), dtype=np.int64)
        each = np.arange(len(ahead))
        wins[each, winner, loser] = ~tied
        ties[each, winner, loser] = ties[each, loser, winner] = tied
        wins, ties = self.wins[square] + wins.cumsum(axis=0), self.ties[square] + ties.cumsum(axis=0)
        start = np.broadcast_to(self.strengths[active], (len(ahead), len(active)))
        strengths, _ = refit(wins + ties / 2, PRIOR, start)
        self._judge(active, wins, ties, strengths, numbers)
        self.wins[square], self.ties[square], self.strengths[active] = wins[-1], ties[-1], strengths[-1]

    def _judge(self, active: Places, wins: Counts, ties: Counts, strengths: Floats, numbers: Sequence[int]) -> None:
        """Decide what the counts after one vote after another decide."""
        one, other = np.triu_indices(len(active), 1)
        ahead, variance, direct = differences(wins, ties, strengths, one, other)
        figures = {BETTER: seen_from_equal(ahead, variance, direct), EQUIVALENT: (ahead, variance)}
        enough = (wins + wins.mT + ties).sum(axis=-1) >= MINIMUM_BATTLES
        comparable = enough[:, one] & enough[:, other] & (self.part[active[one]] == self.part[active[other]])
        found: list[Decision] = []
        for kind, undecided in self.undecided.items():
            still = undecided[active[one], active[other]]
            for row, pair in _decided(self._rule(kind), figures[kind], comparable, still):
                ends = active[one[pair]], active[other[pair]]
                undecided[ends] = False
                first, second = ends[::-1] if kind == BETTER and ahead[row, pair] < 0 else ends
                found.append(Decision(kind, self.models[first], self.models[second], int(numbers[row])))
        self.decisions += sorted(found, key=lambda each: (each.number, each.kind, each.first, each.second))

    def _rule(self, kind: str) -> Rule:
        margin = self.margin / POINTS_PER_LOG_ODDS
        return shows_better if kind == BETTER else partial(shows_equivalent, margin=margin)


def differences(
    wins: Counts, ties: Counts, strengths: Floats, one: Places, other: Places
) -> tuple[Floats, Floats, Floats]:
    """Of pairs (votes × pairs), fitted on W and T (votes × n × n): difference, its variance, battles of the two.

    The variance is the sandwich's, but no less than the model's own less the share of ties: where one side always
    won, the votes seem to leave nothing to chance. Battles count for as many more as ties leave less to chance.
    """
    centred = strengths - strengths.mean(axis=-1, keepdims=True)
    curvature, score_variance = curvature_and_score_variance(wins, ties, PRIOR, centred)
    bread = np.linalg.inv(curvature)
    tied = ties.sum(axis=(-2, -1)) / 2
    decided = np.maximum(1 - tied / (wins.sum(axis=(-2, -1)) + tied), LEAST_DECIDED)
    filled = (bread @ score_variance @ bread, decided[:, None, None] * bread)
    of_differences = (each[:, one, one] + each[:, other, other] - 2 * each[:, one, other] for each in filled)
    direct = (wins + wins.mT + ties)[:, one, other] / decided[:, None]
    return strengths[:, one] - strengths[:, other], np.maximum(*of_differences), direct


def _decided(
    rule: Rule, figures: tuple[Floats, Floats], comparable: Mask, undecided: Mask
) -> Iterator[tuple[int, int]]:
    """Vote and pair of each decision; figures are votes × pairs. With every pair decided the others' part grows."""
    ahead, variance = figures
    row, pairs = 0, np.flatnonzero(undecided)
    while len(pairs):
        shown = rule(ahead[row:, pairs], variance[row:, pairs], len(pairs)) & comparable[row:, pairs]
        at_once = shown.any(axis=1)
        if not at_once.any():
            return
        further = int(at_once.argmax())
        row += further
        yield from ((row, int(pair)) for pair in pairs[shown[further]])
        pairs = pairs[~shown[further]]


def _parts(met: Mask) -> Places:
    """For each model the first one that battles link it to, itself if none."""
    part = np.arange(len(met))
    while True:
        lowest = np.where(met, part[None, :], part[:, None]).min(axis=1, initial=len(met))
        lowest = np.minimum(lowest, part)
        if (lowest == part).all():
            return part
        part = lowest
