"""How often verdicts are false at any look, and how many votes they take."""

from collections.abc import Iterator

import numpy as np

from arena.rating.boundary import Plan, information_of_a_vote, seen_from_equal, shows_better, shows_equivalent
from arena.rating.bradley_terry import fit_bradley_terry, refit
from arena.rating.chances import POINTS_PER_LOG_ODDS
from arena.rating.components import Mask
from arena.rating.contrasts import better_for_prompts, contrasts
from arena.rating.fit import MINIMUM_BATTLES
from arena.rating.prompts import delete_each
from arena.rating.tallies import Counts, Floats, Tallies
from arena.rating.verdicts import BETTER, EQUIVALENT, PRIOR, Decision, VerdictState, differences, replay_verdicts
from arena.rating.votes import VoteSequence
from bench.honesty.figures import Figure, mean_of, median_of
from bench.honesty.worlds import PROMPT_SD, drawn_votes

TIE_SHARES = (0.0, 0.1, 0.3)
MARGINS = (25.0, 50.0)
# votes of a design with one look that shows a rate of 0.60 in 80 % of cases
FIXED_DESIGN = 197
RUNS_AT_ONCE = 500
FIRST, SECOND = np.array([0]), np.array([1])


def decided(strengths: Floats, ties: float, votes: int, margin: float, rng: np.random.Generator) -> list[Decision]:
    """All that is decided within so many votes, looked at after each."""
    left, right, outcomes = drawn_votes(strengths, ties, votes, rng)
    models = tuple(f"m{place:03d}" for place in range(len(strengths)))
    sequence = VoteSequence(models, left, right, outcomes, votes)
    return list(replay_verdicts(VerdictState(margin), sequence, range(1, votes + 1)).decisions)


def when(kind: str, points: float, ties: float, *, votes: int, margin: float, repeats: int) -> Floats:
    """After how many votes two models that far apart are so decided, in each run; infinite where they are not.

    As `replay_verdicts` judges them, but counts that several runs come by are fitted once.
    """
    rng = np.random.default_rng(31)
    likely = 1 / (1 + 10 ** (-points / 400))
    found = []
    for first in range(0, repeats, RUNS_AT_ONCE):
        drawn = rng.random((min(RUNS_AT_ONCE, repeats - first), votes))
        won = (drawn < likely - ties / 2).cumsum(axis=1)
        tied = ((drawn >= likely - ties / 2) & (drawn < likely + ties / 2)).cumsum(axis=1)
        every = np.arange(1, votes + 1) * votes**2 * 4 + won * votes * 2 + tied
        counts, place = np.unique(every, return_inverse=True)
        shown = np.concatenate([_shown(kind, part, votes, margin) for part in np.array_split(counts, 64)])
        at = shown[place].reshape(every.shape)
        found.append(np.where(at.any(axis=1), at.argmax(axis=1) + 1.0, np.inf))
    return np.concatenate(found)


def _shown(kind: str, counts: Counts, votes: int, margin: float) -> Mask:
    """Of two models, where battles, wins and ties in one number each."""
    battles, rest = np.divmod(counts, votes**2 * 4)
    won, tied = np.divmod(rest, votes * 2)
    wins, ties = np.zeros((2, len(counts), 2, 2), dtype=np.int64)
    wins[:, 0, 1], wins[:, 1, 0] = won, battles - won - tied
    ties[:, 0, 1] = ties[:, 1, 0] = tied
    strengths, _ = refit(wins + ties / 2, PRIOR, np.zeros((len(counts), 2)))
    ahead, variance, direct = (figure[:, 0] for figure in differences(wins, ties, strengths, FIRST, SECOND))
    if kind == BETTER:
        shown = shows_better(*seen_from_equal(ahead, variance, direct), 1)
    else:
        shown = shows_equivalent(ahead, variance, 1, margin / POINTS_PER_LOG_ODDS)
    return shown & (battles >= MINIMUM_BATTLES)


def false_verdicts(repeats: int) -> Iterator[Figure]:
    """Two models: a false "better", and "equivalent" where they are exactly the margin apart."""
    for ties in TIE_SHARES:
        found = np.isfinite(when(BETTER, 0.0, ties, votes=2_000, margin=25.0, repeats=repeats))
        yield mean_of(f"equal models, {ties:.0%} ties: better within 2,000 votes", found.tolist(), None, 0.05)
    for margin in MARGINS:
        for ties in TIE_SHARES:
            found = np.isfinite(when(EQUIVALENT, margin, ties, votes=4_000, margin=margin, repeats=repeats // 2))
            yield mean_of(
                f"{margin:.0f} Elo apart, {ties:.0%} ties: equivalent within ± {margin:.0f}, 4,000 votes",
                found.tolist(),
                None,
                0.05,
            )


def false_on_a_board(boards: int) -> Iterator[Figure]:
    """Twelve equal models: any false "better" about any two, so about leader and neighbours too."""
    rng = np.random.default_rng(37)
    for ties in (0.0, 0.3):
        runs = (decided(np.zeros(12), ties, 5_000, 25.0, rng) for _ in range(boards))
        wrong = [any(each.kind == BETTER for each in run) for run in runs]
        yield mean_of(f"12 equal models, {ties:.0%} ties, 5,000 votes: any better at all", wrong, None, 0.05)


def votes_to_decide(repeats: int) -> Iterator[Figure]:
    """At a rate of 0.60, and at the number that the planner gives."""
    sixty = 400 * np.log10(0.6 / 0.4)
    taken = when(BETTER, sixty, 0.0, votes=1_500, margin=25.0, repeats=repeats)
    yield median_of("rate 0.60: median votes until better", taken, 1.35 * FIXED_DESIGN)
    for points, ties in ((sixty, 0.0), (sixty, 0.3), (35.0, 0.1), (150.0, 0.0)):
        planned = _plan(points, ties).votes_for_better() or 0
        found = np.isfinite(when(BETTER, points, ties, votes=planned, margin=25.0, repeats=repeats))
        what = f"{points:.0f} Elo apart, {ties:.0%} ties: better within the planned {planned} votes"
        yield mean_of(what, found.tolist(), 0.78, 0.9)
    for margin, points, ties in ((25.0, 0.0, 0.0), (50.0, 0.0, 0.3), (50.0, 15.0, 0.0), (25.0, 8.0, 0.1)):
        planned = _plan(points, ties).votes_for_equivalent(margin / POINTS_PER_LOG_ODDS) or 0
        found = np.isfinite(when(EQUIVALENT, points, ties, votes=planned, margin=margin, repeats=max(2, repeats // 4)))
        what = f"{points:.0f} Elo apart, {ties:.0%} ties: within ± {margin:.0f} within the planned {planned} votes"
        yield mean_of(what, found.tolist(), 0.78, 0.9)


def _plan(points: float, ties: float) -> Plan:
    ahead = points / POINTS_PER_LOG_ODDS
    return Plan(ahead, np.inf, information_of_a_vote(ahead, ties), 1)


def over_prompts(repeats: int, step: int) -> Iterator[Figure]:
    """Two models equal over prompts and unequal on each: what 12,000 votes on twelve say of prompts like these."""
    rng = np.random.default_rng(41)
    these, last, ever = [], [], []
    for _ in range(repeats):
        said = _said_over_prompts(rng, step)
        these.append(said[0])
        last.append(said[1][-1])
        ever.append(any(said[1]))
    name = "equal over prompts, SD 104, 12 competitions, 12,000 votes: better"
    yield mean_of(f"{name} on these prompts", these)
    yield mean_of(f"{name} for prompts like these, last look", last, None, 0.05)
    yield mean_of(f"{name} for prompts like these, any look", ever, None, 0.1)


def _said_over_prompts(rng: np.random.Generator, step: int) -> tuple[bool, list[bool]]:
    """Whether one is called better on these prompts, and at each look whether it is for prompts like these."""
    competitions, votes = 12, 12_000
    moved = rng.normal(0, PROMPT_SD * np.sqrt(2), competitions)
    where = rng.integers(0, competitions, votes)
    outcomes = np.where(rng.random(votes) < 1 / (1 + np.exp(-moved[where])), 0, 1)
    none = np.zeros(votes, dtype=np.intp)
    sequence = VoteSequence(("one", "two"), none, none + 1, outcomes, votes)
    said = replay_verdicts(VerdictState(), sequence, range(1, votes + 1)).decisions
    better = next((each for each in said if each.kind == BETTER), None)
    if better is None:
        return False, [False]
    looks = range(-(-better.number // step) * step, votes + 1, step)
    counts = np.zeros((competitions, 2, votes + 1), dtype=np.int64)
    counts[where, outcomes, np.arange(1, votes + 1)] = 1
    counts = counts.cumsum(axis=-1)
    return True, [_better_for_prompts(counts[..., look], better.first) for look in looks]


def _better_for_prompts(counts: np.ndarray, first: str) -> bool:
    parts = [Tallies.from_rows([("one", "two", int(won), int(lost), 0, 0)]) for won, lost in counts]
    of_pairs = contrasts(delete_each(parts, fit_bradley_terry(Tallies.merge(parts))))
    return bool(better_for_prompts(of_pairs)[(0, 1) if first == "one" else (1, 0)])
