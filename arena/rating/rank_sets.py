"""Sets of ranks that hold for all models of a board at once."""

import math
from dataclasses import replace
from typing import Final

import numpy as np

from arena.rating.board import Board
from arena.rating.chances import POINTS_PER_LOG_ODDS
from arena.rating.components import Places
from arena.rating.contrasts import contrasts
from arena.rating.fit import RatingFit
from arena.rating.prompts import Deletions, PromptsBoard
from arena.rating.tallies import Counts, Floats

OUTSIDE: Final = 0.05  # the chance that any one of the sets misses
DRAWS: Final = 2_000
# n ranked models take about n² DRAWS nanoseconds, and a board's row is held meanwhile
MOST_RANKED: Final = 600
# of the mean variance: where votes leave less to chance than this, draws need a little to go by
LEAST_VARIANCE: Final = 1e-12


def with_rank_sets(board: Board) -> Board:
    """The board with the simultaneous rank sets of its ranked models; without where more than MOST_RANKED are.

    Those for prompts like these where the board knows its deletions (`across_prompts`): by Bonferroni over all pairs.
    """
    ratings = {row.model: row.rating for row in board.rows if row.rank is not None and row.rating is not None}
    fit = board.fit
    if fit is None or not 0 < len(ratings) <= MOST_RANKED:
        return board
    places = np.array([place for place, model in enumerate(fit.models) if model in ratings], dtype=np.intp)
    models = [fit.models[place] for place in places]
    published = np.array([ratings[model] for model in models], dtype=np.float64) / POINTS_PER_LOG_ODDS
    ahead = published[:, None] - published[None, :]
    names, sets = ["rank_set_best", "rank_set_worst"], [*rank_sets(ahead, _margins(fit, places, board.digest))]
    if isinstance(board, PromptsBoard) and board.deletions is not None:
        names += ["prompts_rank_set_best", "prompts_rank_set_worst"]
        sets += rank_sets(ahead, bonferroni_margins(board.deletions, places))
    columns = zip(*(of_all.tolist() for of_all in sets), strict=True)
    found = {model: dict(zip(names, ends, strict=True)) for model, ends in zip(models, columns, strict=True)}
    return replace(board, rows=tuple(replace(row, **found.get(row.model, {})) for row in board.rows))


def _margins(fit: RatingFit, places: Places, digest: str) -> Floats:
    return simultaneous_margins(fit.covariance[np.ix_(places, places)], digest)


def bonferroni_margins(deletions: Deletions, places: Places) -> Floats:
    """Half-widths of the t intervals of all differences of these models that hold at once; infinite where withheld."""
    pairs = max(1, len(places) * (len(places) - 1) // 2)
    return contrasts(deletions.among(places)).half_widths(OUTSIDE / pairs)


def rank_sets(ahead: Floats, margins: Floats) -> tuple[Counts, Counts]:
    """Best = 1 + models ahead of me by more than the margin of the pair; worst = n - models as much behind.

    `ahead` (n × n) is row less column, `margins` (n × n) symmetric and infinite where a pair is left open. Where all
    margins hold at once, so do all sets (M. Mogstad, J. P. Romano, A. M. Shaikh and D. Wilhelm, 2024).
    """
    above = ahead > margins
    return 1 + above.sum(axis=0, dtype=np.int64), len(ahead) - above.sum(axis=1, dtype=np.int64)


def simultaneous_margins(covariance: Floats, digest: str) -> Floats:
    """Half-widths (n × n) of intervals of all differences that hold at once in 95%: max-t over the covariance (n × n).

    The quantile of the largest of all |difference| / standard error comes from DRAWS draws that the digest (hex)
    seeds, so the same tallies give the same margins.
    """
    variances = np.diagonal(covariance)
    errors = np.sqrt(np.maximum(variances[:, None] + variances[None, :] - 2 * covariance, 0.0))
    if len(covariance) < 2:
        return errors
    # seen from the first model the covariance is regular, and its Cholesky factor is unique
    beside = covariance[1:, 1:] - covariance[1:, :1] - covariance[:1, 1:] + covariance[0, 0]
    typical = float(np.trace(beside)) / len(beside)
    if not typical > 0:
        return errors
    factor = np.linalg.cholesky(beside + LEAST_VARIANCE * typical * np.eye(len(beside)))
    drawn = np.zeros((len(covariance), DRAWS))
    drawn[1:] = factor @ _normals(digest, len(factor) * DRAWS).reshape(len(factor), DRAWS)
    largest = np.zeros(DRAWS)
    for place in range(len(covariance) - 1):
        apart = drawn[place + 1 :] - drawn[place]
        apart /= np.maximum(errors[place, place + 1 :, None], math.sqrt(LEAST_VARIANCE * typical))
        np.maximum(largest, np.abs(apart, out=apart).max(axis=0), out=largest)
    quantile = np.sort(largest)[math.ceil((1 - OUTSIDE) * (DRAWS + 1)) - 1]
    margins: Floats = quantile * errors
    return margins


def _normals(digest: str, several: int) -> Floats:
    """By G. E. P. Box and M. E. Muller (1958) from raw bits, whose stream numpy never changes."""
    half = (several + 1) // 2
    bits = np.random.PCG64(int(digest, 16)).random_raw(2 * half)
    uniform = ((bits >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53
    radius, angle = np.sqrt(-2 * np.log(uniform[:half])), 2 * math.pi * uniform[half:]
    normals: Floats = np.concatenate((radius * np.cos(angle), radius * np.sin(angle)))[:several]
    return normals
