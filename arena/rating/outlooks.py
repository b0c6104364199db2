"""How many more votes on two models would decide about them, as the state of a board's verdicts has them now."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from arena.rating.boundary import POWER, Plan, information_of_a_vote, seen_from_equal
from arena.rating.chances import POINTS_PER_LOG_ODDS, chance
from arena.rating.verdicts import BETTER, EQUIVALENT, LEAST_DECIDED, VerdictState, differences


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """Further votes on the two until *better* and *equivalent* are said with the power asked for, if they differ as it
    seems now. 0: it is said. None: no number does, or the state does not know both."""

    better: int | None
    equivalent: int | None


UNKNOWN: Final = Outlook(better=None, equivalent=None)


def outlooks(state: VerdictState, pairs: Sequence[tuple[str, str]], power: float = POWER) -> list[Outlook]:
    """Of each pair, models by slug."""
    active = np.flatnonzero(np.any(state.wins + state.wins.T + state.ties, axis=1))
    place = {state.models[at]: index for index, at in enumerate(active.tolist())}
    known = [pair for pair in pairs if pair[0] != pair[1] and {*pair} <= place.keys()]
    if not known:
        return [UNKNOWN] * len(pairs)
    one, other = (np.array([place[pair[side]] for pair in known], dtype=np.intp) for side in (0, 1))
    square = np.ix_(active, active)
    wins, ties, strengths = state.wins[square][None], state.ties[square][None], state.strengths[active][None]
    ahead, variance, direct = (figure[0] for figure in differences(wins, ties, strengths, one, other))
    seen = seen_from_equal(ahead, variance, direct)[1]
    even, all_pairs = float(ties.sum()) / 2, len(active) * (len(active) - 1) // 2
    said = Counter(each.kind for each in state.decisions)
    open_pairs = {kind: max(1, all_pairs - said[kind]) for kind in (BETTER, EQUIVALENT)}
    board = _Board(state, even / (float(wins.sum()) + even), open_pairs, power)
    columns = zip(known, ahead.tolist(), seen.tolist(), variance.tolist(), strict=True)
    found = {pair: board.outlook(pair, *figures) for pair, *figures in columns}
    return [found.get(pair, UNKNOWN) for pair in pairs]


@dataclass(frozen=True)
class _Board:
    """What all pairs share: the share of ties, and of each kind the pairs that are not decided."""

    state: VerdictState
    tied: float
    open_pairs: dict[str, int]
    power: float

    def outlook(self, pair: tuple[str, str], ahead: float, seen: float, variance: float) -> Outlook:
        """`ahead` in log odds, its variance as *better* sees it and as it is."""
        said = {each.kind for each in self.state.decisions if {each.first, each.second} == {*pair}}
        likely = float(chance(np.array(ahead)))
        # as the variances have it: ties alone leave something to chance too
        tied = min(self.tied, 1 - LEAST_DECIDED, 2 * min(likely, 1 - likely))
        per_vote = information_of_a_vote(ahead, tied)
        better = Plan(ahead, seen, per_vote, self.open_pairs[BETTER])
        equivalent = Plan(ahead, variance, per_vote, self.open_pairs[EQUIVALENT])
        margin = self.state.margin / POINTS_PER_LOG_ODDS
        return Outlook(
            better=0 if BETTER in said else better.votes_for_better(self.power),
            equivalent=0 if EQUIVALENT in said else equivalent.votes_for_equivalent(margin, self.power),
        )
