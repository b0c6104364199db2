"""How long a run takes: log-normal per provider and model, the nth run of a seed always the same. Pure."""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

_NORMAL: Final = NormalDist()
_LONGEST_S: Final = 45.0


@dataclass(frozen=True)
class Pace:
    """Median and 95th percentile of a run in seconds, and the median wait before it."""

    median_s: float
    p95_s: float
    queue_s: float

    @property
    def sigma(self) -> float:
        return math.log(self.p95_s / self.median_s) / _NORMAL.inv_cdf(0.95)


PACES: Final[Mapping[str, Pace]] = {
    "fal": Pace(1.6, 4.5, 0.15),
    "replicate": Pace(2.2, 6.0, 0.3),
    "dashscope": Pace(4.0, 14.0, 0.6),
    "openai": Pace(3.0, 9.0, 0.05),
}
# As measured of the real ones.
KNOWN: Final[Mapping[tuple[str, str], Pace]] = {
    ("fal", "z-image-turbo"): Pace(2.07, 7.05, 0.1),
    ("dashscope", "z-image-turbo"): Pace(5.7, 54.4, 0.4),
}


def pace_of(provider: str, slug: str) -> Pace:
    """A model nobody measured is up to twice as fast or as slow as its provider's usual."""
    known = KNOWN.get((provider, slug))
    if known:
        return known
    usual = PACES[provider]
    factor = 2.0 ** (2.0 * _share("pace", slug) - 1.0)
    return Pace(usual.median_s * factor, usual.p95_s * factor, usual.queue_s)


def durations(seed: int, provider: str, slug: str, nth: int) -> tuple[float, float]:
    """Seconds in the queue and seconds of running, of the nth run of this model at this provider."""
    pace = pace_of(provider, slug)
    queue, run = (_NORMAL.inv_cdf(_share(what, seed, provider, slug, nth)) for what in ("queue", "run"))
    return (
        min(pace.queue_s * math.exp(0.8 * queue), _LONGEST_S),
        min(pace.median_s * math.exp(pace.sigma * run), _LONGEST_S),
    )


def _share(*parts: str | int) -> float:
    """A number within (0, 1) that the parts fix."""
    digest = hashlib.blake2b("\x1f".join(map(str, parts)).encode(), digest_size=8).digest()
    return (int.from_bytes(digest, "big") + 0.5) / 2**64
