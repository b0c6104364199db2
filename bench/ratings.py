"""Refits from the pair table: how long, and that the number of votes does not matter."""

from __future__ import annotations

import tracemalloc
from collections.abc import Sequence
from functools import partial

import numpy as np

from arena.boards.methods import HEADLINE, compute_fitted
from arena.rating.board import PublishedRating, published_ratings
from arena.rating.bradley_terry import fit_bradley_terry
from arena.rating.chances import POINTS_PER_LOG_ODDS
from arena.rating.contrasts import better_for_prompts, contrasts, equivalent_for_prompts
from arena.rating.prompts import PromptsBoard
from arena.rating.tallies import Tallies
from arena.rating.verdicts import MARGIN
from bench.honesty.worlds import PROMPT_SD, even
from bench.report import Line, Target, times_as_long, within
from bench.timing import take_turns, worked
from bench.votes import SEED, afresh, count, draw_tallies, draw_votes

MODELS = 25
LIMITS_MS = {25: 2.0, 200: 15.0}
VOTES = {"10k": 10_000, "1M": 1_000_000, "10M": 10_000_000}
FLAT = 1.2
MOST_MEMORY_MIB = 10
COMPETITIONS = 14
MOST_PLAIN_FITS = 20.0
FLAT_WHOLE = 1.1


def refit(tallies: Tallies) -> tuple[PublishedRating, ...]:
    """Strengths, sandwich intervals, and both on the scale that is shown."""
    return published_ratings(fit_bradley_terry(tallies))


def measure_ratings(*, quick: bool = False) -> list[Line]:
    """All of it is pure: neither a database nor another engine is needed."""
    return [
        *_by_size(10 if quick else 60),
        *_by_votes(30 if quick else 400),
        _memory(),
        _from_arrays(quick=quick),
        *_whole_boards(10 if quick else 100),
    ]


def _by_size(rounds: int) -> list[Line]:
    boards = {size: draw_tallies(size, VOTES["1M"]) for size in LIMITS_MS}
    tasks = {str(size): worked(partial(_refit_afresh, board)) for size, board in boards.items()}
    taken = take_turns(tasks, rounds)
    return [
        within(f"refit with intervals, {size} models", taken[str(size)], limit_ms)
        for size, limit_ms in LIMITS_MS.items()
    ]


def _by_votes(rounds: int) -> list[Line]:
    boards = {name: draw_tallies(MODELS, votes) for name, votes in VOTES.items()}
    tasks = {name: worked(partial(_refit_afresh, board)) for name, board in boards.items()}
    taken = take_turns(tasks, rounds)
    return [times_as_long(f"refit of {name} votes : of 10k", taken[name], taken["10k"], FLAT) for name in ("1M", "10M")]


def _memory() -> Line:
    board = draw_tallies(MODELS, VOTES["10M"])
    tracemalloc.start()
    _refit_afresh(board)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    peak_mib = peak / 2**20
    target = Target(1.0, False, f"≤ {MOST_MEMORY_MIB} MiB")
    return Line("extra memory of a refit of 10M votes", f"{peak_mib:.2f} MiB", peak_mib / MOST_MEMORY_MIB, target)


def _from_arrays(*, quick: bool) -> Line:
    votes = draw_votes(MODELS, VOTES["1M"])
    board = count(votes)
    tasks = {"arrays": worked(lambda: refit(count(votes))), "table": worked(partial(_refit_afresh, board))}
    taken = take_turns(tasks, 5 if quick else 60)
    return times_as_long("1M votes counted and fitted : pair table fitted", taken["arrays"], taken["table"])


def _whole_boards(rounds: int) -> list[Line]:
    """All that one recompute says of a board of several competitions, beside the plain fit of their sum."""
    drawn = {name: _competitions(VOTES[name]) for name in ("10k", "1M")}
    tasks = {name: worked(partial(_recompute, parts)) for name, parts in drawn.items()}
    # whoever sees whether anything changed has made their digests before
    tasks["digests too"] = worked(lambda: _recompute([afresh(part) for part in drawn["1M"]]))
    tasks["plain"] = worked(partial(_refit_afresh, Tallies.merge(drawn["1M"])))
    taken = take_turns(tasks, rounds)
    what = f"intervals, verdicts, rank sets, {MODELS} models × {COMPETITIONS}"
    return [
        times_as_long(f"{what} : plain refit", taken["1M"], taken["plain"], MOST_PLAIN_FITS),
        times_as_long("the same with digests of competitions : plain refit", taken["digests too"], taken["plain"]),
        times_as_long("the same of 1M votes : of 10k", taken["1M"], taken["10k"], FLAT_WHOLE),
    ]


def _competitions(votes: int) -> list[Tallies]:
    return even(MODELS, COMPETITIONS, votes // COMPETITIONS, PROMPT_SD).drawn(np.random.default_rng(SEED))


def _recompute(parts: Sequence[Tallies]) -> None:
    board = compute_fitted(HEADLINE, Tallies.merge(parts), parts)
    if not isinstance(board, PromptsBoard) or board.deletions is None:
        raise LookupError("a board of this size has deletions")
    of_pairs = contrasts(board.deletions)
    better_for_prompts(of_pairs)
    equivalent_for_prompts(of_pairs, MARGIN / POINTS_PER_LOG_ODDS)


def _refit_afresh(tallies: Tallies) -> None:
    refit(afresh(tallies))
