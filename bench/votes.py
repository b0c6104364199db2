"""Drawn votes and drawn tallies of models with known strengths; the same seed gives the same ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from arena.rating.chances import chances
from arena.rating.tallies import OUTCOMES, Counts, Floats, Tallies
from arena.rating.votes import VoteSequence

SEED = 20_261_123
SPREAD = 0.6  # standard deviation of the strengths, in log odds: about 100 points
UNDECIDED = (0.15, 0.10)  # shares of ties and both bad


def slugs(models: int) -> tuple[str, ...]:
    return tuple(f"model-{number:03}" for number in range(models))


def draw_votes(models: int, votes: int) -> VoteSequence:
    """Votes over all pairs, either way round, in the narrowest whole numbers that hold them."""
    shares = _shares(models)
    rng = np.random.default_rng(SEED)
    cells = np.searchsorted(np.cumsum(shares), rng.random(votes) * (1 - 1e-9), side="right")
    pairs, outcomes = np.divmod(cells, len(OUTCOMES))
    left, right = np.divmod(pairs, models)
    place = np.min_scalar_type(models)
    columns = (left.astype(place), right.astype(place), outcomes.astype(np.uint8))
    return VoteSequence(slugs(models), *columns, last_number=votes)


def draw_tallies(models: int, votes: int) -> Tallies:
    """The pair table of that many votes, without the votes."""
    drawn = np.random.default_rng(SEED).multinomial(votes, _shares(models))
    return _from_cells(slugs(models), drawn.astype(np.int64))


def count(votes: VoteSequence) -> Tallies:
    """The pair table of votes in arrays."""
    size = len(votes.models)
    cells = size * size * len(OUTCOMES)
    code = votes.left.astype(np.min_scalar_type(cells))
    code *= size
    code += votes.right
    code *= len(OUTCOMES)
    code += votes.outcomes
    return _from_cells(votes.models, np.bincount(code, minlength=cells))


def afresh(tallies: Tallies) -> Tallies:
    """The same counts without what was already worked out from them."""
    return Tallies(tallies.models, tallies.left, tallies.right, tallies.tie, tallies.both_bad)


def _from_cells(models: Sequence[str], cells: Counts) -> Tallies:
    by_outcome = np.moveaxis(cells.reshape(len(models), len(models), len(OUTCOMES)), 2, 0)
    return Tallies(tuple(models), *np.ascontiguousarray(by_outcome))


def _shares(models: int) -> Floats:
    """The share of every (left, right, outcome), flat."""
    p = chances(np.random.default_rng(SEED).normal(0.0, SPREAD, models))
    decided = 1 - sum(UNDECIDED)
    layers = [decided * p, decided * p.T, *(np.full_like(p, share) for share in UNDECIDED)]
    cube = np.stack(layers, axis=2) * (1 - np.eye(models))[:, :, None]
    flat: Floats = (cube / cube.sum()).ravel()
    return flat
