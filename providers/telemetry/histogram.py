"""Durations counted in fixed bins: small, mergeable exactly, percentiles within 1 %. Pure; numpy alone.

Bins are whole milliseconds below 100 and grow by at most 1 % above, as those of HdrHistogram and DDSketch do, but their
edges are integers, so no logarithm decides on which side of an edge a duration falls. Stored histograms rest on them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Ints = NDArray[np.int64]

EXACT_BELOW_MS: Final = 100
LONGEST_MS: Final = 86_400_000
MOST_PER_RECORD: Final = 0xFFFF


class HistogramError(ValueError):
    """Bytes or durations that are no histogram."""


def _bin_starts() -> Ints:
    starts = list(range(EXACT_BELOW_MS))
    edge = EXACT_BELOW_MS
    while edge <= LONGEST_MS:
        starts.append(edge)
        edge += edge // 100
    return np.array(starts, np.int64)


BIN_STARTS: Final = _bin_starts()
BINS: Final = len(BIN_STARTS)


def _bin_values() -> Ints:
    """Per bin the whole number that is relatively closest to its farthest member: the harmonic mean of its ends."""
    last = np.append(BIN_STARTS[1:] - 1, LONGEST_MS)
    ends = np.maximum(BIN_STARTS + last, 1)
    return (2 * BIN_STARTS * last + ends // 2) // ends


BIN_VALUES: Final = _bin_values()


@dataclass(frozen=True, eq=False)
class Histogram:
    """How many durations fell into each bin: int64 of shape (BINS,)."""

    counts: Ints

    @classmethod
    def of(cls, durations_ms: ArrayLike) -> Histogram:
        """Of whole milliseconds, any shape; longer than a day counts as a day. Raises HistogramError below zero."""
        return cls(np.bincount(_bins_of(durations_ms), minlength=BINS).astype(np.int64))

    @classmethod
    def merged(cls, blobs: Iterable[bytes]) -> Histogram:
        """Of stored forms. Their concatenation is one too: a database may join them unread. Raises HistogramError."""
        content = b"".join(blobs)
        if len(content) % 4:
            raise HistogramError(f"{len(content)} bytes: a histogram is made of records of 4")
        records = np.frombuffer(content, ">u4")
        bins = records >> 16
        if records.size and bins.max() >= BINS:
            raise HistogramError(f"bin {bins.max()}: there are {BINS}")
        # sums of whole numbers below 2**53 are exact in float64
        counts = np.bincount(bins, weights=records & MOST_PER_RECORD, minlength=BINS)
        return cls(counts.astype(np.int64))

    def to_bytes(self) -> bytes:
        """Records of 4 bytes, bin then count, both big-endian 16 bit; a count above 65 535 takes several."""
        bins = np.flatnonzero(self.counts)
        return _packed(bins, self.counts[bins])

    def __add__(self, other: Histogram) -> Histogram:
        return Histogram(self.counts + other.counts)

    @property
    def count(self) -> int:
        """Durations in all."""
        return int(self.counts.sum())

    def percentile(self, percent: int) -> int | None:
        """The nearest rank: the smallest duration with at least `percent` % at or below it, within 1 %.

        None without durations. `percent` is from 1 to 100.
        """
        if not 1 <= percent <= 100:
            raise HistogramError(f"percentile {percent}: allowed is 1 to 100")
        running = np.cumsum(self.counts)
        if not running[-1]:
            return None
        rank = -(-int(running[-1]) * percent // 100)
        return int(BIN_VALUES[np.searchsorted(running, rank)])

    def spread(self, edges_ms: ArrayLike) -> tuple[int, ...]:
        """Counts between ascending edges; a bin belongs where its value lies, edges to the right-hand part."""
        edges = np.asarray(edges_ms, np.int64)
        running = np.concatenate(([0], np.cumsum(self.counts)))
        at = running[np.searchsorted(BIN_VALUES, edges, side="left")]
        return tuple(int(count) for count in np.diff(at))


def histogram_bytes(durations_ms: ArrayLike) -> bytes:
    """The same as `Histogram.of(durations_ms).to_bytes()`, faster for few durations: most hours hold few."""
    bins, counts = np.unique(_bins_of(durations_ms), return_counts=True)
    return _packed(bins, counts)


def _bins_of(durations_ms: ArrayLike) -> NDArray[np.intp]:
    durations = np.asarray(durations_ms, np.int64).ravel()
    if durations.size and durations.min() < 0:
        raise HistogramError("a duration is negative")
    return np.searchsorted(BIN_STARTS, durations, side="right") - 1


def _packed(bins: NDArray[np.intp], counts: Ints) -> bytes:
    records = -(-counts // MOST_PER_RECORD)
    if records.size and records.max() > 1:
        parts = np.full(int(records.sum()), MOST_PER_RECORD, np.int64)
        parts[np.cumsum(records) - 1] = counts - (records - 1) * MOST_PER_RECORD
        bins, counts = np.repeat(bins, records), parts
    packed: NDArray[Any] = ((bins << 16) | counts).astype(">u4")
    return packed.tobytes()


EMPTY: Final = Histogram(np.zeros(BINS, np.int64))
