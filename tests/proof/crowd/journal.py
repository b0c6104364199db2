"""What everybody in the crowd asked, was answered and was promised; threads write, the end reads."""

import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

BROKEN: Final = 0
SERVER_FAULT: Final = 500
# Without them no answer can be right; a crowd must not notice that any other part is away.
NEEDED_PARTS: Final = frozenset({"postgres", "web"})


@dataclass(frozen=True)
class Exchange:
    """One request and its answer; status 0 where the connection broke. Times are of the monotonic clock."""

    stranger: str
    request: str
    status: int
    began_at: float
    ended_at: float
    note: str = ""

    @property
    def failed(self) -> bool:
        return self.status == BROKEN or self.status >= SERVER_FAULT


@dataclass(frozen=True)
class Outage:
    """From a kill until the part was seen to work again, and a little longer for those who were in the middle."""

    part: str
    opened_at: float
    closed_at: float

    def overlaps(self, exchange: Exchange) -> bool:
        return exchange.began_at <= self.closed_at and exchange.ended_at >= self.opened_at


@dataclass
class Promises:
    """What was acknowledged and must be in the database once, whatever happens after."""

    votes: dict[int, str] = field(default_factory=dict)
    """Battle by the number that the voter was given."""
    requests: dict[str, str] = field(default_factory=dict)
    """Prompt by the id of a gateway request that was answered with a picture."""
    named: set[str] = field(default_factory=set)
    """Those of them that were sent with a name of their own."""
    samples: set[str] = field(default_factory=set)
    """The `request_id` of each reported sample."""


@dataclass
class Journal:
    """Shared by all threads of the crowd."""

    exchanges: list[Exchange] = field(default_factory=list)
    outages: list[Outage] = field(default_factory=list)
    promises: Promises = field(default_factory=Promises)
    attempted: Counter[str] = field(default_factory=Counter)
    lies: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def exclusively(self) -> Iterator[None]:
        with self._lock:
            yield

    def write(self, exchange: Exchange) -> None:
        with self._lock:
            self.exchanges.append(exchange)

    def attempt(self, what: str) -> None:
        with self._lock:
            self.attempted[what] += 1

    def failures_outside_outages(self) -> list[Exchange]:
        """Broken connections and 5xx that no outage of web or PostgreSQL excuses."""
        excuses = [outage for outage in self.outages if outage.part in NEEDED_PARTS]
        return [
            exchange
            for exchange in self.exchanges
            if exchange.failed and not any(outage.overlaps(exchange) for outage in excuses)
        ]

    def statuses(self) -> Mapping[int, int]:
        return Counter(exchange.status for exchange in self.exchanges)


def now() -> float:
    return time.monotonic()
