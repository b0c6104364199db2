"""Sets of ranks that hold for all models of a board at once."""

import math
from typing import Final

import numpy as np

from arena.rating.tallies import Counts, Floats

OUTSIDE: Final = 0.05  # the chance that any one of the sets misses
DRAWS: Final = 2_000


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
    factor = np.linalg.cholesky(beside)
    drawn = np.zeros((len(covariance), DRAWS))
    drawn[1:] = factor @ _normals(digest, len(factor) * DRAWS).reshape(len(factor), DRAWS)
    largest = np.zeros(DRAWS)
    for place in range(len(covariance) - 1):
        apart = drawn[place + 1 :] - drawn[place]
        apart /= errors[place, place + 1 :, None]
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
